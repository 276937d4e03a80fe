//! Requests per second, minute or hour, with a burst. Each limit is one atomic number (GCRA), so checking takes no lock.

use super::body_size::When;
use crate::{
    Kind,
    policy::{CallView, Policy, RateReport, RequestView, Step},
};
use ir::{Blame, Fault, FaultKind};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// The generic cell rate algorithm: the theoretical arrival time of the next conforming request, in ns of the gateway's clock.
/// Source: ITU-T I.371 §A.1, the virtual scheduling form.
#[derive(Debug)]
pub struct Bucket {
    next: AtomicU64,
    /// ns between two requests at the steady rate.
    interval: u64,
    burst: u64,
}

impl Bucket {
    /// `requests` per `period`, of which up to `burst` (at least one) may come at once.
    pub fn new(requests: u64, period: Duration, burst: u64) -> Self {
        let period = u64::try_from(period.as_nanos()).unwrap_or(u64::MAX);
        Self { next: AtomicU64::new(0), interval: (period / requests.max(1)).max(1), burst: burst.max(1) }
    }

    /// Takes one request, or says how long to wait.
    pub fn take(&self, now: Duration) -> Result<RateReport, Duration> {
        let now = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX);
        let room = self.interval.saturating_mul(self.burst);
        let taken = self.next.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |next| {
            let next = next.max(now).saturating_add(self.interval);
            (next - now <= room).then_some(next)
        });
        match taken {
            Ok(before) => {
                let used = before.max(now).saturating_add(self.interval) - now;
                Ok(RateReport {
                    limit: self.burst,
                    remaining: (room - used) / self.interval,
                    reset: Duration::from_nanos(used),
                })
            }
            Err(next) => Err(Duration::from_nanos(
                next.max(now).saturating_add(self.interval).saturating_sub(now + room),
            )),
        }
    }

    /// Gives one request back that was taken but refused elsewhere.
    fn give_back(&self) {
        self.next.fetch_sub(self.interval, Ordering::Relaxed);
    }
}

/// A limit with the words that name it in the refusal.
pub struct Limit {
    pub bucket: Arc<Bucket>,
    /// `20 requests per second of the key ci`.
    pub name: String,
}

/// Several limits; a request passes all of them or is counted by none.
pub struct RequestRate {
    pub limits: Vec<Limit>,
    /// A model's limits can only be asked once the model is known.
    pub at: When,
}

impl RequestRate {
    fn take(&self, now: Duration, rate: &mut Option<RateReport>) -> Step<'_> {
        for (taken, limit) in self.limits.iter().enumerate() {
            match limit.bucket.take(now) {
                Ok(report) => RateReport::tighten(rate, report),
                Err(wait) => {
                    self.limits.iter().take(taken).for_each(|limit| limit.bucket.give_back());
                    return Step::refuse(refusal(&limit.name, wait));
                }
            }
        }
        Step::CONTINUE
    }
}

impl Policy for RequestRate {
    fn kind(&self) -> Kind {
        Kind::RequestRate
    }

    fn on_request<'a>(&'a self, view: &'a mut RequestView<'_>) -> Step<'a> {
        if self.at == When::Head { self.take(view.now, view.rate) } else { Step::CONTINUE }
    }

    fn on_call<'a>(&'a self, view: &'a mut CallView<'_>) -> Step<'a> {
        if self.at == When::Call { self.take(view.now, view.rate) } else { Step::CONTINUE }
    }
}

fn refusal(name: &str, wait: Duration) -> Fault {
    let message = format!("the limit of {name} is reached; try again in {:.3} s", wait.as_secs_f64());
    Fault { retry_after: Some(wait), ..Fault::new(FaultKind::RateLimited, Blame::Caller, message) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_then_the_steady_rate() {
        let bucket = Bucket::new(10, Duration::from_secs(1), 3);
        let at = Duration::from_millis;
        let remaining: Vec<_> = (0..3).map(|_| bucket.take(at(5)).unwrap().remaining).collect();
        assert_eq!(remaining, [2, 1, 0]);
        assert_eq!(bucket.take(at(5)), Err(at(100)));
        assert!(bucket.take(at(105)).is_ok());
        assert!(bucket.take(at(105)).is_err());
        assert!(bucket.take(at(10_000)).unwrap().remaining == 2, "an idle bucket fills up, and no further");
    }

    #[test]
    fn a_refused_request_counts_nowhere() {
        let wide = Arc::new(Bucket::new(10, Duration::from_secs(1), 10));
        let narrow = Arc::new(Bucket::new(1, Duration::from_secs(1), 1));
        let limit = |bucket: &Arc<Bucket>| Limit { bucket: bucket.clone(), name: "x".into() };
        let policy = RequestRate { limits: vec![limit(&wide), limit(&narrow)], at: When::Head };
        let (headers, mut caller, mut max_body, mut rate) = (http::HeaderMap::new(), None, 0, None);
        for _ in 0..5 {
            let mut view = RequestView {
                headers: &headers,
                now: Duration::from_secs(1),
                unix: Duration::ZERO,
                caller: &mut caller,
                max_body: &mut max_body,
                rate: &mut rate,
            };
            drop(policy.on_request(&mut view));
        }
        assert_eq!(
            wide.take(Duration::from_secs(1)).unwrap().remaining,
            8,
            "one passed, four were given back, one now"
        );
    }

    #[test]
    fn many_threads_never_take_more_than_the_burst() {
        let bucket = Bucket::new(1, Duration::from_secs(3600), 500);
        let taken: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|_| {
                    scope.spawn(|| (0..1000).filter(|_| bucket.take(Duration::from_secs(1)).is_ok()).count())
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(taken, 500);
    }
}
