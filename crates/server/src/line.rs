//! What the parts of one connection know of each other: the sockets' side says what moves, the
//! exchanges say when they begin and end, and the watchdog reads both.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};

use hyper::server::conn::{http1, http2};
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::drain::Phase;
use crate::http2::Spawn;
use crate::watchdog::Mood;
use crate::{Limits, ListenerSettings, Peer, Stats};

/// A write of this many bytes is no ping or acknowledgement.
const BULK: usize = 1024;

/// What all listeners of a server share.
#[derive(Debug, Default)]
pub(crate) struct House {
    pub(crate) phase: Phase,
    pub(crate) stats: Arc<Stats>,
    open: AtomicUsize,
    emptied: Notify,
}

/// What all connections of a listener share.
pub(crate) struct Post {
    pub(crate) settings: ListenerSettings,
    pub(crate) house: Arc<House>,
    pub(crate) http1: http1::Builder,
    pub(crate) http2: http2::Builder<Spawn>,
    open: AtomicUsize,
}

/// The right to be open: counted against the listener's limit and waited for by the drain.
pub(crate) struct Permit {
    post: Arc<Post>,
}

/// One connection. Kept by its socket and by each exchange on it, so the connection counts as open
/// until the last of them is gone – upgraded sockets and HTTP/2 streams too.
pub(crate) struct Line {
    pub(crate) peer: Arc<Peer>,
    pub(crate) opened: Instant,
    permit: Permit,
    in_flight: AtomicU32,
    /// Answers that wait for the caller to take what they handed over.
    callers_turns: AtomicU32,
    /// How often an answer was asked for more.
    asked: AtomicU32,
    requests: AtomicU32,
    /// Bytes came while no exchange ran: a request head has begun.
    began: AtomicBool,
    /// The last request announced a body.
    bodied: AtomicBool,
    /// The caller takes nothing at the moment, although there is something to write.
    blocked: AtomicBool,
    writes: AtomicU32,
    /// Writes that can only have been answers.
    bulk: AtomicU32,
    /// The caller has said that it sends no more.
    ended: AtomicBool,
}

impl House {
    pub(crate) fn new(stats: Arc<Stats>) -> Self {
        Self { stats, ..Self::default() }
    }

    pub(crate) fn open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }

    /// Waits until no connection is open.
    pub(crate) async fn emptied(&self) {
        loop {
            let emptied = self.emptied.notified();
            if self.open() == 0 {
                return;
            }
            emptied.await;
        }
    }
}

impl Post {
    pub(crate) fn new(settings: ListenerSettings, house: Arc<House>) -> Self {
        let http1 = crate::http1::builder(&settings.limits);
        let http2 = crate::http2::builder(&settings.limits);
        Self { settings, house, http1, http2, open: AtomicUsize::new(0) }
    }
}

impl Permit {
    /// A permit, unless the listener has as many connections as it may.
    pub(crate) fn take(post: &Arc<Post>) -> Option<Self> {
        let max = post.settings.limits.max_connections;
        let more = |open| (open < max).then_some(open + 1);
        post.open.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).ok()?;
        post.house.open.fetch_add(1, Ordering::SeqCst);
        post.house.stats.active.up();
        Some(Self { post: post.clone() })
    }

    pub(crate) fn post(&self) -> &Arc<Post> {
        &self.post
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.post.open.fetch_sub(1, Ordering::Relaxed);
        self.post.house.stats.active.down();
        if self.post.house.open.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.post.house.emptied.notify_waiters();
        }
    }
}

impl Line {
    pub(crate) fn new(permit: Permit, peer: Peer, opened: Instant) -> Self {
        Self {
            peer: Arc::new(peer),
            opened,
            permit,
            in_flight: AtomicU32::new(0),
            callers_turns: AtomicU32::new(0),
            asked: AtomicU32::new(0),
            requests: AtomicU32::new(0),
            began: AtomicBool::new(false),
            bodied: AtomicBool::new(false),
            blocked: AtomicBool::new(false),
            writes: AtomicU32::new(0),
            bulk: AtomicU32::new(0),
            ended: AtomicBool::new(false),
        }
    }

    pub(crate) fn post(&self) -> &Post {
        &self.permit.post
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.permit.post.settings.limits
    }

    pub(crate) fn stats(&self) -> &Stats {
        &self.permit.post.house.stats
    }

    pub(crate) fn phase(&self) -> &Phase {
        &self.permit.post.house.phase
    }

    pub(crate) fn exchange_began(&self, bodied: bool) {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.began.store(false, Ordering::Relaxed);
        self.bodied.store(bodied, Ordering::Relaxed);
    }

    pub(crate) fn exchange_ended(&self) {
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn callers_turn(&self) {
        self.callers_turns.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn services_turn(&self) {
        self.callers_turns.fetch_sub(1, Ordering::Relaxed);
        self.asked.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether every exchange waits for the caller, which over HTTP/2 can happen without a blocked
    /// socket: the caller grants no window. The number changes with any progress.
    pub(crate) fn is_withheld(&self) -> Option<u32> {
        let turns = self.callers_turns.load(Ordering::Relaxed);
        let all = turns > 0 && turns == self.in_flight.load(Ordering::Relaxed);
        all.then(|| self.asked.load(Ordering::Relaxed))
    }

    pub(crate) fn bytes_came(&self) {
        if !self.is_busy() {
            self.began.store(true, Ordering::Relaxed);
        }
    }

    pub(crate) fn bytes_ended(&self) {
        self.ended.store(true, Ordering::Relaxed);
    }

    pub(crate) fn bytes_went(&self, length: usize) {
        self.writes.fetch_add(1, Ordering::Relaxed);
        if length >= BULK {
            self.bulk.fetch_add(1, Ordering::Relaxed);
        }
        self.blocked.store(false, Ordering::Relaxed);
    }

    /// All that was to be written is written, or not.
    pub(crate) fn write_blocked(&self, blocked: bool) {
        self.blocked.store(blocked, Ordering::Relaxed);
    }

    pub(crate) fn is_busy(&self) -> bool {
        self.in_flight.load(Ordering::Relaxed) > 0
    }

    /// Whether any request has come yet.
    pub(crate) fn is_fresh(&self) -> bool {
        self.requests.load(Ordering::Relaxed) == 0
    }

    /// Whether a request head has begun and is not complete.
    pub(crate) fn has_begun(&self) -> bool {
        self.began.load(Ordering::Relaxed)
    }

    /// Whether the caller may still be sending a request body nobody will read.
    pub(crate) fn may_be_sending(&self) -> bool {
        self.bodied.load(Ordering::Relaxed) && !self.ended.load(Ordering::Relaxed)
    }

    /// What the connection is waiting for, as the watchdog sees it.
    pub(crate) fn mood(&self) -> Mood {
        let requests = self.requests.load(Ordering::Relaxed);
        if self.blocked.load(Ordering::Relaxed) {
            Mood::Writing(self.writes.load(Ordering::Relaxed))
        } else if self.is_busy() {
            Mood::Busy
        } else if requests == 0 || self.has_begun() {
            Mood::Head(requests)
        } else {
            self.idle()
        }
    }

    /// Between exchanges. HTTP/2 may still be sending what was handed over whole, which is progress.
    pub(crate) fn idle(&self) -> Mood {
        let requests = self.requests.load(Ordering::Relaxed);
        Mood::Idle(requests.wrapping_add(self.bulk.load(Ordering::Relaxed)))
    }
}
