//! One HTTP/1 connection: hyper's protocol, our limits and drain.
//!
//! hyper could time heads itself, but with one boxed timer a request and with a kept-alive
//! connection's idle time counted as head. The watchdog does both with one timer a connection.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

use crate::drain::Step;
use crate::exchange::exchange;
use crate::line::Line;
use crate::watchdog::{Mood, Watchdog};
use crate::watched::Watched;
use crate::{Limits, Service};

/// hyper refuses a smaller buffer.
const MIN_BUFFER: usize = 8 * 1024;
/// hyper's own limit, which it keeps without allocating.
const FREE_HEADERS: usize = 100;
/// How long a caller may go on sending a body that was refused, how long it may pause meanwhile, and
/// how much of it is read.
const LINGER: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(250);
const LINGER_BYTES: usize = 64 * 1024 * 1024;
/// How long the goodbyes of a connection may take.
const GOODBYE: Duration = Duration::from_secs(1);

const TIMED_OUT: &[u8] = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

enum End {
    /// By the protocol's rules or by a fault of it.
    Over,
    /// By the drain's deadline.
    Cut,
    /// By the watchdog.
    Late(Mood),
}

pub(crate) fn builder(limits: &Limits) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .header_read_timeout(None)
        // Not that we allow it: `Watched` notices callers that leave, at less cost.
        .half_close(true)
        .max_header_size(limits.max_header_bytes)
        // Bounds reads and unsent writes alike. Buffers start at 8 KiB and only grow under load.
        .max_buf_size(limits.max_header_bytes.max(MIN_BUFFER) + 1);
    if limits.max_headers != FREE_HEADERS {
        builder.max_headers(limits.max_headers);
    }
    builder
}

/// Serves a connection to its end. Once a drain has begun the exchange in hand is answered with
/// `connection: close`; a connection that has not asked anything yet gets a moment to do so, because
/// its first request may be on the way.
pub(crate) async fn serve<T, S>(io: T, line: Arc<Line>, service: Arc<S>)
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: Service,
{
    line.stats().http1.add_one();
    let io = TokioIo::new(Watched::new(io, line.clone()).glancing());
    let answer = {
        let line = line.clone();
        service_fn(move |request| exchange(&service, &line, request))
    };
    let mut connection = line.post().http1.serve_connection(io, answer).with_upgrades();
    let end = {
        let mut watchdog = pin!(Watchdog::new(line.limits(), Mood::Head(0), line.opened));
        let mut phase = pin!(line.phase().watch());
        let (mut draining, mut told) = (false, false);
        poll_fn(|cx| {
            match phase.as_mut().poll_turn(cx) {
                Some(Step::Draining) => draining = true,
                Some(Step::Cut) => return Poll::Ready(End::Cut),
                Some(Step::Serving) | None => {}
            }
            if draining && !told && !line.is_fresh() {
                told = true;
                Pin::new(&mut connection).graceful_shutdown();
            }
            if let Poll::Ready(end) = Pin::new(&mut connection).poll(cx) {
                if let Err(fault) = end {
                    tracing::debug!(remote = %line.peer.remote, %fault, "http/1 connection failed");
                }
                return Poll::Ready(End::Over);
            }
            let mood = match line.mood() {
                Mood::Head(0) if draining => Mood::LastCall,
                mood => mood,
            };
            watchdog.as_mut().poll_late(cx, mood, line.limits()).map(End::Late)
        })
        .await
    };
    let Some(parts) = connection.into_parts() else {
        line.stats().upgraded.add_one();
        return;
    };
    finish(parts.io.into_inner(), &line, end).await;
}

/// Says goodbye as the end of the connection requires. Bounded by [`GOODBYE`] and [`LINGER`].
async fn finish<T>(mut io: Watched<T>, line: &Line, end: End)
where
    T: AsyncRead + AsyncWrite + Unpin,
{
    match end {
        End::Cut => {}
        End::Over if line.may_be_sending() => {
            // Closing a socket with unread bytes resets it, and the caller may lose the answer that
            // explains why its body was refused. So the rest is read for a while.
            let _ = timeout(LINGER, async {
                let _ = io.shutdown().await;
                discard(&mut io).await;
            })
            .await;
        }
        End::Over => {}
        End::Late(Mood::Writing(_)) => line.stats().write_timeouts.add_one(),
        End::Late(Mood::Idle(_)) => {
            line.stats().idle_closed.add_one();
            let _ = timeout(GOODBYE, io.shutdown()).await;
        }
        End::Late(_) => {
            line.stats().header_timeouts.add_one();
            let _ = timeout(GOODBYE, async {
                // To a caller that has not said anything there is nothing to answer.
                if line.has_begun() {
                    io.write_all(TIMED_OUT).await?;
                }
                io.shutdown().await
            })
            .await;
        }
    }
}

/// Reads and forgets, as long as more comes.
async fn discard<T: AsyncRead + Unpin>(io: &mut T) {
    // On the heap, or every connection would carry it for this rare end.
    let mut scratch = vec![0; 16 * 1024];
    let mut left = LINGER_BYTES;
    while let Ok(Ok(length)) = timeout(PAUSE, io.read(&mut scratch)).await
        && length > 0
        && left > 0
    {
        left = left.saturating_sub(length);
    }
}
