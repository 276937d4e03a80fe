//! Waiting no longer than allowed, without paying for a timer when there is nothing to wait for.

use std::{
    future::Future,
    pin::{Pin, pin},
    task::{Context, Poll},
};
use tokio::time::{Instant, Sleep, sleep_until};

/// The deadline passed first.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Late;

/// Awaits `future` until `deadline`. The timer is armed only once the future has said that it must wait.
pub(crate) async fn within<F: Future>(deadline: Instant, future: F) -> Result<F::Output, Late> {
    let mut future = pin!(future);
    let first = std::future::poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await;
    match first {
        Poll::Ready(output) => Ok(output),
        Poll::Pending => tokio::time::timeout_at(deadline, future).await.map_err(|_| Late),
    }
}

/// A timer that moves with activity: touching it costs a clock reading, the timer itself is only set again when it fires.
pub(crate) struct IdleTimer {
    sleep: Pin<Box<Sleep>>,
    idle: std::time::Duration,
    last: Instant,
    /// The end of everything, idle or not.
    total: Instant,
}

/// Which bound was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expired {
    Idle,
    Total,
}

impl IdleTimer {
    pub(crate) fn new(idle: std::time::Duration, total: Instant) -> Self {
        let last = Instant::now();
        Self { sleep: Box::pin(sleep_until((last + idle).min(total))), idle, last, total }
    }

    /// Something happened.
    pub(crate) fn touch(&mut self) {
        self.last = Instant::now();
    }

    /// From now on, only this much longer.
    pub(crate) fn hurry(&mut self, rest: std::time::Duration) {
        self.total = self.total.min(Instant::now() + rest);
        self.sleep.as_mut().reset(self.total);
    }

    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Expired> {
        while self.sleep.as_mut().poll(cx).is_ready() {
            let due = (self.last + self.idle).min(self.total);
            let now = Instant::now();
            if now >= self.total {
                return Poll::Ready(Expired::Total);
            }
            if now >= due {
                return Poll::Ready(Expired::Idle);
            }
            self.sleep.as_mut().reset(due);
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test(start_paused = true)]
    async fn activity_moves_the_idle_end_but_not_the_total() {
        let start = Instant::now();
        let mut timer = IdleTimer::new(Duration::from_secs(10), start + Duration::from_secs(25));
        let mut expired = Vec::new();
        for _ in 0..3 {
            let step =
                tokio::time::timeout(Duration::from_secs(9), std::future::poll_fn(|cx| timer.poll(cx))).await;
            expired.extend(step.ok().map(|e| (e, start.elapsed().as_secs())));
            timer.touch();
        }
        assert_eq!(expired, [(Expired::Total, 25)]);
        let mut timer = IdleTimer::new(Duration::from_secs(10), Instant::now() + Duration::from_secs(99));
        assert_eq!(std::future::poll_fn(|cx| timer.poll(cx)).await, Expired::Idle);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_ready_is_never_late() {
        assert_eq!(within(Instant::now(), async { 7 }).await, Ok(7));
        assert_eq!(
            within(Instant::now() + Duration::from_secs(1), std::future::pending::<()>()).await,
            Err(Late)
        );
    }
}
