//! Sockets, and bytes put back in front of them after a look at what is coming.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::server::TlsStream;

/// A socket as it was accepted.
pub(crate) enum Socket {
    Tcp(TcpStream),
    Unix(UnixStream),
}

/// A socket with bytes that were read already and are to be read again.
pub(crate) struct Rewound<T> {
    pub(crate) inner: T,
    pub(crate) ahead: Bytes,
}

/// A connection ready for HTTP.
pub(crate) enum Stream {
    Plain(Rewound<Socket>),
    /// Boxed: a TLS session is over a kilobyte, a plain socket forty bytes.
    Tls(Box<TlsStream<Rewound<Socket>>>),
}

impl<T> Rewound<T> {
    pub(crate) fn new(inner: T) -> Self {
        Self { inner, ahead: Bytes::new() }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Rewound<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.ahead.is_empty() {
            return Pin::new(&mut self.inner).poll_read(cx, buf);
        }
        let length = self.ahead.len().min(buf.remaining());
        buf.put_slice(&self.ahead.split_to(length));
        if buf.remaining() > 0 {
            // Most of the message is usually there already; one read instead of two. Its failure or
            // end is met again by the next read.
            self.ahead = Bytes::new();
            let _ = Pin::new(&mut self.inner).poll_read(cx, buf);
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Rewound<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

/// Passes a poll on to whichever stream it is.
macro_rules! either {
    ($self:expr, $($variant:path)|+, $inner:ident => $call:expr) => {
        match $self { $($variant($inner) => $call),+ }
    };
}

macro_rules! delegate_io {
    ($type:ty, $($variant:path)|+) => {
        impl AsyncRead for $type {
            fn poll_read(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buf: &mut ReadBuf<'_>,
            ) -> Poll<io::Result<()>> {
                either!(self.get_mut(), $($variant)|+, io => Pin::new(io).poll_read(cx, buf))
            }
        }

        impl AsyncWrite for $type {
            fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
                either!(self.get_mut(), $($variant)|+, io => Pin::new(io).poll_write(cx, buf))
            }

            fn poll_write_vectored(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                bufs: &[IoSlice<'_>],
            ) -> Poll<io::Result<usize>> {
                either!(self.get_mut(), $($variant)|+, io => Pin::new(io).poll_write_vectored(cx, bufs))
            }

            fn is_write_vectored(&self) -> bool {
                either!(self, $($variant)|+, io => io.is_write_vectored())
            }

            fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                either!(self.get_mut(), $($variant)|+, io => Pin::new(io).poll_flush(cx))
            }

            fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                either!(self.get_mut(), $($variant)|+, io => Pin::new(io).poll_shutdown(cx))
            }
        }
    };
}

delegate_io!(Socket, Socket::Tcp | Socket::Unix);
delegate_io!(Stream, Stream::Plain | Stream::Tls);

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn bytes_put_back_are_read_first_and_together_with_what_follows() {
        let (mut far, near) = tokio::io::duplex(64);
        far.write_all(b"lo world").await.unwrap();
        let mut rewound = Rewound { inner: near, ahead: Bytes::from_static(b"hel") };
        let mut two = [0; 2];
        rewound.read_exact(&mut two).await.unwrap();
        assert_eq!(&two, b"he");
        let mut buf = [0; 32];
        let length = rewound.read(&mut buf).await.unwrap();
        assert_eq!(&buf[..length], b"llo world");
    }
}
