//! Ending well: stop accepting, let what runs finish, cut the rest at a deadline.
//!
//! [`Drain`] is the order from outside. [`Phase`] is what the order becomes inside: a number every
//! connection looks at when it is polled, and a bell that makes the idle ones look. Connections
//! thus pay one atomic load a poll and no lock.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::sync::futures::Notified;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

/// Gives the order to drain. Dropped without having given it, it means "never".
#[derive(Debug)]
pub struct DrainHandle(watch::Sender<Option<Instant>>);

/// Receives the order to drain; clones receive it too.
#[derive(Clone, Debug)]
pub struct Drain(watch::Receiver<Option<Instant>>);

/// What a drain came to, in connections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drained {
    /// Open when the drain began, and ended by themselves before the deadline.
    pub finished: usize,
    /// Cut at the deadline.
    pub cut: usize,
}

impl Drain {
    /// An order that has not been given yet.
    pub fn new() -> (DrainHandle, Drain) {
        let (sender, receiver) = watch::channel(None);
        (DrainHandle(sender), Drain(receiver))
    }

    /// Waits for the order; yields the moment at which the rest is cut.
    pub(crate) async fn ordered(&mut self) -> Instant {
        if let Ok(deadline) = self.0.wait_for(Option::is_some).await
            && let Some(deadline) = *deadline
        {
            return deadline;
        }
        std::future::pending().await
    }

    /// Waits until the deadline of an order already given, which a later order may move.
    pub(crate) async fn expired(&mut self, mut deadline: Instant) {
        loop {
            tokio::select! {
                () = tokio::time::sleep_until(deadline) => return,
                changed = self.0.changed() => match changed {
                    Ok(()) => deadline = self.0.borrow_and_update().unwrap_or(deadline),
                    Err(_) => return tokio::time::sleep_until(deadline).await,
                },
            }
        }
    }
}

impl DrainHandle {
    /// Begins the drain: what still runs after `within` is cut. A second call moves the deadline,
    /// so that a second SIGTERM can mean "now".
    pub fn begin(&self, within: Duration) {
        self.0.send_replace(Some(Instant::now() + within));
    }
}

/// Where a server stands between birth and end.
#[derive(Debug, Default)]
pub(crate) struct Phase {
    now: AtomicU8,
    bell: Notify,
}

/// The steps of [`Phase`], in the only order they are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    Serving,
    Draining,
    Cut,
}

impl Phase {
    pub(crate) fn now(&self) -> Step {
        match self.now.load(Ordering::SeqCst) {
            0 => Step::Serving,
            1 => Step::Draining,
            _ => Step::Cut,
        }
    }

    pub(crate) fn turn(&self, step: Step) {
        self.now.store(step as u8, Ordering::SeqCst);
        self.bell.notify_waiters();
    }

    pub(crate) fn watch(&self) -> PhaseWatch<'_> {
        PhaseWatch { phase: self, bell: self.bell.notified(), listening: false, seen: Step::Serving }
    }

    /// Waits until the phase is `step` or past it.
    pub(crate) async fn reached(&self, step: Step) {
        let mut watch = std::pin::pin!(self.watch());
        poll_fn(|cx| match watch.as_mut().poll_turn(cx) {
            Some(now) if now >= step => Poll::Ready(()),
            Some(_) | None => Poll::Pending,
        })
        .await;
    }
}

pin_project_lite::pin_project! {
    /// One task's view of the phase: tells each turn once.
    pub(crate) struct PhaseWatch<'a> {
        phase: &'a Phase,
        #[pin]
        bell: Notified<'a>,
        listening: bool,
        seen: Step,
    }
}

impl PhaseWatch<'_> {
    /// The new step if the phase turned since the last call. Must be polled from one task only: the
    /// bell keeps that task's waker, which spares a lock on every later poll while serving.
    pub(crate) fn poll_turn(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Option<Step> {
        let mut this = self.project();
        // A phase is set before its bell is rung, so while the first one stands the bell is fresh.
        if *this.listening && this.phase.now() == Step::Serving {
            return None;
        }
        // Later it may be used up, and only polling it tells.
        while this.bell.as_mut().poll(cx).is_ready() {
            this.bell.set(this.phase.bell.notified());
        }
        *this.listening = true;
        let now = this.phase.now();
        (now != std::mem::replace(this.seen, now)).then_some(now)
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::Waker;

    use super::*;

    #[test]
    fn every_turn_is_told_once() {
        let phase = Phase::default();
        let mut watch = pin!(phase.watch());
        let cx = &mut Context::from_waker(Waker::noop());
        assert_eq!(watch.as_mut().poll_turn(cx), None);
        assert_eq!(watch.as_mut().poll_turn(cx), None);
        phase.turn(Step::Draining);
        assert_eq!(watch.as_mut().poll_turn(cx), Some(Step::Draining));
        assert_eq!(watch.as_mut().poll_turn(cx), None);
        phase.turn(Step::Cut);
        assert_eq!(watch.as_mut().poll_turn(cx), Some(Step::Cut));
    }

    #[tokio::test]
    async fn a_waiting_task_hears_both_turns() {
        let phase = std::sync::Arc::new(Phase::default());
        let waiter = tokio::spawn({
            let phase = phase.clone();
            async move { phase.reached(Step::Cut).await }
        });
        tokio::task::yield_now().await;
        phase.turn(Step::Draining);
        tokio::task::yield_now().await;
        assert!(!waiter.is_finished());
        phase.turn(Step::Cut);
        waiter.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_second_order_moves_the_deadline() {
        let (handle, mut drain) = Drain::new();
        handle.begin(Duration::from_secs(3600));
        let deadline = drain.ordered().await;
        let start = Instant::now();
        let mut expired = pin!(drain.expired(deadline));
        assert!(poll_fn(|cx| Poll::Ready(expired.as_mut().poll(cx).is_pending())).await);
        handle.begin(Duration::from_secs(1));
        expired.await;
        assert!(start.elapsed() < Duration::from_secs(2));
    }
}
