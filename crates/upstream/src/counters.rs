//! Counts of an endpoint's connections, and the permit each open one holds.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// What an endpoint's connections have been up to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolStats {
    /// Open connections, being dialled included.
    pub open: usize,
    /// Of them, HTTP/1.1 connections waiting for work.
    pub idle: usize,
    /// Connections made so far.
    pub connects: u64,
    /// Requests so far that went over a connection already there.
    pub reused: u64,
    /// Sends so far that ended in a fault.
    pub failures: u64,
}

/// The counters behind [`PoolStats`].
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) open: AtomicUsize,
    pub(crate) connects: AtomicU64,
    pub(crate) reused: AtomicU64,
    pub(crate) failures: AtomicU64,
}

impl Counters {
    /// A permit to open a connection, unless `limit` are open.
    pub(crate) fn admit(self: &Arc<Counters>, limit: usize) -> Option<OpenPermit> {
        self.open
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |open| (open < limit).then_some(open + 1))
            .is_ok()
            .then(|| OpenPermit(Arc::clone(self)))
    }
}

/// Held by a connection as long as it is open.
#[derive(Debug)]
pub(crate) struct OpenPermit(Arc<Counters>);

impl Drop for OpenPermit {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Adds one; these counters order nothing.
pub(crate) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
