//! A bounded queue of records, in shards so that worker threads seldom meet. At the bound a record is dropped
//! and counted; nobody ever waits for the drainer.

use crate::record::Record;
use std::{
    cell::Cell,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};

const SHARDS: usize = 8;
/// A drained shard keeps room for at least this many records; a burst's room is given back when it is over.
const KEPT: usize = 512;

pub(crate) struct Ring {
    shards: [Shard; SHARDS],
    per_shard: usize,
    dropped: AtomicU64,
}

/// On a cache line of its own, so that two workers' locks do not share one.
#[repr(align(64))]
#[derive(Default)]
struct Shard(Mutex<Vec<Record>>);

impl Shard {
    fn lock(&self) -> MutexGuard<'_, Vec<Record>> {
        // A panic while the lock was held can only have been one of allocation; the records are whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What became of a pushed record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pushed {
    Stored,
    /// Stored, and the shard has just become half full: time to drain.
    HalfFull,
    Dropped,
}

impl Ring {
    /// A ring for about `bound` records: at least one a shard.
    pub(crate) fn new(bound: usize) -> Self {
        Self {
            shards: Default::default(),
            per_shard: bound.div_ceil(SHARDS).max(1),
            dropped: AtomicU64::new(0),
        }
    }

    /// Stores a record in this thread's shard, or in the next one with room.
    pub(crate) fn push(&self, record: Record) -> Pushed {
        let home = home();
        for step in 0..SHARDS {
            let Some(shard) = self.shards.get((home + step) % SHARDS) else { continue };
            let mut records = shard.lock();
            if records.len() < self.per_shard {
                records.push(record);
                let half = records.len() == self.per_shard.div_ceil(2);
                return if half { Pushed::HalfFull } else { Pushed::Stored };
            }
        }
        self.dropped.fetch_add(1, Ordering::Relaxed);
        Pushed::Dropped
    }

    /// Empties every shard through `each`, in batches; the locks are held only for a swap.
    pub(crate) fn drain(&self, spare: &mut Vec<Record>, mut each: impl FnMut(&Record)) -> usize {
        let mut count = 0;
        for shard in &self.shards {
            debug_assert!(spare.is_empty(), "the spare is swapped in as the shard's empty queue");
            let mut records = shard.lock();
            if records.is_empty() {
                continue;
            }
            std::mem::swap(&mut *records, spare);
            drop(records);
            let batch = spare.len();
            spare.iter().for_each(&mut each);
            spare.clear();
            if batch < spare.capacity() / 4 {
                spare.shrink_to((batch * 2).max(KEPT));
            }
            count += batch;
        }
        count
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.shards.iter().all(|shard| shard.lock().is_empty())
    }

    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

/// This thread's shard: given out in turn, once per thread.
fn home() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! { static HOME: Cell<usize> = Cell::new(NEXT.fetch_add(1, Ordering::Relaxed) % SHARDS); }
    HOME.with(Cell::get)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drained(ring: &Ring) -> usize {
        ring.drain(&mut Vec::new(), |_| ())
    }

    #[test]
    fn one_thread_can_fill_every_shard_and_the_rest_is_dropped_and_counted() {
        let ring = Ring::new(SHARDS * 3);
        let pushed: Vec<_> = (0..SHARDS * 3 + 5).map(|_| ring.push(Record::default())).collect();
        assert_eq!(pushed.iter().filter(|p| **p == Pushed::Dropped).count(), 5);
        assert_eq!(pushed.iter().filter(|p| **p == Pushed::HalfFull).count(), SHARDS);
        assert_eq!(ring.dropped(), 5);
        assert_eq!(drained(&ring), SHARDS * 3);
        assert!(ring.is_empty());
        assert_eq!(ring.push(Record::default()), Pushed::Stored, "there is room again");
    }

    #[test]
    fn concurrent_pushers_below_the_bound_lose_nothing() {
        let ring = Ring::new(80_000);
        let mut count = 0;
        std::thread::scope(|scope| {
            let pushers: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        (0..5_000).for_each(|_| assert_ne!(ring.push(Record::default()), Pushed::Dropped))
                    })
                })
                .collect();
            let mut spare = Vec::new();
            while !pushers.iter().all(|p| p.is_finished()) {
                count += ring.drain(&mut spare, |_| ());
            }
        });
        assert_eq!(count + drained(&ring), 40_000);
        assert_eq!(ring.dropped(), 0);
    }
}
