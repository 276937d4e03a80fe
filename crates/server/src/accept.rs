//! The accept loop of one listener, and the path of one connection from the socket to HTTP.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::drain::Step;
use crate::handshake::{self, Spoken};
use crate::line::{Line, Permit, Post};
use crate::listen::Listener;
use crate::refuse::refuse;
use crate::rewound::Socket;
use crate::{Remote, Service, http1, http2};

/// Pauses after a failed accept, from the first to the longest. When files or memory run out, only
/// time helps, and an accept loop without a pause would eat the processor too.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Accepts until the drain begins. What the kernel had completed by then is still taken: those
/// callers believe they are connected.
pub(crate) async fn accept<S: Service>(listener: Listener, post: Arc<Post>, service: Arc<S>) {
    let house = post.house.clone();
    let mut draining = std::pin::pin!(house.phase.reached(Step::Draining));
    let mut pause = FIRST_PAUSE;
    loop {
        let accepted = tokio::select! {
            biased;
            () = &mut draining => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((socket, remote)) => {
                pause = FIRST_PAUSE;
                admit(socket, remote, &post, &service);
            }
            Err(fault) if is_the_callers(&fault) => {}
            Err(fault) => {
                house.stats.accept_errors.add_one();
                tracing::warn!(listener = %post.settings.name, %fault, "cannot accept connections");
                tokio::select! {
                    biased;
                    () = &mut draining => break,
                    () = sleep(pause) => pause = (pause * 2).min(LONGEST_PAUSE),
                }
            }
        }
    }
    for _ in 0..crate::listen::BACKLOG {
        tokio::select! {
            biased;
            accepted = listener.accept() => match accepted {
                Ok((socket, remote)) => admit(socket, remote, &post, &service),
                Err(_) => break,
            },
            () = std::future::ready(()) => break,
        }
    }
}

/// Whether an accept failed because of that one caller, who has left by now.
fn is_the_callers(fault: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(fault.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

fn admit<S: Service>(socket: Socket, remote: Remote, post: &Arc<Post>, service: &Arc<S>) {
    post.house.stats.accepted.add_one();
    match Permit::take(post) {
        Some(permit) => {
            tokio::spawn(connection(socket, remote, permit, service.clone()));
        }
        None => {
            post.house.stats.rejected_over_limit.add_one();
            refuse(socket, post.settings.tls.is_some());
        }
    }
}

async fn connection<S: Service>(socket: Socket, remote: Remote, permit: Permit, service: Arc<S>) {
    let opened = Instant::now();
    // Both boxed for size: the handshake's state is gone when HTTP begins, and most connections do
    // not speak HTTP/2.
    let settled = Box::pin(handshake::settle(socket, remote, permit.post(), opened)).await;
    let Some((stream, peer, spoken)) = settled else { return };
    let line = Arc::new(Line::new(permit, peer, opened));
    match spoken {
        Spoken::Http1 => http1::serve(stream, line, service).await,
        Spoken::Http2 => Box::pin(http2::serve(stream, line, service)).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::House;
    use crate::{Bind, BoxError, Limits, ListenerSettings, Peer, ProxyProtocol};
    use http::{Request, Response};
    use hyper::body::Incoming;

    struct Silent;

    impl Service for Silent {
        type Body = Box<dyn http_body::Body<Data = bytes::Bytes, Error = BoxError> + Send + Unpin>;

        async fn call(self: &Arc<Self>, _: Request<Incoming>, _: &Arc<Peer>) -> Response<Self::Body> {
            std::future::pending().await
        }
    }

    #[tokio::test]
    async fn a_connection_is_a_small_task() {
        let settings = ListenerSettings {
            name: "test".into(),
            bind: Bind::Tcp("127.0.0.1:0".parse().unwrap()),
            tls: None,
            proxy_protocol: ProxyProtocol::Off,
            limits: Limits::default(),
        };
        let post = Arc::new(Post::new(settings, Arc::new(House::default())));
        let permit = Permit::take(&post).unwrap();
        let socket = Socket::Unix(tokio::net::UnixStream::pair().unwrap().0);
        let task = connection(socket, Remote::Unix, permit, Arc::new(Silent));
        let size = size_of_val(&task);
        // Thousands of idle connections are made of this. What grows it belongs in a box.
        assert!(size <= 2304, "{size} bytes");
    }
}
