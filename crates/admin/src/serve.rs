//! Serving the admin listener. Everything a caller can hold on to is bounded: connections, heads,
//! answers and the life of a connection.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::{sleep, timeout};

/// Connections served at once; more wait in the kernel's queue.
const MAX_CONNECTIONS: usize = 128;
/// How long a request head may take, and a kept-alive connection may be idle.
const HEAD: Duration = Duration::from_secs(30);
/// How long a connection lives before it is asked to end. Scrapers open another.
const LIFE: Duration = Duration::from_secs(300);
/// How long the exchange in hand may take once a connection is to end.
const LAST_EXCHANGE: Duration = Duration::from_secs(10);
/// The largest request head in bytes.
const MAX_HEAD: usize = 16 * 1024;
/// The pause after a failed accept, so that running out of files does not spin.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves `router` on `listener` until `shutdown`; then connections finish the exchange in hand.
pub async fn serve(listener: TcpListener, router: Router, shutdown: impl Future<Output = ()>) {
    let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let (end, ending) = watch::channel(false);
    let mut shutdown = pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            () = &mut shutdown => break,
            accepted = async {
                // The semaphore is never closed, so this only waits.
                let slot = slots.clone().acquire_owned().await;
                listener.accept().await.map(|(socket, _)| (socket, slot))
            } => accepted,
        };
        match accepted {
            Ok((socket, slot)) => {
                let (router, ending) = (router.clone(), ending.clone());
                tokio::spawn(async move {
                    connection(socket, router, ending).await;
                    drop(slot);
                });
            }
            Err(fault) => {
                tracing::warn!(%fault, "admin listener cannot accept connections");
                sleep(PAUSE).await;
            }
        }
    }
    drop(listener);
    end.send_replace(true);
    // Each connection holds a receiver; it is gone when they are.
    drop(ending);
    let _ = timeout(LAST_EXCHANGE, end.closed()).await;
}

async fn connection(socket: TcpStream, router: Router, mut ending: watch::Receiver<bool>) {
    let mut builder = auto::Builder::new(TokioExecutor::new()).http1_only();
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD).max_buf_size(MAX_HEAD);
    let service = TowerToHyperService::new(router);
    let mut exchanges = pin!(builder.serve_connection(TokioIo::new(socket), service));
    tokio::select! {
        _ = exchanges.as_mut() => return,
        () = sleep(LIFE) => {}
        // An error means that the server is gone, which ends us as well.
        _ = ending.wait_for(|ending| *ending) => {}
    }
    exchanges.as_mut().graceful_shutdown();
    let _ = timeout(LAST_EXCHANGE, exchanges).await;
}
