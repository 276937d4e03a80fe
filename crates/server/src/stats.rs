//! What the listeners count. Telemetry reads it; nothing here formats or exports.

use std::sync::atomic::{AtomicU64, Ordering};

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

/// A number that goes up and down.
#[derive(Debug, Default)]
pub struct Gauge(AtomicU64);

/// Connection counts of a server since its start. One instance may be shared by several servers.
#[derive(Debug, Default)]
pub struct Stats {
    /// Connections taken from the kernel, whatever became of them.
    pub accepted: Counter,
    /// Connections open now, upgraded ones included.
    pub active: Gauge,
    /// Connections that were handed over to another protocol (`101 Switching Protocols`).
    pub upgraded: Counter,
    /// TLS handshakes that failed or took too long.
    pub handshake_failures: Counter,
    /// PROXY headers that were missing, malformed, late or from an untrusted address.
    pub proxy_refused: Counter,
    /// Connections refused because of `max_connections`.
    pub rejected_over_limit: Counter,
    /// Request heads that took longer than `header_timeout`.
    pub header_timeouts: Counter,
    /// Kept-alive connections closed for `idle`.
    pub idle_closed: Counter,
    /// Connections cut because the caller stopped reading.
    pub write_timeouts: Counter,
    /// Failed accepts, such as too many open files.
    pub accept_errors: Counter,
    /// Connections that spoke HTTP/1.
    pub http1: Counter,
    /// Connections that spoke HTTP/2.
    pub http2: Counter,
}

impl Counter {
    /// The count so far.
    pub fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn add_one(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Gauge {
    /// The value now.
    pub fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn up(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn down(&self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
