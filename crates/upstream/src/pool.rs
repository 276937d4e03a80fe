//! Idle connections: last in, first out, in one shard per worker thread, so that borrowing is a pop and
//! giving back a push without contention. A worker that finds its shard empty takes from the others before
//! anything is dialled. Time comes in as a value.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Shards; workers beyond this number share.
const SHARDS: usize = 8;

static NEXT_WORKER: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static WORKER: Cell<usize> = Cell::new(NEXT_WORKER.fetch_add(1, Ordering::Relaxed));
}

/// Something that lies idle, and since when.
#[derive(Debug)]
struct Entry<T> {
    item: T,
    since: Instant,
}

/// Idle items of one kind.
#[derive(Debug)]
pub(crate) struct IdlePool<T> {
    shards: [Mutex<Vec<Entry<T>>>; SHARDS],
    idle: AtomicUsize,
    max_idle: usize,
    idle_timeout: Duration,
}

impl<T> IdlePool<T> {
    pub(crate) fn new(max_idle: usize, idle_timeout: Duration) -> IdlePool<T> {
        IdlePool {
            shards: std::array::from_fn(|_| Mutex::new(Vec::new())),
            idle: AtomicUsize::new(0),
            max_idle,
            idle_timeout,
        }
    }

    /// How many lie idle.
    pub(crate) fn len(&self) -> usize {
        self.idle.load(Ordering::Relaxed)
    }

    /// The most recently used item of this worker, else of another, with how long it lay; `None` when there
    /// is none that has not outlived the idle timeout.
    pub(crate) fn take(&self, now: Instant) -> Option<(T, Duration)> {
        if self.len() == 0 {
            return None;
        }
        let home = WORKER.get();
        (0..SHARDS).find_map(|offset| {
            let mut shard = self.shard(home + offset);
            let entry = shard.pop()?;
            self.idle.fetch_sub(1, Ordering::Relaxed);
            let lain = now.saturating_duration_since(entry.since);
            if lain <= self.idle_timeout {
                return Some((entry.item, lain));
            }
            // Everything below it is older still.
            let expired = std::mem::take(&mut *shard);
            self.idle.fetch_sub(expired.len(), Ordering::Relaxed);
            drop(shard);
            drop((entry, expired));
            None
        })
    }

    /// Takes an item back, or drops it when enough lie idle.
    pub(crate) fn put(&self, item: T, now: Instant) {
        if self.idle.fetch_add(1, Ordering::Relaxed) >= self.max_idle {
            self.idle.fetch_sub(1, Ordering::Relaxed);
            return;
        }
        self.shard(WORKER.get()).push(Entry { item, since: now });
    }

    /// Drops what has outlived the idle timeout.
    pub(crate) fn sweep(&self, now: Instant) {
        for shard in 0..SHARDS {
            let mut shard = self.shard(shard);
            let fresh =
                shard.partition_point(|entry| now.saturating_duration_since(entry.since) > self.idle_timeout);
            let expired: Vec<_> = shard.drain(..fresh).collect();
            self.idle.fetch_sub(expired.len(), Ordering::Relaxed);
            drop(shard);
            drop(expired);
        }
    }

    fn shard(&self, index: usize) -> MutexGuard<'_, Vec<Entry<T>>> {
        #[expect(clippy::indexing_slicing, reason = "the remainder is below the length")]
        // A panic elsewhere leaves the vector whole, so poison says nothing here.
        self.shards[index % SHARDS].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    #[test]
    fn the_last_given_back_is_the_first_taken() {
        let (pool, now) = (IdlePool::new(8, seconds(60)), Instant::now());
        pool.put('a', now);
        pool.put('b', now + seconds(1));
        assert_eq!(pool.take(now + seconds(3)), Some(('b', seconds(2))));
        assert_eq!(pool.take(now + seconds(3)), Some(('a', seconds(3))));
        assert_eq!(pool.take(now + seconds(3)), None);
    }

    #[test]
    fn what_lay_too_long_is_dropped_with_all_below_it() {
        let (pool, now) = (IdlePool::new(8, seconds(60)), Instant::now());
        pool.put('a', now);
        pool.put('b', now + seconds(1));
        assert_eq!(pool.take(now + seconds(62)), None);
        assert_eq!(pool.len(), 0);
    }

    #[test]
    fn a_sweep_drops_only_what_lay_too_long() {
        let (pool, now) = (IdlePool::new(8, seconds(60)), Instant::now());
        pool.put('a', now);
        pool.put('b', now + seconds(30));
        pool.sweep(now + seconds(70));
        assert_eq!((pool.len(), pool.take(now + seconds(70))), (1, Some(('b', seconds(40)))));
    }

    #[test]
    fn no_more_than_the_bound_lie_idle() {
        let (pool, now) = (IdlePool::new(1, seconds(60)), Instant::now());
        pool.put('a', now);
        pool.put('b', now);
        assert_eq!(pool.len(), 1);
        assert_eq!(pool.take(now).map(|(item, _)| item), Some('a'));
    }

    #[test]
    fn a_worker_takes_from_the_others_before_there_is_none() {
        let (pool, now) = (IdlePool::new(64, seconds(60)), Instant::now());
        std::thread::scope(|scope| {
            for item in 0..12 {
                let pool = &pool;
                scope.spawn(move || pool.put(item, now));
            }
        });
        let mut taken: Vec<_> = std::iter::from_fn(|| pool.take(now)).map(|(item, _)| item).collect();
        taken.sort_unstable();
        assert_eq!(taken, (0..12).collect::<Vec<_>>());
        assert_eq!(pool.len(), 0);
    }
}
