//! A connection's socket, telling its [`Line`] what moves. It changes nothing of what passes.
//!
//! For HTTP/1 it also notices a caller that leaves while its answer is awaited. hyper would do that
//! too, but by reading into a fresh 8 KiB buffer it then holds on to – a third of what a waiting
//! stream costs. Here it is a glance into 64 bytes on the stack.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::line::Line;
use crate::rewound::Rewound;

/// How much of a next request a glance may find; it is read again when its turn comes.
const GLANCE: usize = 64;

pub(crate) struct Watched<T> {
    inner: Rewound<T>,
    line: Arc<Line>,
    glances: bool,
}

impl<T> Watched<T> {
    pub(crate) fn new(inner: T, line: Arc<Line>) -> Self {
        Self { inner: Rewound::new(inner), line, glances: false }
    }

    /// Makes it fail, when flushed while an exchange runs, if the caller has left. hyper flushes at
    /// the end of every poll.
    pub(crate) fn glancing(self) -> Self {
        Self { glances: true, ..self }
    }

    fn wrote(&self, result: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match &result {
            Poll::Pending => self.line.write_blocked(true),
            Poll::Ready(written) => self.line.bytes_went(written.as_ref().map_or(0, |length| *length)),
        }
        result
    }
}

impl<T: AsyncRead + Unpin> Watched<T> {
    /// Fails if the caller has left. What it has sent instead is put back.
    fn glance(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        if !self.inner.ahead.is_empty() {
            return Ok(());
        }
        let mut bytes = [0; GLANCE];
        let mut buf = ReadBuf::new(&mut bytes);
        match Pin::new(&mut self.inner).poll_read(cx, &mut buf) {
            Poll::Pending => Ok(()),
            Poll::Ready(Ok(())) if buf.filled().is_empty() => Err(io::ErrorKind::ConnectionReset.into()),
            Poll::Ready(Ok(())) => {
                self.inner.ahead = Bytes::copy_from_slice(buf.filled());
                // These may be the very bytes hyper waits for, and the socket will not tell again.
                cx.waker().wake_by_ref();
                Ok(())
            }
            Poll::Ready(Err(fault)) => Err(fault),
        }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Watched<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let result = Pin::new(&mut self.inner).poll_read(cx, buf);
        if result.is_ready() {
            match buf.filled().len() > before {
                true => self.line.bytes_came(),
                false => self.line.bytes_ended(),
            }
        }
        result
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Watched<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.inner).poll_write(cx, buf);
        self.wrote(result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.inner).poll_write_vectored(cx, bufs);
        self.wrote(result)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.inner).poll_flush(cx);
        self.line.write_blocked(result.is_pending());
        if self.glances && self.line.is_busy() {
            self.glance(cx)?;
        }
        result
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.inner).poll_shutdown(cx);
        self.line.write_blocked(result.is_pending());
        result
    }
}
