//! The thread that turns records into metrics and log lines. It sleeps while nothing happens, and otherwise
//! looks every [`Pace::interval`], so that records are handled many at a time and with a warm cache.

use crate::{
    access_log::{Lines, Output},
    metrics::{Families, Fill},
    ring::Ring,
    target::Targets,
};
use std::{
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

/// Lines are written out when this many bytes have gathered, and at the end of a batch.
const CHUNK: usize = 128 * 1024;

/// What workers and the drainer share.
pub(crate) struct Shared {
    pub(crate) ring: Ring,
    /// The drainer sleeps until somebody wakes it.
    asleep: AtomicBool,
    stop: AtomicBool,
    reopen: AtomicBool,
    /// Flushes asked for, and how many of them are done.
    asked: AtomicU64,
    done: Mutex<u64>,
    finished: Condvar,
}

impl Shared {
    pub(crate) fn new(bound: usize) -> Self {
        Self {
            ring: Ring::new(bound),
            asleep: AtomicBool::new(false),
            stop: AtomicBool::new(false),
            reopen: AtomicBool::new(false),
            asked: AtomicU64::new(0),
            done: Mutex::new(0),
            finished: Condvar::new(),
        }
    }

    /// Whether the caller must wake the drainer: true for one caller per sleep.
    pub(crate) fn claim_wake(&self) -> bool {
        self.asleep.load(Ordering::Relaxed) && self.asleep.swap(false, Ordering::AcqRel)
    }

    pub(crate) fn ask_stop(&self) {
        self.stop.store(true, Ordering::Release);
    }

    pub(crate) fn ask_reopen(&self) {
        self.reopen.store(true, Ordering::Release);
    }

    /// Asks for everything pushed so far to be handled; gives the number to wait for.
    pub(crate) fn ask_flush(&self) -> u64 {
        self.asked.fetch_add(1, Ordering::AcqRel) + 1
    }

    /// Waits until the flush of that number is done; false when `deadline` passes first.
    pub(crate) fn wait_flush(&self, number: u64, deadline: Duration) -> bool {
        let done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.finished.wait_timeout_while(done, deadline, |done| *done < number);
        let (done, _) = waited.unwrap_or_else(PoisonError::into_inner);
        *done >= number
    }

    fn flushed(&self, number: u64) {
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        *done = (*done).max(number);
        self.finished.notify_all();
    }

    fn is_pending(&self) -> bool {
        self.stop.load(Ordering::Acquire)
            || self.reopen.load(Ordering::Acquire)
            || *self.done.lock().unwrap_or_else(PoisonError::into_inner) < self.asked.load(Ordering::Acquire)
    }
}

/// Everything the thread owns.
pub(crate) struct Drainer {
    shared: Arc<Shared>,
    families: Arc<Families>,
    fill: Fill,
    lines: Lines,
    output: Output,
    interval: Duration,
    buffer: Vec<u8>,
    spare: Vec<crate::record::Record>,
}

impl Drainer {
    pub(crate) fn new(
        shared: Arc<Shared>,
        families: Arc<Families>,
        targets: Arc<Targets>,
        output: Output,
        interval: Duration,
    ) -> Self {
        let fill = Fill::new(Arc::clone(&families), targets);
        Self {
            shared,
            families,
            fill,
            lines: Lines::default(),
            output,
            interval,
            buffer: Vec::new(),
            spare: Vec::new(),
        }
    }

    /// Runs until it is asked to stop; whatever was pushed before is handled first.
    pub(crate) fn run(mut self) {
        loop {
            // Read before draining: what was pushed before the stop or the flush was asked for is in the ring now.
            let stop = self.shared.stop.load(Ordering::Acquire);
            let asked = self.shared.asked.load(Ordering::Acquire);
            if self.shared.reopen.swap(false, Ordering::AcqRel) {
                self.output.reopen();
            }
            let count = self.drain();
            self.shared.flushed(asked);
            if stop {
                return;
            }
            if count == 0 {
                self.sleep();
            }
            if !self.shared.is_pending() {
                thread::park_timeout(self.interval);
            }
        }
    }

    /// Sleeps until a record comes or something is asked for.
    fn sleep(&self) {
        self.shared.asleep.store(true, Ordering::SeqCst);
        // A record pushed before the flag was up wakes nobody, so look once more. The shards' locks order the
        // two: a push this look misses comes after it, and therefore sees the flag.
        if self.shared.ring.is_empty() && !self.shared.is_pending() {
            thread::park();
        }
        self.shared.asleep.store(false, Ordering::SeqCst);
    }

    fn drain(&mut self) -> usize {
        let Self { shared, families, fill, lines, output, buffer, spare, .. } = self;
        let (mut unwritten, off) = (0_u64, output.is_off());
        let count = shared.ring.drain(spare, |record| {
            fill.add(record);
            if off {
                return;
            }
            lines.write(record, buffer);
            unwritten += 1;
            if buffer.len() >= CHUNK {
                write(output, buffer, families, &mut unwritten);
            }
        });
        write(output, buffer, families, &mut unwritten);
        count
    }
}

fn write(output: &mut Output, buffer: &mut Vec<u8>, families: &Families, unwritten: &mut u64) {
    if !buffer.is_empty() && !output.write(buffer) {
        families.log_errors.inc_by(*unwritten);
    }
    *unwritten = 0;
    buffer.clear();
}
