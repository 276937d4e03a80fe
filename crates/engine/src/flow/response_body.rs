//! The body handed to the server. It owns the exchange, so the record is completed when the body ends, however it ends.

use super::Stream;
use crate::exchange::Exchange;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use std::{
    pin::Pin,
    task::{Context, Poll},
};

/// What the server asks of a body's error; this one has none: a stream that fails ends with the dialect's own error event.
pub(super) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// An answer's body.
pub struct ResponseBody {
    content: Content,
    exchange: Box<Exchange>,
}

enum Content {
    Whole(Bytes),
    Stream(Box<Stream>),
}

impl ResponseBody {
    pub(crate) fn whole(bytes: Bytes, mut exchange: Box<Exchange>) -> Self {
        if bytes.is_empty() {
            exchange.end();
        }
        Self { content: Content::Whole(bytes), exchange }
    }

    pub(crate) fn stream(stream: Box<Stream>, exchange: Box<Exchange>) -> Self {
        Self { content: Content::Stream(stream), exchange }
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let Self { content, exchange } = self.get_mut();
        let data = match content {
            Content::Whole(bytes) => {
                exchange.end();
                Poll::Ready(Some(std::mem::take(bytes)).filter(|bytes| !bytes.is_empty()))
            }
            Content::Stream(stream) => stream.poll_data(cx, exchange),
        };
        data.map(|data| {
            data.map(|data| {
                exchange.record.answer.bytes_out += data.len() as u64;
                Ok(Frame::data(data))
            })
        })
    }

    fn is_end_stream(&self) -> bool {
        match &self.content {
            Content::Whole(bytes) => bytes.is_empty(),
            Content::Stream(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.content {
            Content::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Content::Stream(_) => SizeHint::default(),
        }
    }
}

impl Drop for ResponseBody {
    fn drop(&mut self) {
        if let Content::Stream(stream) = &mut self.content {
            stream.report(&mut self.exchange);
        }
    }
}
