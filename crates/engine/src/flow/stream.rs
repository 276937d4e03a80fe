//! A stream on its way through: upstream frames in, client frames out, two timers, and an end that is always the dialect's own.
//!
//! There is no channel and no task: when the client is slow, nobody polls, and the upstream's socket fills up.

use crate::{
    deadline::{Expired, IdleTimer},
    exchange::Exchange,
};
use bytes::Bytes;
use http_body::Body;
use ir::{Blame, Fault, FaultKind};
use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};
use wire::{Flow, Out, Progress};

/// After the dialect's own end the upstream gets this long to end its body too, so that its connection can be used again.
const LINGER: Duration = Duration::from_millis(500);

pub(crate) struct Stream {
    /// Bytes for the client, in reverse: the next one is popped.
    ready: Out,
    /// `None` once the upstream has nothing more to say, or is not listened to any more.
    upstream: Option<upstream::Body>,
    flow: Box<dyn Flow>,
    timer: IdleTimer,
    lingers: bool,
}

impl Stream {
    pub(crate) fn new(
        mut held: Out,
        upstream: upstream::Body,
        flow: Box<dyn Flow>,
        timer: IdleTimer,
    ) -> Self {
        held.reverse();
        let mut stream = Self { ready: held, upstream: Some(upstream), flow, timer, lingers: false };
        // A short answer may have come whole with its first content.
        stream.linger();
        stream
    }

    /// Once the dialect's end is there, the upstream has little time left.
    fn linger(&mut self) {
        if self.flow.progress().ended && !self.lingers {
            self.lingers = true;
            self.timer.hurry(LINGER);
        }
    }

    pub(crate) fn poll_data(&mut self, cx: &mut Context<'_>, exchange: &mut Exchange) -> Poll<Option<Bytes>> {
        loop {
            if let Some(bytes) = self.ready.pop() {
                return Poll::Ready(Some(bytes));
            }
            let Some(upstream) = &mut self.upstream else {
                exchange.end();
                return Poll::Ready(None);
            };
            match Pin::new(upstream).poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) => {
                    let Ok(data) = frame.into_data() else { continue };
                    self.timer.touch();
                    self.flow.feed(data, &mut self.ready);
                    self.after_feed(exchange);
                }
                Poll::Ready(Some(Err(broken))) => {
                    self.fail(
                        Fault::new(FaultKind::UpstreamError, Blame::Upstream, broken.to_string()),
                        exchange,
                    );
                }
                Poll::Ready(None) => {
                    self.upstream = None;
                    self.flow.finish(&mut self.ready);
                    self.after_feed(exchange);
                }
                Poll::Pending => {
                    let expired = ready!(self.timer.poll(cx));
                    self.expire(expired, exchange);
                }
            }
        }
    }

    /// What the bytes that have just been read mean for the stream.
    fn after_feed(&mut self, exchange: &mut Exchange) {
        if let Some(fault) = self.flow.progress().fault.clone() {
            return self.fail(fault, exchange);
        }
        self.linger();
        self.ready.reverse();
    }

    fn expire(&mut self, expired: Expired, exchange: &mut Exchange) {
        if self.flow.progress().ended {
            self.upstream = None;
            return;
        }
        let message = match expired {
            Expired::Idle => "the provider stopped sending in the middle of its answer",
            Expired::Total => "the provider's answer took longer than the total timeout allows",
        };
        self.fail(Fault::new(FaultKind::UpstreamTimeout, Blame::Upstream, message), exchange);
    }

    /// Ends the client's stream with the dialect's error event, unless its own end is already out.
    fn fail(&mut self, fault: Fault, exchange: &mut Exchange) {
        self.upstream = None;
        if !self.flow.progress().ended {
            exchange.failed(&fault);
            self.flow.fail(&fault, &mut self.ready);
        }
        self.ready.reverse();
    }

    /// Tells the exchange what was seen, at the end or wherever it was left.
    pub(crate) fn report(&mut self, exchange: &mut Exchange) {
        let progress: &Progress = self.flow.progress();
        // A caller that hangs up after the dialect's own end has had its answer.
        if progress.ended && self.ready.is_empty() {
            exchange.end();
        }
        exchange.saw_stream(progress);
    }
}
