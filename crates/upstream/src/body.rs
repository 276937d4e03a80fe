//! A response body as it arrives: one frame a read, nothing held back, an early end always an error. A
//! connection whose response was read to a clean end goes back to the pool; any other is closed on drop.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::Instant;

use crate::fault::{BodyFault, Malformed};
use crate::h1::body::Decoder;
use crate::h1::exchange::Answer;
use crate::h2::Lease;
use crate::io::Conn;
use crate::pool::IdlePool;
use crate::scratch;

type Polled = Poll<Option<Result<Frame<Bytes>, BodyFault>>>;

/// The body of a response. Dropping it before its end closes the connection (HTTP/1.1) or resets the stream
/// (HTTP/2) at once.
#[derive(Debug)]
pub struct Body(Kind);

#[derive(Debug)]
enum Kind {
    /// All of it came with the head.
    Whole(Bytes),
    H1(H1Body),
    H2(H2Body),
}

impl Body {
    /// A body that did not come over a network.
    pub fn full(bytes: Bytes) -> Body {
        Body(Kind::Whole(bytes))
    }

    /// What is left of an answer whose head was read off `conn`. A connection that is done goes home now.
    pub(crate) fn of_answer(answer: &mut Answer, conn: Conn, home: &Arc<IdlePool<Conn>>) -> Body {
        let first = std::mem::take(&mut answer.first);
        let decoder = std::mem::replace(&mut answer.decoder, Decoder::Done);
        let mut conn = Some(conn);
        if answer.fault.is_none() && decoder.is_done() {
            release(&mut conn, home, answer.reusable);
            if !decoder.has_trailers() {
                return Body(Kind::Whole(first));
            }
        }
        let (fault, reusable) = (answer.fault, answer.reusable);
        Body(Kind::H1(H1Body { conn, home: Arc::clone(home), decoder, first, fault, reusable }))
    }

    pub(crate) fn of_stream(incoming: Incoming, lease: Lease) -> Body {
        Body(Kind::H2(H2Body { incoming, lease: Some(lease) }))
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = BodyFault;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Polled {
        match &mut self.get_mut().0 {
            Kind::Whole(bytes) if bytes.is_empty() => Poll::Ready(None),
            Kind::Whole(bytes) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
            Kind::H1(body) => body.poll_frame(cx),
            Kind::H2(body) => body.poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Kind::Whole(bytes) => bytes.is_empty(),
            Kind::H1(body) => body.is_end(),
            Kind::H2(body) => body.incoming.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Kind::H1(body) => body.size_hint(),
            Kind::H2(body) => body.incoming.size_hint(),
        }
    }
}

#[derive(Debug)]
struct H1Body {
    /// Gone once the body is complete or broken.
    conn: Option<Conn>,
    home: Arc<IdlePool<Conn>>,
    decoder: Decoder,
    first: Bytes,
    fault: Option<Malformed>,
    reusable: bool,
}

/// What one read came to.
enum Read {
    End,
    Payload(Bytes),
    /// Only framing, so far.
    Nothing,
}

impl H1Body {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Polled {
        if let Some(malformed) = self.fault.take() {
            return self.fail(BodyFault::Malformed(malformed));
        }
        if !self.first.is_empty() {
            return Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut self.first)))));
        }
        loop {
            if self.decoder.is_done() {
                return Poll::Ready(
                    self.decoder.take_trailers().map(|trailers| Ok(Frame::trailers(trailers))),
                );
            }
            let Some(conn) = &mut self.conn else { return Poll::Ready(None) };
            let (decoder, reusable) = (&mut self.decoder, &mut self.reusable);
            let read = scratch::poll_read(&mut conn.io, cx, |input| receive(decoder, reusable, input));
            match ready!(read) {
                Ok(Ok(Read::Payload(payload))) => {
                    self.release_when_done();
                    return Poll::Ready(Some(Ok(Frame::data(payload))));
                }
                Ok(Ok(Read::Nothing)) => self.release_when_done(),
                Ok(Ok(Read::End)) => {
                    if let Err(fault) = self.decoder.end() {
                        return self.fail(fault);
                    }
                    self.conn = None;
                }
                Ok(Err(malformed)) => return self.fail(BodyFault::Malformed(malformed)),
                Err(error) => return self.fail(BodyFault::Broken(error.into())),
            }
        }
    }

    fn fail(&mut self, fault: BodyFault) -> Polled {
        self.conn = None;
        Poll::Ready(Some(Err(fault)))
    }

    fn release_when_done(&mut self) {
        if self.decoder.is_done() {
            release(&mut self.conn, &self.home, self.reusable);
        }
    }

    fn is_end(&self) -> bool {
        self.first.is_empty()
            && self.fault.is_none()
            && self.decoder.is_done()
            && !self.decoder.has_trailers()
    }

    fn size_hint(&self) -> SizeHint {
        let first = self.first.len() as u64;
        match self.decoder.remaining() {
            Some(left) => SizeHint::with_exact(first + left),
            None => {
                let mut hint = SizeHint::default();
                hint.set_lower(first);
                hint
            }
        }
    }
}

fn receive(decoder: &mut Decoder, reusable: &mut bool, input: &mut [u8]) -> Result<Read, Malformed> {
    if input.is_empty() {
        return Ok(Read::End);
    }
    let decoded = decoder.decode(input)?;
    // Bytes after the end answer nothing we asked.
    *reusable &= decoded.used == input.len();
    match input.get(decoded.payload) {
        Some(payload) if !payload.is_empty() => Ok(Read::Payload(Bytes::copy_from_slice(payload))),
        _ => Ok(Read::Nothing),
    }
}

fn release(conn: &mut Option<Conn>, home: &IdlePool<Conn>, reusable: bool) {
    if let Some(conn) = conn.take()
        && reusable
    {
        home.put(conn, Instant::now());
    }
}

#[derive(Debug)]
struct H2Body {
    incoming: Incoming,
    /// Given back when the stream is over.
    lease: Option<Lease>,
}

impl H2Body {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Polled {
        match ready!(Pin::new(&mut self.incoming).poll_frame(cx)) {
            Some(Ok(frame)) => Poll::Ready(Some(Ok(frame))),
            Some(Err(error)) => {
                self.lease = None;
                Poll::Ready(Some(Err(BodyFault::Broken(error.into()))))
            }
            // hyper ends a body quietly when the peer resets the stream with NO_ERROR; without the stream's
            // own end that is a truncation.
            None if self.lease.take().is_some() && !self.incoming.is_end_stream() => {
                Poll::Ready(Some(Err(BodyFault::Truncated)))
            }
            None => Poll::Ready(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_at_rest_is_small() {
        assert!(size_of::<Body>() <= 192, "{}", size_of::<Body>());
    }
}
