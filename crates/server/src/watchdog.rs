//! The one timer of a connection.
//!
//! A connection waits for different things in turn – a head, an answer, the caller's window, the
//! next request – and each has its own limit. Setting a timer for each would cost a lock and an
//! allocation a request; instead there is one timer that is left to run out and then set for
//! whatever is due next. A kept-alive connection touches it about once per idle limit.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

use crate::Limits;

/// How long a connection that has not sent a request yet may still do so once a drain began.
pub(crate) const LAST_CALL: Duration = Duration::from_secs(1);

/// What a connection is waiting for. The numbers tell one wait from the next of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    /// An exchange is running: the service has its own limits.
    Busy,
    /// A request head, the n-th.
    Head(u32),
    /// Nothing in particular, after n requests and large writes.
    Idle(u32),
    /// The caller to take more, after n writes.
    Writing(u32),
    /// The first request, although the server is draining.
    LastCall,
    /// The caller to acknowledge that the connection is over.
    Closing,
}

pin_project_lite::pin_project! {
    pub(crate) struct Watchdog {
        #[pin]
        timer: Sleep,
        // When the timer goes off, if it is running.
        armed: Option<Instant>,
        mood: Mood,
        deadline: Option<Instant>,
    }
}

impl Mood {
    fn limit(self, limits: &Limits) -> Option<Duration> {
        match self {
            Self::Busy => None,
            Self::Head(_) | Self::Closing => Some(limits.header_timeout),
            Self::Idle(_) => Some(limits.idle),
            Self::Writing(_) => Some(limits.write_timeout),
            Self::LastCall => Some(limits.header_timeout.min(LAST_CALL)),
        }
    }
}

impl Watchdog {
    /// Begins to watch a connection in `mood` since `opened`.
    pub(crate) fn new(limits: &Limits, mood: Mood, opened: Instant) -> Self {
        let deadline = mood.limit(limits).map(|limit| opened + limit);
        Self { timer: sleep_until(deadline.unwrap_or(opened)), armed: None, mood, deadline }
    }

    /// Ready with the mood that lasted too long. Call it at the end of every poll of the connection.
    pub(crate) fn poll_late(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mood: Mood,
        limits: &Limits,
    ) -> Poll<Mood> {
        let mut this = self.project();
        if mood != *this.mood {
            *this.mood = mood;
            *this.deadline = mood.limit(limits).map(|limit| Instant::now() + limit);
        }
        // Without a deadline a running timer is left alone: it wakes us once for nothing, which is
        // cheaper than stopping and starting it around every exchange.
        let Some(deadline) = *this.deadline else { return Poll::Pending };
        loop {
            if this.armed.is_none_or(|armed| armed > deadline) {
                this.timer.as_mut().reset(deadline);
                *this.armed = Some(deadline);
            }
            std::task::ready!(this.timer.as_mut().poll(cx));
            *this.armed = None;
            if Instant::now() >= deadline {
                return Poll::Ready(mood);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::pin::pin;

    use super::*;

    fn limits() -> Limits {
        Limits {
            header_timeout: Duration::from_secs(10),
            idle: Duration::from_secs(75),
            write_timeout: Duration::from_secs(60),
            ..Limits::default()
        }
    }

    async fn late(dog: Pin<&mut Watchdog>, mood: Mood) -> Mood {
        let mut dog = dog;
        poll_fn(|cx| dog.as_mut().poll_late(cx, mood, &limits())).await
    }

    async fn glance(dog: Pin<&mut Watchdog>, mood: Mood) -> bool {
        let mut dog = dog;
        poll_fn(|cx| Poll::Ready(dog.as_mut().poll_late(cx, mood, &limits()).is_ready())).await
    }

    #[tokio::test(start_paused = true)]
    async fn each_mood_has_its_own_limit() {
        let start = Instant::now();
        let mut dog = pin!(Watchdog::new(&limits(), Mood::Head(0), start));
        assert_eq!(late(dog.as_mut(), Mood::Head(0)).await, Mood::Head(0));
        assert_eq!(start.elapsed().as_secs(), 10);
        assert_eq!(late(dog.as_mut(), Mood::Idle(1)).await, Mood::Idle(1));
        assert_eq!(start.elapsed().as_secs(), 85);
        assert_eq!(late(dog.as_mut(), Mood::Writing(4)).await, Mood::Writing(4));
        assert_eq!(start.elapsed().as_secs(), 145);
    }

    #[tokio::test(start_paused = true)]
    async fn an_exchange_may_take_as_long_as_it_likes() {
        let start = Instant::now();
        let mut dog = pin!(Watchdog::new(&limits(), Mood::Head(0), start));
        assert!(!glance(dog.as_mut(), Mood::Head(0)).await);
        assert!(!glance(dog.as_mut(), Mood::Busy).await);
        tokio::time::advance(Duration::from_secs(3600)).await;
        assert!(!glance(dog.as_mut(), Mood::Busy).await);
        assert_eq!(late(dog.as_mut(), Mood::Idle(1)).await, Mood::Idle(1));
        assert_eq!(start.elapsed().as_secs(), 3600 + 75);
    }

    #[tokio::test(start_paused = true)]
    async fn a_shorter_limit_overtakes_a_longer_one_already_running() {
        let start = Instant::now();
        let mut dog = pin!(Watchdog::new(&limits(), Mood::Head(0), start));
        assert!(!glance(dog.as_mut(), Mood::Idle(1)).await);
        tokio::time::advance(Duration::from_secs(5)).await;
        assert_eq!(late(dog.as_mut(), Mood::Head(1)).await, Mood::Head(1));
        assert_eq!(start.elapsed().as_secs(), 15);
    }

    #[tokio::test(start_paused = true)]
    async fn progress_starts_the_wait_anew() {
        let start = Instant::now();
        let mut dog = pin!(Watchdog::new(&limits(), Mood::Busy, start));
        assert!(!glance(dog.as_mut(), Mood::Writing(1)).await);
        tokio::time::advance(Duration::from_secs(59)).await;
        assert_eq!(late(dog.as_mut(), Mood::Writing(2)).await, Mood::Writing(2));
        assert_eq!(start.elapsed().as_secs(), 119);
    }
}
