//! One request and the head of its response over one connection, within the calling task: writes head and
//! body pieces in one vectored write where they fit, and reads at the same time, because an upstream may
//! answer or close before it has taken everything.

use std::future::{Future, poll_fn};
use std::io::{self, IoSlice};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::Method;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

use super::body::Decoder;
use super::head::{Fed, Head, HeadReader};
use crate::fault::{Malformed, SendFault};
use crate::scratch;

/// Pieces handed to one vectored write.
const MAX_SLICES: usize = 16;

/// A response head and what came with it.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) head: Head,
    pub(crate) decoder: Decoder,
    /// Body bytes that arrived with the head.
    pub(crate) first: Bytes,
    /// The body's framing broke already.
    pub(crate) fault: Option<Malformed>,
    /// Whether, the body read, the connection can carry another exchange.
    pub(crate) reusable: bool,
}

/// An exchange that came to no response head.
#[derive(Debug)]
pub(crate) struct Broken {
    pub(crate) fault: SendFault,
    /// Whether not one byte came back.
    pub(crate) unanswered: bool,
}

/// Sends a request and waits for the response head, at most `patience` after the last byte went out.
///
/// # Errors
/// When no head came. The connection is of no further use then.
pub(crate) async fn exchange<S: AsyncRead + AsyncWrite + Unpin>(
    io: &mut S,
    method: &Method,
    head: &[u8],
    body: &[Bytes],
    patience: Duration,
) -> Result<Answer, Broken> {
    let mut outbox = Outbox::new(head, body);
    let mut inbox = Inbox { reader: HeadReader::new(method), answer: None };
    let mut timer = pin!(tokio::time::sleep(patience));
    let mut waited = false;
    poll_fn(|cx| {
        let before = outbox.done;
        outbox.poll(io, cx);
        match inbox.poll(io, cx) {
            Poll::Ready(Ok(())) if outbox.is_settled() || inbox.is_refusal() => {
                return inbox.take(outbox.is_sent()).map_or(Poll::Pending, |answer| Poll::Ready(Ok(answer)));
            }
            Poll::Ready(Err(cause)) => return Poll::Ready(Err(inbox.broken(cause, outbox.is_sent()))),
            // An answer that is no refusal waits until the request is out: the peer may need all of it.
            Poll::Ready(Ok(())) | Poll::Pending => {}
        }
        if waited && outbox.done != before {
            timer.as_mut().reset(Instant::now() + patience);
        }
        waited = true;
        ready!(timer.as_mut().poll(cx));
        if let Some(answer) = inbox.take(false) {
            return Poll::Ready(Ok(answer));
        }
        let fault = if outbox.is_sent() { SendFault::HeadTimeout } else { SendFault::WriteTimeout };
        Poll::Ready(Err(Broken { fault, unanswered: inbox.reader.is_untouched() }))
    })
    .await
}

/// The request on its way out.
struct Outbox<'a> {
    head: &'a [u8],
    body: &'a [Bytes],
    total: usize,
    /// Bytes the connection took.
    done: usize,
    flushed: bool,
    /// Writing failed. An answer may still be waiting to be read, sent before the peer stopped listening.
    failed: bool,
}

impl<'a> Outbox<'a> {
    fn new(head: &'a [u8], body: &'a [Bytes]) -> Outbox<'a> {
        let total = head.len() + body.iter().map(Bytes::len).sum::<usize>();
        Outbox { head, body, total, done: 0, flushed: false, failed: false }
    }

    fn is_sent(&self) -> bool {
        self.flushed
    }

    fn is_settled(&self) -> bool {
        self.flushed || self.failed
    }

    fn poll<S: AsyncWrite + Unpin>(&mut self, io: &mut S, cx: &mut Context<'_>) {
        if self.is_settled() {
            return;
        }
        match self.poll_write(io, cx) {
            Poll::Ready(Ok(())) => self.flushed = true,
            Poll::Ready(Err(error)) => {
                tracing::debug!(%error, "writing to the upstream failed");
                self.failed = true;
            }
            Poll::Pending => {}
        }
    }

    fn poll_write<S: AsyncWrite + Unpin>(
        &mut self,
        io: &mut S,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        while self.done < self.total {
            let mut slices = [IoSlice::new(&[]); MAX_SLICES];
            let filled = self.fill(&mut slices);
            let slices = slices.get(..filled).unwrap_or_default();
            match ready!(Pin::new(&mut *io).poll_write_vectored(cx, slices))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                written => self.done += written,
            }
        }
        // Over TLS, what was taken may still wait to go out.
        Pin::new(io).poll_flush(cx)
    }

    /// Points at what is left to write; how many slices that made.
    fn fill(&self, slices: &mut [IoSlice<'a>]) -> usize {
        let mut skip = self.done;
        let mut filled = 0;
        let pieces = std::iter::once(self.head).chain(self.body.iter().map(|piece| piece.as_ref()));
        for piece in pieces {
            let left = piece.get(skip..).unwrap_or_default();
            skip = skip.saturating_sub(piece.len());
            if left.is_empty() {
                continue;
            }
            let Some(slot) = slices.get_mut(filled) else { break };
            *slot = IoSlice::new(left);
            filled += 1;
        }
        filled
    }
}

/// Why reading came to no head.
enum Cause {
    End,
    Io(io::Error),
    Malformed(Malformed),
}

/// The response on its way in.
struct Inbox {
    reader: HeadReader,
    answer: Option<Answer>,
}

impl Inbox {
    fn is_refusal(&self) -> bool {
        self.answer.as_ref().is_some_and(|answer| answer.head.status.as_u16() >= 300)
    }

    fn poll<S: AsyncRead + Unpin>(&mut self, io: &mut S, cx: &mut Context<'_>) -> Poll<Result<(), Cause>> {
        while self.answer.is_none() {
            let reader = &mut self.reader;
            let read = scratch::poll_read(io, cx, |input| {
                if input.is_empty() { Err(Cause::End) } else { receive(reader, input) }
            });
            self.answer = ready!(read).map_err(Cause::Io).flatten()?;
        }
        Poll::Ready(Ok(()))
    }

    /// The answer, if there is one; reusable only when the request went out whole.
    fn take(&mut self, sent: bool) -> Option<Answer> {
        let mut answer = self.answer.take()?;
        answer.reusable &= sent;
        Some(answer)
    }

    fn broken(&self, cause: Cause, sent: bool) -> Broken {
        let unanswered = self.reader.is_untouched();
        let fault = match cause {
            Cause::End => SendFault::Closed { sent },
            Cause::Io(error) => {
                tracing::debug!(%error, "reading from the upstream failed");
                SendFault::Closed { sent }
            }
            Cause::Malformed(malformed) => SendFault::Malformed(malformed),
        };
        Broken { unanswered: unanswered && matches!(fault, SendFault::Closed { .. }), fault }
    }
}

fn receive(reader: &mut HeadReader, input: &mut [u8]) -> Result<Option<Answer>, Cause> {
    let Fed::Head(head, used) = reader.feed(input).map_err(Cause::Malformed)? else { return Ok(None) };
    let rest = input.get_mut(used..).unwrap_or_default();
    let mut decoder = Decoder::new(head.framing);
    let (first, surplus, fault) = match decoder.decode(rest) {
        Ok(decoded) => {
            let payload = rest.get(decoded.payload).unwrap_or_default();
            (Bytes::copy_from_slice(payload), decoded.used < rest.len(), None)
        }
        Err(malformed) => (Bytes::new(), true, Some(malformed)),
    };
    let reusable = head.keep_alive && !surplus;
    Ok(Some(Answer { head, decoder, first, fault, reusable }))
}
