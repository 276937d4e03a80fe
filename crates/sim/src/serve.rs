//! The simulator on a socket: HTTP/1.1 and HTTP/2 with prior knowledge, without TLS. Requests are collected before
//! they are answered; connections end when the simulator is told to stop.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::{Body, Simulator};

/// Connections served at once; more wait to be accepted.
const MOST_CONNECTIONS: usize = 20_000;
/// Longest wait for request headers, and for a request body.
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);
const BODY_TIMEOUT: Duration = Duration::from_secs(60);
/// Pause after a failed accept, so that running out of sockets does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves until `shutdown` completes, then drops what is open.
///
/// # Errors
/// None at present: failures to accept are transient and retried.
pub async fn serve(
    listener: TcpListener,
    sim: Arc<Simulator>,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let mut connections = JoinSet::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => return Ok(()),
            Some(_) = connections.join_next() => {}
            accepted = listener.accept(), if connections.len() < MOST_CONNECTIONS => match accepted {
                Ok((stream, _)) => _ = connections.spawn(connection(stream, Arc::clone(&sim))),
                Err(_) => sleep(ACCEPT_PAUSE).await,
            }
        }
    }
}

async fn connection(stream: TcpStream, sim: Arc<Simulator>) {
    // Tokens are small writes: without this they would wait for each other.
    _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let sim = Arc::clone(&sim);
        async move { Ok::<_, Infallible>(answer(&sim, request).await) }
    });
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT);
    builder.http2().timer(TokioTimer::new()).max_concurrent_streams(1_000);
    // A broken connection is the caller's affair; its calls are counted as cancelled when they are dropped.
    _ = builder.serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(sim: &Simulator, request: Request<Incoming>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    // One byte more than allowed: the simulator itself says 413.
    let limited = Limited::new(body, sim.settings().max_body + 1);
    let body = match timeout(BODY_TIMEOUT, limited.collect()).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => {
            Bytes::from(vec![b' '; sim.settings().max_body + 1])
        }
        Ok(Err(_)) | Err(_) => Bytes::new(),
    };
    sim.call(Request::from_parts(parts, body)).await
}
