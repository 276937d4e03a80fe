//! The response body: bytes that come when they are due, and an end that may be clean, broken or never.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

use crate::frame::End;
use crate::log::{Ended, Ticket};

/// The error of a broken body.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A response body of the simulator. Dropping it before its end counts as a cancelled call.
pub struct Body {
    start: Instant,
    chunks: VecDeque<Chunk>,
    end: End,
    /// Whether the length may be told beforehand.
    exact: bool,
    sleep: Option<Pin<Box<Sleep>>>,
    ticket: Option<Ticket>,
}

/// Bytes and when they are due, counted from the start of the body.
pub(crate) struct Chunk {
    pub(crate) due: Duration,
    pub(crate) bytes: Bytes,
}

impl Body {
    /// A body whose length is known, sent at once.
    pub(crate) fn whole(bytes: Bytes, ticket: Option<Ticket>) -> Self {
        let chunks = [Chunk { due: Duration::ZERO, bytes }];
        Self { exact: true, ..Self::paced(chunks, End::Clean, ticket) }
    }

    /// A body of unknown length, each chunk sent when due.
    pub(crate) fn paced(chunks: impl IntoIterator<Item = Chunk>, end: End, ticket: Option<Ticket>) -> Self {
        let chunks = chunks.into_iter().filter(|chunk| !chunk.bytes.is_empty()).collect();
        let mut body = Self { start: Instant::now(), chunks, end, exact: false, sleep: None, ticket };
        body.finish_if_done();
        body
    }

    fn finish_if_done(&mut self) {
        if self.chunks.is_empty() && self.end == End::Clean {
            self.close(Ended::Complete);
        }
    }

    fn close(&mut self, how: Ended) {
        if let Some(ticket) = self.ticket.take() {
            ticket.close(how);
        }
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.get_mut();
        if let Some(chunk) = this.chunks.front() {
            let due = this.start + chunk.due;
            if due > Instant::now() {
                let sleep = this.sleep.get_or_insert_with(|| Box::pin(sleep_until(due)));
                if sleep.deadline() != due {
                    sleep.as_mut().reset(due);
                }
                ready!(sleep.as_mut().poll(cx));
            }
        }
        if let Some(chunk) = this.chunks.pop_front() {
            this.finish_if_done();
            return Poll::Ready(Some(Ok(Frame::data(chunk.bytes))));
        }
        match this.end {
            End::Clean => Poll::Ready(None),
            // No waker: only the caller's leaving ends a stall.
            End::Stall => Poll::Pending,
            End::Abort => {
                this.close(Ended::Aborted);
                this.end = End::Clean;
                Poll::Ready(Some(Err("the simulator broke the connection as it was told".into())))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.chunks.is_empty() && self.end == End::Clean
    }

    fn size_hint(&self) -> SizeHint {
        let known = self.chunks.iter().map(|chunk| chunk.bytes.len() as u64).sum();
        if self.exact { SizeHint::with_exact(known) } else { SizeHint::default() }
    }
}
