//! A connected byte stream: TCP, TLS over TCP, or a Unix socket.

use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::client::TlsStream;

use crate::counters::OpenPermit;

/// A connection that lay idle for less is judged by what the runtime's poller already knows, which is free;
/// one that lay longer is worth a system call.
const TRUSTED_REST: Duration = Duration::from_millis(5);

/// The stream itself.
#[derive(Debug)]
pub(crate) enum Io {
    Tcp(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
    Unix(UnixStream),
}

/// An open connection; dropping it closes it.
#[derive(Debug)]
pub(crate) struct Conn {
    pub(crate) io: Io,
    _permit: OpenPermit,
}

impl Conn {
    pub(crate) fn new(io: Io, permit: OpenPermit) -> Conn {
        Conn { io, _permit: permit }
    }
}

impl Io {
    /// Whether an idle connection is of no more use: the peer closed it, or said something unasked.
    pub(crate) fn is_stale(&mut self, lain: Duration) -> bool {
        let mut byte = [0; 1];
        let mut buffer = ReadBuf::new(&mut byte);
        // Within TLS there may be session tickets to take in, so this reads rather than looks.
        let mut cx = Context::from_waker(Waker::noop());
        if Pin::new(&mut *self).poll_read(&mut cx, &mut buffer).is_ready() {
            return true;
        }
        if lain < TRUSTED_REST {
            return false;
        }
        let mut peeked = [MaybeUninit::uninit(); 1];
        let looked = match self {
            Io::Tcp(stream) => SockRef::from(&*stream).peek(&mut peeked),
            Io::Tls(stream) => SockRef::from(stream.get_ref().0).peek(&mut peeked),
            Io::Unix(stream) => SockRef::from(&*stream).peek(&mut peeked),
        };
        !matches!(looked, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
    }
}

impl AsyncRead for Io {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Io::Tcp(stream) => Pin::new(stream).poll_read(cx, buf),
            Io::Tls(stream) => Pin::new(stream).poll_read(cx, buf),
            Io::Unix(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Io {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Io::Tcp(stream) => Pin::new(stream).poll_write(cx, buf),
            Io::Tls(stream) => Pin::new(stream).poll_write(cx, buf),
            Io::Unix(stream) => Pin::new(stream).poll_write(cx, buf),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Io::Tcp(stream) => Pin::new(stream).poll_write_vectored(cx, bufs),
            Io::Tls(stream) => Pin::new(stream).poll_write_vectored(cx, bufs),
            Io::Unix(stream) => Pin::new(stream).poll_write_vectored(cx, bufs),
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Io::Tcp(stream) => Pin::new(stream).poll_flush(cx),
            Io::Tls(stream) => Pin::new(stream).poll_flush(cx),
            Io::Unix(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Io::Tcp(stream) => Pin::new(stream).poll_shutdown(cx),
            Io::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
            Io::Unix(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
