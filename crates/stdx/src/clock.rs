//! The clock as a port: the process has one, tests move their own.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant, SystemTime},
};

/// Where time comes from. Monotonic time is a duration since an arbitrary start, so that a test can invent it.
pub trait Clock: Send + Sync + 'static {
    /// Monotonic time since the clock's start.
    fn monotonic(&self) -> Duration;
    /// Wall-clock time since 1970-01-01 UTC.
    fn unix(&self) -> Duration;
}

/// The machine's clock.
#[derive(Debug)]
pub struct SystemClock {
    start: Instant,
}

impl Default for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    fn default() -> Self {
        Self { start: Instant::now() }
    }
}

impl Clock for SystemClock {
    fn monotonic(&self) -> Duration {
        self.start.elapsed()
    }
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    fn unix(&self) -> Duration {
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
    }
}

/// A clock that stands until it is moved.
#[derive(Debug, Default)]
pub struct TestClock {
    nanos: AtomicU64,
}

impl TestClock {
    pub fn advance(&self, by: Duration) {
        self.nanos.fetch_add(u64::try_from(by.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

impl Clock for TestClock {
    fn monotonic(&self) -> Duration {
        Duration::from_nanos(self.nanos.load(Ordering::Relaxed))
    }
    fn unix(&self) -> Duration {
        Duration::from_secs(1_760_000_000) + self.monotonic()
    }
}
