//! Request bodies with a limit on how long they may stand still and how large they may get. The
//! service decides which bodies it reads this way and how it words the refusal.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::StatusCode;
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep};

/// Why a request body could not be read.
#[derive(Debug, thiserror::Error)]
pub enum BodyFault<E> {
    /// Nothing came for as long as a body may stand still.
    #[error("request body made no progress for {0:?}")]
    Stalled(Duration),
    /// More came, or was announced, than the limit in bytes.
    #[error("request body is larger than {0} bytes")]
    TooLarge(usize),
    /// The connection or stream broke, or the body was not well-formed.
    #[error("request body broke off: {0}")]
    Broken(E),
}

pin_project_lite::pin_project! {
    /// A body that fails with [`BodyFault::Stalled`] when it makes no progress. The timer is only
    /// touched while the body is waited for.
    pub struct Paced<B> {
        #[pin]
        body: B,
        #[pin]
        timer: Option<Sleep>,
        waiting: bool,
        patience: Duration,
    }
}

impl<E> BodyFault<E> {
    /// The status that tells the caller: 408, 413 or 400.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Stalled(_) => StatusCode::REQUEST_TIMEOUT,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Broken(_) => StatusCode::BAD_REQUEST,
        }
    }
}

impl<B: Body> Paced<B> {
    /// Lets `body` stand still for `patience` at most, usually
    /// [`Limits::body_read_timeout`](crate::Limits::body_read_timeout).
    pub fn new(body: B, patience: Duration) -> Self {
        Self { body, timer: None, waiting: false, patience }
    }
}

impl<B: Body> Body for Paced<B> {
    type Data = B::Data;
    type Error = BodyFault<B::Error>;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let mut this = self.project();
        if let Poll::Ready(frame) = this.body.poll_frame(cx) {
            *this.waiting = false;
            return Poll::Ready(frame.map(|frame| frame.map_err(BodyFault::Broken)));
        }
        if !*this.waiting {
            *this.waiting = true;
            match this.timer.as_mut().as_pin_mut() {
                Some(timer) => timer.reset(Instant::now() + *this.patience),
                None => this.timer.set(Some(sleep(*this.patience))),
            }
        }
        if let Some(timer) = this.timer.as_mut().as_pin_mut() {
            ready!(timer.poll(cx));
        }
        Poll::Ready(Some(Err(BodyFault::Stalled(*this.patience))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Reads a whole body of at most `max` bytes that never stands still for longer than `patience`. A
/// body that came in one piece, as most do, is not copied.
///
/// # Errors
/// As [`BodyFault`] says; an announced length over `max` fails before anything is read.
pub async fn read_body<B>(body: B, max: usize, patience: Duration) -> Result<Bytes, BodyFault<B::Error>>
where
    B: Body<Data = Bytes>,
{
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > max {
        return Err(BodyFault::TooLarge(max));
    }
    let mut body = std::pin::pin!(Paced::new(body, patience));
    let mut first = Bytes::new();
    let mut whole = BytesMut::new();
    while let Some(frame) = std::future::poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
        let Ok(data) = frame?.into_data() else { continue };
        if data.len() > max - first.len().max(whole.len()) {
            return Err(BodyFault::TooLarge(max));
        }
        match (first.is_empty(), whole.is_empty()) {
            (true, true) => first = data,
            (false, true) => {
                // An announced length is reserved only as far as a first part vouches for it.
                whole.reserve(announced.min(1024 * 1024).max(first.len() + data.len()));
                whole.extend_from_slice(&std::mem::take(&mut first));
                whole.extend_from_slice(&data);
            }
            (_, false) => whole.extend_from_slice(&data),
        }
    }
    Ok(if whole.is_empty() { first } else { whole.freeze() })
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::convert::Infallible;

    use super::*;

    /// Yields its parts, pausing before each as long as it says; ends, or stands still for ever.
    struct Parts {
        parts: VecDeque<(Duration, &'static str)>,
        pause: Option<Pin<Box<Sleep>>>,
        announced: u64,
        ends: bool,
    }

    impl Parts {
        fn new(parts: &[(u64, &'static str)], ends: bool) -> Self {
            let parts = parts.iter().map(|(pause, part)| (Duration::from_secs(*pause), *part)).collect();
            Self { parts, pause: None, announced: 0, ends }
        }
    }

    impl Body for Parts {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            let Some((pause, part)) = self.parts.front().copied() else {
                return if self.ends { Poll::Ready(None) } else { Poll::Pending };
            };
            ready!(self.pause.get_or_insert_with(|| Box::pin(sleep(pause))).as_mut().poll(cx));
            self.pause = None;
            self.parts.pop_front();
            Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(part.as_bytes())))))
        }

        fn size_hint(&self) -> SizeHint {
            let mut hint = SizeHint::new();
            hint.set_lower(self.announced);
            hint
        }
    }

    async fn check(parts: &[(u64, &'static str)], ends: bool) -> Result<String, StatusCode> {
        let read = read_body(Parts::new(parts, ends), 10, Duration::from_secs(5)).await;
        read.map(|body| String::from_utf8(body.to_vec()).unwrap()).map_err(|fault| fault.status())
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_body_is_read_as_long_as_it_moves() {
        assert_eq!(check(&[(4, "abc"), (4, "def"), (4, "ghij")], true).await.unwrap(), "abcdefghij");
        assert_eq!(check(&[(0, "one")], true).await.unwrap(), "one");
        assert_eq!(check(&[], true).await.unwrap(), "");
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_stands_still_is_a_request_timeout() {
        assert_eq!(check(&[(0, "abc"), (6, "def")], true).await, Err(StatusCode::REQUEST_TIMEOUT));
        assert_eq!(check(&[(1, "abc")], false).await, Err(StatusCode::REQUEST_TIMEOUT));
    }

    #[tokio::test(start_paused = true)]
    async fn a_large_body_is_refused_when_it_shows() {
        assert_eq!(check(&[(0, "abcdef"), (0, "ghijk")], true).await, Err(StatusCode::PAYLOAD_TOO_LARGE));
        assert_eq!(check(&[(0, "abcdefghijk")], true).await, Err(StatusCode::PAYLOAD_TOO_LARGE));
        let mut announced = Parts::new(&[(0, "a")], true);
        announced.announced = 11;
        let fault = read_body(announced, 10, Duration::from_secs(5)).await.unwrap_err();
        assert_eq!(fault.to_string(), "request body is larger than 10 bytes");
    }
}
