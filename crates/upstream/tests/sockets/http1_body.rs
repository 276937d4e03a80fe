//! HTTP/1.1 response bodies as frames: what came together stays together, and an early end is an error.

use http_body::Body as _;
use http_body_util::BodyExt;
use upstream::{Body, BodyFault};

use crate::peer::{Line, Peer, TIMEOUTS, call, post, text};

/// A body whose head has arrived, and the peer's end of the line.
async fn started(peer: &Peer, head: &str) -> (Body, Line) {
    let endpoint = peer.endpoint();
    let (response, (line, _)) = tokio::join!(endpoint.send(post("x"), &TIMEOUTS), peer.answer(head));
    (response.unwrap().into_body(), line)
}

async fn frame(body: &mut Body) -> String {
    let frame = body.frame().await.unwrap().unwrap();
    String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap()
}

const CHUNKED: &str = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";

#[tokio::test]
async fn chunks_that_came_together_are_one_frame() {
    let peer = Peer::new().await;
    let (mut body, mut line) = started(&peer, CHUNKED).await;
    line.write("3\r\none\r\n3\r\ntwo\r\n5\r\nth").await;
    assert_eq!(frame(&mut body).await, "onetwoth");
    line.write("ree\r\n").await;
    assert_eq!(frame(&mut body).await, "ree");
    assert!(!body.is_end_stream());
    line.write("0\r\n\r\n").await;
    assert!(body.frame().await.is_none());
    assert!(body.is_end_stream());
}

#[tokio::test]
async fn a_known_length_is_told_and_counted_down() {
    let peer = Peer::new().await;
    let (mut body, mut line) = started(&peer, "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n").await;
    assert_eq!(body.size_hint().exact(), Some(10));
    line.write("hello").await;
    assert_eq!(frame(&mut body).await, "hello");
    assert_eq!((body.size_hint().exact(), body.is_end_stream()), (Some(5), false));
    line.write("world").await;
    assert_eq!(frame(&mut body).await, "world");
    assert_eq!((body.size_hint().exact(), body.is_end_stream()), (Some(0), true));
}

#[tokio::test]
async fn a_body_that_came_with_its_head_is_whole() {
    let peer = Peer::new().await;
    let (mut body, _line) = started(&peer, "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello").await;
    assert_eq!((body.size_hint().exact(), body.is_end_stream()), (Some(5), false));
    assert_eq!(frame(&mut body).await, "hello");
    assert!(body.is_end_stream() && body.frame().await.is_none());
}

#[tokio::test]
async fn trailers_are_the_last_frame() {
    let peer = Peer::new().await;
    let script = format!("{CHUNKED}2\r\nok\r\n0\r\nx-sum: 7\r\n\r\n");
    let (mut body, _line) = started(&peer, &script).await;
    assert_eq!(frame(&mut body).await, "ok");
    assert!(!body.is_end_stream());
    let trailers = body.frame().await.unwrap().unwrap().into_trailers().unwrap();
    assert_eq!(trailers["x-sum"], "7");
    assert!(body.frame().await.is_none() && body.is_end_stream());
}

#[tokio::test]
async fn a_body_may_drip() {
    let peer = Peer::new().await;
    let endpoint = peer.endpoint();
    let drip = async {
        let mut line = peer.accept().await;
        line.0.set_nodelay(true).unwrap();
        line.read_request().await;
        for byte in format!("{CHUNKED}5;x=y\r\nhello\r\n6\r\n world\r\n0\r\n\r\n").bytes() {
            line.write([byte]).await;
            tokio::task::yield_now().await;
        }
        line
    };
    let (answered, _line) = tokio::join!(call(&endpoint, post("x")), drip);
    assert_eq!(answered.unwrap(), "hello world");
    assert_eq!(endpoint.stats().idle, 1);
}

#[tokio::test]
async fn a_body_may_end_with_the_connection_when_nothing_else_says() {
    let peer = Peer::new().await;
    let (body, mut line) = started(&peer, "HTTP/1.1 200 OK\r\n\r\nuntil ").await;
    line.write("the end").await;
    drop(line);
    assert_eq!(text(http::Response::new(body)).await, "until the end");
}

/// The fault a body ends in after these bytes and a close.
async fn fault_after(bytes: &str) -> BodyFault {
    let peer = Peer::new().await;
    let (body, line) = started(&peer, bytes).await;
    drop(line);
    body.collect().await.unwrap_err()
}

#[tokio::test]
async fn a_truncated_body_is_a_fault_not_an_end() {
    for tail in ["", "5\r\nhel", "5\r\nhello\r\n", "5\r\nhello\r\n0\r\n"] {
        let fault = fault_after(&format!("{CHUNKED}{tail}")).await;
        assert!(matches!(fault, BodyFault::Truncated), "{tail:?}: {fault:?}");
    }
    let fault = fault_after("HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nhello").await;
    assert!(matches!(fault, BodyFault::Truncated), "{fault:?}");
}

#[tokio::test]
async fn broken_framing_is_a_fault_even_when_it_comes_with_the_head() {
    let fault = fault_after(&format!("{CHUNKED}zz\r\n")).await;
    assert!(matches!(fault, BodyFault::Malformed(_)), "{fault:?}");
}

#[tokio::test]
async fn a_reset_mid_body_is_a_fault() {
    let peer = Peer::new().await;
    let (mut body, mut line) = started(&peer, CHUNKED).await;
    line.write("5\r\nhello\r\n").await;
    assert_eq!(frame(&mut body).await, "hello");
    line.reset();
    let fault = body.frame().await.unwrap().unwrap_err();
    assert!(matches!(fault, BodyFault::Broken(_)), "{fault:?}");
    assert!(body.frame().await.is_none());
}
