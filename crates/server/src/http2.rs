//! One HTTP/2 connection: hyper's protocol, our limits and drain.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use hyper::rt::Executor;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::drain::Step;
use crate::exchange::exchange;
use crate::line::Line;
use crate::timer::TokioTimer;
use crate::watchdog::{Mood, Watchdog};
use crate::watched::Watched;
use crate::{Limits, Service};

/// Runs each stream as a task of its own. It ends when its exchange does or when the stream or the
/// connection is gone, so it needs no handle.
#[derive(Clone, Copy)]
pub(crate) struct Spawn;

impl<F> Executor<F> for Spawn
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, stream: F) {
        tokio::spawn(stream);
    }
}

pub(crate) fn builder(limits: &Limits) -> http2::Builder<Spawn> {
    let mut builder = http2::Builder::new(Spawn);
    builder
        .timer(TokioTimer)
        .max_concurrent_streams(limits.http2.max_concurrent_streams)
        .max_header_list_size(u32::try_from(limits.max_header_bytes).unwrap_or(u32::MAX))
        .max_pending_accept_reset_streams(limits.http2.max_pending_resets)
        .max_local_error_reset_streams(limits.http2.max_local_resets)
        .initial_stream_window_size(limits.http2.stream_window)
        .initial_connection_window_size(limits.http2.connection_window)
        .keep_alive_interval(limits.http2.keep_alive_interval)
        .keep_alive_timeout(limits.http2.keep_alive_timeout);
    builder
}

/// Serves a connection to its end. At the start of a drain the caller gets a GOAWAY and its streams
/// run on; at the cut everything is dropped, which cancels the exchanges.
pub(crate) async fn serve<T, S>(io: T, line: Arc<Line>, service: Arc<S>)
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: Service,
{
    line.stats().http2.add_one();
    let io = TokioIo::new(Watched::new(io, line.clone()));
    let answer = {
        let line = line.clone();
        service_fn(move |request| exchange(&service, &line, request))
    };
    let mut connection = pin!(line.post().http2.serve_connection(io, answer));
    let mut watchdog = pin!(Watchdog::new(line.limits(), Mood::Idle(0), line.opened));
    let mut phase = pin!(line.phase().watch());
    let mut closing = false;
    poll_fn(|cx| {
        match phase.as_mut().poll_turn(cx) {
            Some(Step::Draining) => {
                closing = true;
                connection.as_mut().graceful_shutdown();
            }
            Some(Step::Cut) => return Poll::Ready(()),
            Some(Step::Serving) | None => {}
        }
        loop {
            if let Poll::Ready(end) = connection.as_mut().poll(cx) {
                if let Err(fault) = end {
                    tracing::debug!(remote = %line.peer.remote, %fault, "http/2 connection failed");
                }
                return Poll::Ready(());
            }
            match watchdog.as_mut().poll_late(cx, mood(&line, closing), line.limits()) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Mood::Idle(_)) => {
                    line.stats().idle_closed.add_one();
                    closing = true;
                    connection.as_mut().graceful_shutdown();
                }
                Poll::Ready(late) => {
                    if matches!(late, Mood::Writing(_)) {
                        line.stats().write_timeouts.add_one();
                    }
                    return Poll::Ready(());
                }
            }
        }
    })
    .await;
}

/// Heads need no watching here: they are bounded in size and complete or not within one stream, and
/// a connection without a stream is idle whatever frames trickle in.
fn mood(line: &Line, closing: bool) -> Mood {
    match line.mood() {
        Mood::Busy => line.is_withheld().map_or(Mood::Busy, Mood::Writing),
        Mood::Head(_) | Mood::Idle(_) if closing => Mood::Closing,
        Mood::Head(_) => line.idle(),
        mood => mood,
    }
}
