//! HTTP/2: several connections an endpoint, another one opened when those at hand are busy. hyper speaks the
//! protocol; its tasks are ours and end with the endpoint and the responses still being read.

use std::convert::Infallible;
use std::error::Error;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use hyper::client::conn::http2::{Builder, Connection, SendRequest};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::counters::OpenPermit;
use crate::fault::{Malformed, SendFault};
use crate::io::Io;
use crate::request::Segments;

/// Streams on a connection from which on another connection is opened.
const COMFORTABLE_STREAMS: usize = 80;
const STREAM_WINDOW: u32 = 1024 * 1024;
const CONNECTION_WINDOW: u32 = 4 * 1024 * 1024;
const MAX_HEADER_LIST: u32 = 64 * 1024;
/// How often a connection with open streams is probed, and how long it may take to answer.
const PING_EVERY: Duration = Duration::from_secs(20);
const PING_TIMEOUT: Duration = Duration::from_secs(20);

/// How full a connection may be to take one more stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fill {
    /// Not beyond comfort.
    Comfortable,
    /// As far as the peer allows.
    Allowed,
}

/// The HTTP/2 connections of an endpoint.
#[derive(Debug)]
pub(crate) struct H2Pool {
    conns: Mutex<Vec<Arc<H2Conn>>>,
    /// Held while dialling, so that a burst opens one connection and not one each.
    pub(crate) dialing: tokio::sync::Mutex<()>,
    /// Whether this endpoint is known to speak HTTP/2.
    expected: AtomicBool,
    /// Tasks end when the last of these is gone.
    alive: Arc<watch::Sender<()>>,
}

#[derive(Debug)]
struct H2Conn {
    send: SendRequest<SegmentsBody>,
    active: AtomicUsize,
    /// Streams the peer allows at a time.
    allowed: Arc<AtomicUsize>,
    born: Instant,
    /// When the last stream ended, in milliseconds since `born`.
    last_used: AtomicU64,
    /// The peer wants no more streams here.
    retired: AtomicBool,
    _alive: Arc<watch::Sender<()>>,
}

/// A place for one stream on a connection.
#[derive(Debug)]
pub(crate) struct Lease(Arc<H2Conn>);

impl H2Pool {
    pub(crate) fn new(expected: bool) -> H2Pool {
        H2Pool {
            conns: Mutex::default(),
            dialing: tokio::sync::Mutex::default(),
            expected: AtomicBool::new(expected),
            alive: Arc::new(watch::Sender::new(())),
        }
    }

    pub(crate) fn is_expected(&self) -> bool {
        self.expected.load(Ordering::Relaxed)
    }

    /// A place on the least busy connection that has one.
    pub(crate) fn lease(&self, fill: Fill) -> Option<Lease> {
        if !self.is_expected() {
            return None;
        }
        let mut conns = self.conns();
        conns.retain(|conn| conn.is_usable());
        let least_busy = conns.iter().min_by_key(|conn| conn.active.load(Ordering::Relaxed))?;
        least_busy.lease(fill)
    }

    /// Starts HTTP/2 on a connected stream and leases the first place on it.
    ///
    /// # Errors
    /// When the preface cannot be sent.
    pub(crate) async fn open(&self, io: Io, permit: OpenPermit) -> Result<Lease, SendFault> {
        self.expected.store(true, Ordering::Relaxed);
        let tasks = Tasks { alive: self.alive.subscribe() };
        let (send, driver) = Builder::new(tasks.clone())
            .timer(TokioTimer::new())
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .max_header_list_size(MAX_HEADER_LIST)
            .keep_alive_interval(PING_EVERY)
            .keep_alive_timeout(PING_TIMEOUT)
            .handshake(TokioIo::new(io))
            .await
            .map_err(|error| SendFault::Connect(io::Error::other(error)))?;
        let allowed = Arc::new(AtomicUsize::new(driver.current_max_send_streams()));
        tasks.spawn(drive(driver, permit, Arc::clone(&allowed)));
        let conn = Arc::new(H2Conn {
            send,
            active: AtomicUsize::new(1),
            allowed,
            born: Instant::now(),
            last_used: AtomicU64::new(0),
            retired: AtomicBool::new(false),
            _alive: Arc::clone(&self.alive),
        });
        self.conns().push(Arc::clone(&conn));
        Ok(Lease(conn))
    }

    /// Closes connections that carried no stream for the idle timeout.
    pub(crate) fn sweep(&self, now: Instant, idle_timeout: Duration) {
        if self.is_expected() {
            self.conns().retain(|conn| conn.is_usable() && !conn.is_idle_since(now, idle_timeout));
        }
    }

    fn conns(&self) -> MutexGuard<'_, Vec<Arc<H2Conn>>> {
        self.conns.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl H2Conn {
    fn is_usable(&self) -> bool {
        !self.send.is_closed() && !self.retired.load(Ordering::Relaxed)
    }

    fn is_idle_since(&self, now: Instant, idle_timeout: Duration) -> bool {
        let used = self.born + Duration::from_millis(self.last_used.load(Ordering::Relaxed));
        self.active.load(Ordering::Relaxed) == 0 && now.saturating_duration_since(used) > idle_timeout
    }

    fn lease(self: &Arc<H2Conn>, fill: Fill) -> Option<Lease> {
        let allowed = self.allowed.load(Ordering::Relaxed);
        let bound = match fill {
            Fill::Comfortable => allowed.min(COMFORTABLE_STREAMS),
            Fill::Allowed => allowed,
        };
        // Only ever called under the pool's lock, so between the two nobody else adds.
        if self.active.load(Ordering::Relaxed) >= bound {
            return None;
        }
        self.active.fetch_add(1, Ordering::Relaxed);
        Some(Lease(Arc::clone(self)))
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let used = u64::try_from(self.0.born.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.0.last_used.store(used, Ordering::Relaxed);
        self.0.active.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Lease {
    /// Sends a request as a stream and waits for the response head.
    ///
    /// # Errors
    /// When none comes; the connection takes no further streams if it told us so.
    pub(crate) async fn send(
        &self,
        request: http::Request<SegmentsBody>,
    ) -> Result<http::Response<Incoming>, SendFault> {
        let mut send = self.0.send.clone();
        match send.try_send_request(request).await {
            Ok(response) => Ok(response),
            Err(mut error) => {
                tracing::debug!(error = %error.error(), "an upstream stream failed");
                // Handed back means it never became a stream.
                let unsent = error.take_message().is_some();
                let fault = if unsent { SendFault::Closed { sent: false } } else { fault_of(error.error()) };
                if !fault.sent() {
                    self.0.retired.store(true, Ordering::Relaxed);
                }
                Err(fault)
            }
        }
    }
}

/// Runs a connection to its end, keeping `allowed` at what the peer last said.
async fn drive(
    mut driver: Connection<TokioIo<Io>, SegmentsBody, Tasks>,
    _open: OpenPermit,
    allowed: Arc<AtomicUsize>,
) {
    let ended = poll_fn(|cx| {
        let polled = Pin::new(&mut driver).poll(cx);
        if polled.is_pending() {
            allowed.store(driver.current_max_send_streams(), Ordering::Relaxed);
        }
        polled
    });
    if let Err(error) = ended.await {
        tracing::debug!(%error, "an upstream connection ended");
    }
}

fn fault_of(error: &hyper::Error) -> SendFault {
    let mut source = error.source();
    while let Some(cause) = source {
        if let Some(error) = cause.downcast_ref::<h2::Error>() {
            return match error.reason() {
                // RFC 9113 8.7: a refused stream, or one above a graceful GOAWAY's last, was not processed.
                Some(h2::Reason::REFUSED_STREAM) => SendFault::Closed { sent: false },
                Some(h2::Reason::NO_ERROR) if error.is_go_away() && error.is_remote() => {
                    SendFault::Closed { sent: false }
                }
                _ if error.is_library() => SendFault::Malformed(Malformed("it breaks the HTTP/2 protocol")),
                _ => SendFault::Closed { sent: true },
            };
        }
        source = cause.source();
    }
    SendFault::Closed { sent: !error.is_canceled() }
}

/// Spawns what hyper needs run, bounded by the life of the pool and its leases.
#[derive(Clone)]
struct Tasks {
    alive: watch::Receiver<()>,
}

impl Tasks {
    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut alive = self.alive.clone();
        tokio::spawn(async move {
            tokio::select! {
                biased;
                () = task => {}
                // Nothing is ever sent: this ends when the last sender is dropped.
                _ = alive.changed() => {}
            }
        });
    }
}

impl<F: Future<Output = ()> + Send + 'static> hyper::rt::Executor<F> for Tasks {
    fn execute(&self, task: F) {
        self.spawn(task);
    }
}

/// A request body in pieces.
#[derive(Debug)]
pub(crate) struct SegmentsBody {
    pieces: smallvec::IntoIter<[Bytes; 4]>,
    left: u64,
}

impl SegmentsBody {
    pub(crate) fn new(mut pieces: Segments) -> SegmentsBody {
        pieces.retain(|piece| !piece.is_empty());
        let left = pieces.iter().map(|piece| piece.len() as u64).sum();
        SegmentsBody { pieces: pieces.into_iter(), left }
    }
}

impl http_body::Body for SegmentsBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let piece = self.pieces.next();
        if let Some(piece) = &piece {
            self.left -= piece.len() as u64;
        }
        Poll::Ready(piece.map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
