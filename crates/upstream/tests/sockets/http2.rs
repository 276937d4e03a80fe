//! HTTP/2: streams on shared connections, and what their ends mean.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use h2::server::{Connection, SendResponse};
use h2::{Reason, RecvStream, SendStream};
use http::{Request, Response};
use http_body_util::BodyExt;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Barrier, mpsc};
use upstream::{BodyFault, Endpoint, EndpointSettings, HttpVersion, SendFault};

use crate::peer::{SOON, TIMEOUTS, call, endpoint, post};
use crate::tls::Secure;

type Stream = (Request<RecvStream>, SendResponse<Bytes>);

struct Peer(TcpListener);

impl Peer {
    async fn new() -> Peer {
        Peer(TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    fn endpoint(&self) -> Endpoint {
        self.endpoint_with(4096)
    }

    fn endpoint_with(&self, max_connections: usize) -> Endpoint {
        let url = format!("http://{}", self.0.local_addr().unwrap());
        let settings = EndpointSettings::for_url(url);
        endpoint(EndpointSettings { http: HttpVersion::Http2, max_connections, ..settings })
    }

    async fn accept(&self) -> Connection<TcpStream, Bytes> {
        let (socket, _) = tokio::time::timeout(SOON, self.0.accept()).await.unwrap().unwrap();
        h2::server::handshake(socket).await.unwrap()
    }
}

async fn stream<T: AsyncRead + AsyncWrite + Unpin>(connection: &mut Connection<T, Bytes>) -> Stream {
    connection.accept().await.expect("a stream").unwrap()
}

async fn read(body: &mut RecvStream) -> Vec<u8> {
    let mut all = Vec::new();
    while let Some(data) = body.data().await {
        let data = data.unwrap();
        body.flow_control().release_capacity(data.len()).unwrap();
        all.extend_from_slice(&data);
    }
    all
}

/// Answers a stream with the body it brought.
async fn echo((request, mut respond): Stream) {
    let mut body = request.into_body();
    let said = read(&mut body).await;
    let mut out = respond.send_response(Response::new(()), false).unwrap();
    out.send_data(said.into(), true).unwrap();
}

/// Sends a head and these bytes and leaves the stream open.
fn start(respond: &mut SendResponse<Bytes>, bytes: &'static str) -> SendStream<Bytes> {
    let mut out = respond.send_response(Response::new(()), false).unwrap();
    out.send_data(bytes.into(), false).unwrap();
    out
}

/// Serves a connection in the background, each stream by `serve`.
fn serve<T, F>(mut connection: Connection<T, Bytes>, serve: impl Fn(Stream) -> F + Send + 'static)
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    tokio::spawn(async move {
        while let Some(Ok(stream)) = connection.accept().await {
            tokio::spawn(serve(stream));
        }
    });
}

#[tokio::test]
async fn prior_knowledge_speaks_http2_in_the_clear() {
    let peer = Peer::new().await;
    let endpoint = peer.endpoint();
    let (heads, mut seen) = mpsc::unbounded_channel();
    let listen = async {
        serve(peer.accept().await, move |stream| {
            let request = &stream.0;
            heads.send((request.method().clone(), request.uri().clone(), request.headers().clone())).unwrap();
            echo(stream)
        });
    };
    let ((), answered) = tokio::join!(listen, call(&endpoint, post("hello")));
    assert_eq!(answered.unwrap(), "hello");
    assert_eq!(call(&endpoint, post(vec![b'x'; 3_000_000])).await.unwrap().len(), 3_000_000);
    let (method, uri, headers) = seen.recv().await.unwrap();
    assert_eq!((method.as_str(), uri.path(), uri.query()), ("POST", "/v1/chat", Some("a=b")));
    assert_eq!(headers["content-type"], "application/json");
    assert_eq!(headers["content-length"], "5");
    let stats = endpoint.stats();
    assert_eq!((stats.open, stats.connects, stats.reused), (1, 1, 1));
}

#[tokio::test]
async fn alpn_chooses_http2_over_tls() {
    let server = Secure::new(&["h2", "http/1.1"]).await;
    let endpoint = endpoint(server.settings("localhost"));
    let listen = async {
        serve(h2::server::handshake(server.accept().await.unwrap()).await.unwrap(), echo);
    };
    let ((), answered) = tokio::join!(listen, call(&endpoint, post("hello")));
    assert_eq!(answered.unwrap(), "hello");
    assert_eq!(call(&endpoint, post("again")).await.unwrap(), "again");
    assert_eq!(endpoint.stats().connects, 1);
}

/// Sends so many at once to a peer that answers none before all have arrived.
async fn all_at_once(count: usize, endpoint: Arc<Endpoint>, peer: Peer) {
    let barrier = Arc::new(Barrier::new(count));
    let listen = tokio::spawn(async move {
        loop {
            let barrier = Arc::clone(&barrier);
            serve(peer.accept().await, move |stream| {
                let barrier = Arc::clone(&barrier);
                async move {
                    barrier.wait().await;
                    echo(stream).await;
                }
            });
        }
    });
    let calls: Vec<_> = (0..count)
        .map(|n| {
            let endpoint = Arc::clone(&endpoint);
            tokio::spawn(async move {
                assert_eq!(call(&endpoint, post(n.to_string())).await.unwrap(), n.to_string())
            })
        })
        .collect();
    for call in calls {
        call.await.unwrap();
    }
    listen.abort();
}

#[tokio::test]
async fn a_burst_opens_a_few_connections_not_one_each() {
    let peer = Peer::new().await;
    let endpoint = Arc::new(peer.endpoint());
    all_at_once(200, Arc::clone(&endpoint), peer).await;
    assert_eq!((endpoint.stats().connects, endpoint.stats().failures), (3, 0));
}

#[tokio::test]
async fn at_the_bound_connections_are_filled_further() {
    let peer = Peer::new().await;
    let endpoint = Arc::new(peer.endpoint_with(1));
    all_at_once(95, Arc::clone(&endpoint), peer).await;
    assert_eq!((endpoint.stats().connects, endpoint.stats().failures), (1, 0));
}

#[tokio::test]
async fn dropping_a_body_resets_its_stream_at_once() {
    let peer = Peer::new().await;
    let endpoint = peer.endpoint();
    let (resets, mut reset) = mpsc::unbounded_channel();
    let listen = async {
        serve(peer.accept().await, move |(_request, mut respond)| {
            let resets = resets.clone();
            async move {
                let mut out = start(&mut respond, "hello");
                let reason = std::future::poll_fn(|cx| out.poll_reset(cx)).await;
                resets.send(reason.unwrap()).unwrap();
            }
        });
    };
    let ((), response) = tokio::join!(listen, endpoint.send(post("x"), &TIMEOUTS));
    let mut body = response.unwrap().into_body();
    assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "hello");
    drop(body);
    let reason = tokio::time::timeout(Duration::from_millis(100), reset.recv()).await.unwrap();
    assert_eq!(reason, Some(Reason::CANCEL));
    assert_eq!(endpoint.stats().open, 1);
}

/// The fault of a body whose stream is reset for this reason after its first bytes.
async fn body_reset(reason: Reason) -> BodyFault {
    let peer = Peer::new().await;
    let endpoint = peer.endpoint();
    let listen = async {
        let mut connection = peer.accept().await;
        let (_request, mut respond) = stream(&mut connection).await;
        let out = start(&mut respond, "hello");
        tokio::spawn(async move { while connection.accept().await.is_some() {} });
        out
    };
    let (mut out, response) = tokio::join!(listen, endpoint.send(post("x"), &TIMEOUTS));
    let mut body = response.unwrap().into_body();
    assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "hello");
    out.send_reset(reason);
    body.collect().await.unwrap_err()
}

#[tokio::test]
async fn a_stream_reset_before_its_end_is_never_a_clean_end() {
    assert!(matches!(body_reset(Reason::NO_ERROR).await, BodyFault::Truncated));
    assert!(matches!(body_reset(Reason::CANCEL).await, BodyFault::Broken(_)));
    assert!(matches!(body_reset(Reason::INTERNAL_ERROR).await, BodyFault::Broken(_)));
}

/// The first connection resets its stream for this reason; a second one echoes.
async fn first_reset(reason: Reason) -> Result<String, SendFault> {
    let peer = Peer::new().await;
    let endpoint = peer.endpoint();
    let listen = async {
        let mut first = peer.accept().await;
        let (_request, mut respond) = stream(&mut first).await;
        respond.send_reset(reason);
        tokio::spawn(async move { while first.accept().await.is_some() {} });
        serve(peer.accept().await, echo);
        std::future::pending().await
    };
    tokio::select! {
        biased;
        answered = call(&endpoint, post("hello")) => answered,
        () = listen => unreachable!("it listens for ever"),
    }
}

#[tokio::test]
async fn a_refused_stream_is_sent_again_elsewhere() {
    assert_eq!(first_reset(Reason::REFUSED_STREAM).await.unwrap(), "hello");
}

#[tokio::test]
async fn a_broken_stream_may_have_been_acted_on() {
    let fault = first_reset(Reason::INTERNAL_ERROR).await.unwrap_err();
    assert!(matches!(fault, SendFault::Closed { sent: true }), "{fault:?}");
}

#[tokio::test]
async fn a_connection_going_away_finishes_its_streams_and_gets_no_new_ones() {
    let peer = Peer::new().await;
    let endpoint = peer.endpoint();
    let (finish, finished) = tokio::sync::oneshot::channel::<()>();
    let listen = async {
        let mut first = peer.accept().await;
        let (_request, mut respond) = stream(&mut first).await;
        let mut out = start(&mut respond, "slow");
        first.graceful_shutdown();
        tokio::spawn(async move { while first.accept().await.is_some() {} });
        tokio::spawn(async move {
            finished.await.unwrap();
            out.send_data("ly".into(), true).unwrap();
        });
    };
    let ((), slow) = tokio::join!(listen, endpoint.send(post("x"), &TIMEOUTS));
    let mut slow = slow.unwrap().into_body();
    assert_eq!(slow.frame().await.unwrap().unwrap().into_data().unwrap(), "slow");
    let listen = async {
        serve(peer.accept().await, echo);
        std::future::pending::<()>().await;
    };
    tokio::select! {
        biased;
        // Whether the notice has been read yet or not, the answer comes, if need be by a second connection.
        answered = call(&endpoint, post("hello")) => assert_eq!(answered.unwrap(), "hello"),
        () = listen => unreachable!("it listens for ever"),
    }
    finish.send(()).unwrap();
    assert_eq!(slow.collect().await.unwrap().to_bytes(), "ly");
}

#[tokio::test]
async fn dropping_an_endpoint_ends_its_connections_and_tasks() {
    let peer = Peer::new().await;
    let endpoint = peer.endpoint();
    let (ended, mut end) = mpsc::unbounded_channel();
    let listen = async {
        let mut connection = peer.accept().await;
        let first = stream(&mut connection).await;
        tokio::spawn(echo(first));
        tokio::spawn(async move {
            while connection.accept().await.is_some_and(|accepted| accepted.is_ok()) {}
            ended.send(()).unwrap();
        });
    };
    let ((), answered) = tokio::join!(listen, call(&endpoint, post("x")));
    answered.unwrap();
    drop(endpoint);
    tokio::time::timeout(SOON, end.recv()).await.unwrap().unwrap();
}

#[tokio::test]
async fn dropping_a_send_resets_its_stream_at_once() {
    let peer = Peer::new().await;
    let endpoint = peer.endpoint();
    let (resets, mut reset) = mpsc::unbounded_channel();
    let listen = async {
        let mut connection = peer.accept().await;
        let (_request, mut respond) = stream(&mut connection).await;
        tokio::spawn(async move { while connection.accept().await.is_some() {} });
        tokio::spawn(async move {
            let reason = std::future::poll_fn(|cx| respond.poll_reset(cx)).await;
            resets.send(reason.unwrap()).unwrap();
        });
    };
    tokio::select! {
        _ = endpoint.send(post("x"), &TIMEOUTS) => unreachable!("nobody answers"),
        () = listen => {}
    }
    let reason = tokio::time::timeout(Duration::from_millis(100), reset.recv()).await.unwrap();
    assert_eq!(reason, Some(Reason::CANCEL));
}

#[tokio::test]
async fn places_of_responses_left_unread_are_free_again() {
    let peer = Peer::new().await;
    let endpoint = peer.endpoint_with(1);
    let listen = async {
        serve(peer.accept().await, |(_request, mut respond)| async move {
            let mut out = start(&mut respond, "hello");
            let _ = std::future::poll_fn(|cx| out.poll_reset(cx)).await;
        });
    };
    let ((), first) = tokio::join!(listen, endpoint.send(post("x"), &TIMEOUTS));
    drop(first.unwrap());
    for _ in 0..300 {
        drop(endpoint.send(post("x"), &TIMEOUTS).await.unwrap());
    }
    assert_eq!(endpoint.stats().connects, 1);
}

#[tokio::test]
async fn no_answer_in_time_is_a_head_timeout() {
    let peer = Peer::new().await;
    let endpoint = peer.endpoint();
    let timeouts = upstream::Timeouts { head: Duration::from_millis(30), ..TIMEOUTS };
    let listen = async {
        serve(peer.accept().await, |held| async move {
            let _held = held;
            std::future::pending().await
        });
    };
    let ((), answered) = tokio::join!(listen, endpoint.send(post("x"), &timeouts));
    let fault = answered.unwrap_err();
    assert!(matches!(fault, SendFault::HeadTimeout) && fault.sent(), "{fault:?}");
}

#[tokio::test]
async fn a_peer_that_speaks_something_else_is_a_fault() {
    let peer = crate::peer::Peer::new().await;
    let settings = EndpointSettings::for_url(peer.url());
    let endpoint = endpoint(EndpointSettings { http: HttpVersion::Http2, ..settings });
    let listen = async {
        let mut line = peer.accept().await;
        line.write("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").await;
        line
    };
    let (answered, _line) = tokio::join!(call(&endpoint, post("x")), listen);
    let fault = answered.unwrap_err();
    assert!(matches!(fault, SendFault::Malformed(_) | SendFault::Closed { .. }), "{fault:?}");
}

#[tokio::test]
async fn a_sweep_closes_what_lay_idle_too_long() {
    let peer = Peer::new().await;
    let url = format!("http://{}", peer.0.local_addr().unwrap());
    let settings = EndpointSettings { http: HttpVersion::Http2, ..EndpointSettings::for_url(url) };
    let endpoint = endpoint(EndpointSettings { idle_timeout: Duration::ZERO, ..settings });
    let (ended, mut end) = mpsc::unbounded_channel();
    let listen = async {
        let mut connection = peer.accept().await;
        let first = stream(&mut connection).await;
        tokio::spawn(echo(first));
        tokio::spawn(async move {
            while connection.accept().await.is_some_and(|accepted| accepted.is_ok()) {}
            ended.send(()).unwrap();
        });
    };
    let ((), answered) = tokio::join!(listen, call(&endpoint, post("x")));
    answered.unwrap();
    endpoint.sweep();
    tokio::time::timeout(SOON, end.recv()).await.unwrap().unwrap();
}
