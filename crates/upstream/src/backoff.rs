//! How long to wait before trying again: exponential with full jitter, so that callers who failed together
//! do not come back together. Randomness comes in as a value.

use std::time::Duration;

/// A growing wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    base: Duration,
    cap: Duration,
}

impl Backoff {
    /// Waits of at most `base` before the first retry, doubling up to `cap`.
    pub fn new(base: Duration, cap: Duration) -> Backoff {
        Backoff { base, cap: cap.max(base) }
    }

    /// The wait before retry number `retry` (0 for the first), given 64 random bits. When the upstream said
    /// how long (`retry_after`), at least that long, plus jitter of at most `base`.
    pub fn delay(&self, retry: u32, random: u64, retry_after: Option<Duration>) -> Duration {
        match retry_after {
            Some(told) => told.saturating_add(share(self.base, random)),
            None => share(self.ceiling(retry), random),
        }
    }

    fn ceiling(&self, retry: u32) -> Duration {
        2u32.checked_pow(retry)
            .and_then(|factor| self.base.checked_mul(factor))
            .map_or(self.cap, |wait| wait.min(self.cap))
    }
}

/// The fraction `random / 2^64` of a span.
fn share(span: Duration, random: u64) -> Duration {
    let nanos = (span.as_nanos().min(u128::from(u64::MAX)) * u128::from(random)) >> 64;
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACKOFF: Backoff = Backoff { base: Duration::from_millis(100), cap: Duration::from_secs(2) };
    const HALF: u64 = 1 << 63;

    #[test]
    fn waits_double_up_to_the_cap() {
        let waits: Vec<u128> = (0..7).map(|retry| BACKOFF.delay(retry, HALF, None).as_millis()).collect();
        assert_eq!(waits, [50, 100, 200, 400, 800, 1000, 1000]);
        assert_eq!(BACKOFF.delay(u32::MAX, HALF, None), Duration::from_secs(1));
    }

    #[test]
    fn jitter_covers_the_whole_span() {
        assert_eq!(BACKOFF.delay(3, 0, None), Duration::ZERO);
        let longest = BACKOFF.delay(3, u64::MAX, None);
        assert!(longest < Duration::from_millis(800) && longest > Duration::from_millis(799));
    }

    #[test]
    fn what_the_upstream_said_is_the_least() {
        let told = Some(Duration::from_secs(7));
        assert_eq!(BACKOFF.delay(0, 0, told), Duration::from_secs(7));
        assert_eq!(BACKOFF.delay(9, HALF, told), Duration::from_millis(7050));
    }
}
