//! One HTTP/1.1 exchange, as the wire sees it.

use std::time::Duration;

use bytes::Bytes;
use http::Method;
use upstream::{Outgoing, Path, SendFault, Timeouts};

use crate::peer::{OK, Peer, TIMEOUTS, call, get, post, text};

#[tokio::test]
async fn head_and_pieces_arrive_as_one_request() {
    let peer = Peer::new().await;
    let endpoint = peer.endpoint();
    let body: Vec<Bytes> = (0..40).map(|n| Bytes::from(format!("piece {n};"))).collect();
    let request = Outgoing { body: body.iter().cloned().collect(), ..post("") };
    let (answered, (_, received)) = tokio::join!(call(&endpoint, request), peer.answer(OK));
    assert_eq!(answered.unwrap(), "ok");
    assert_eq!(received.body, body.concat());
    let expected = format!(
        "POST /v1/chat?a=b HTTP/1.1\r\nhost: 127.0.0.1:{}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        peer.port(),
        received.body.len()
    );
    assert_eq!(received.head, expected);
}

#[tokio::test]
async fn a_response_keeps_status_headers_and_order_of_values() {
    let peer = Peer::new().await;
    let endpoint = peer.endpoint();
    let script = "HTTP/1.1 429 Too Many\r\nretry-after: 7\r\nset-cookie: a\r\nset-cookie: b\r\ncontent-length: 2\r\n\r\nno";
    let (response, _) = tokio::join!(endpoint.send(get(), &TIMEOUTS), peer.answer(script));
    let response = response.unwrap();
    assert_eq!(response.status(), 429);
    assert_eq!(response.headers()["retry-after"], "7");
    let cookies: Vec<_> = response.headers().get_all("set-cookie").iter().collect();
    assert_eq!(cookies, ["a", "b"]);
    assert_eq!(text(response).await, "no");
}

#[tokio::test]
async fn a_large_body_arrives_whole() {
    let peer = Peer::new().await;
    let endpoint = peer.endpoint();
    let body: Bytes = (0..3_000_000u32).map(|n| n as u8).collect();
    let (answered, (_, received)) = tokio::join!(call(&endpoint, post(body.clone())), peer.answer(OK));
    assert_eq!(answered.unwrap(), "ok");
    assert!(received.body == body);
}

#[tokio::test]
async fn a_refusal_before_the_body_is_taken_is_delivered_and_the_connection_dropped() {
    let peer = Peer::new().await;
    let endpoint = peer.endpoint();
    let refuse = async {
        let mut line = peer.accept().await;
        line.read_head().await;
        line.write("HTTP/1.1 413 Too Large\r\ncontent-length: 3\r\n\r\nbig").await;
        line
    };
    let request = post(vec![b'x'; 32 * 1024 * 1024]);
    let (response, mut line) = tokio::join!(endpoint.send(request, &TIMEOUTS), refuse);
    let response = response.unwrap();
    assert_eq!(response.status(), 413);
    assert_eq!(text(response).await, "big");
    assert_eq!((endpoint.stats().open, endpoint.stats().idle), (0, 0));
    line.gone().await;
}

#[tokio::test]
async fn a_refusal_followed_by_a_close_is_delivered() {
    let peer = Peer::new().await;
    let endpoint = peer.endpoint();
    let refuse = async {
        let mut line = peer.accept().await;
        line.read_head().await;
        line.write("HTTP/1.1 401 No\r\nconnection: close\r\ncontent-length: 3\r\n\r\nkey").await;
    };
    let (answered, ()) = tokio::join!(call(&endpoint, post(vec![b'x'; 32 * 1024 * 1024])), refuse);
    // The close with unread data resets; what was received before that still counts.
    match answered {
        Ok(body) => assert_eq!(body, "key"),
        Err(fault) => assert!(!fault.sent(), "{fault:?}"),
    }
}

#[tokio::test]
async fn a_success_that_starts_early_gets_the_whole_request() {
    let peer = Peer::new().await;
    let endpoint = peer.endpoint();
    let body = vec![b'x'; 8 * 1024 * 1024];
    let echo = async {
        let mut line = peer.accept().await;
        line.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n").await;
        let received = line.read_request().await;
        line.write("ok").await;
        received.body.len()
    };
    let (answered, length) = tokio::join!(call(&endpoint, post(body.clone())), echo);
    assert_eq!((answered.unwrap().as_str(), length), ("ok", body.len()));
}

#[tokio::test]
async fn head_has_no_body_whatever_its_length_says() {
    let peer = Peer::new().await;
    let endpoint = peer.endpoint();
    let request = Outgoing { method: Method::HEAD, ..get() };
    let script = "HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n";
    let (answered, _) = tokio::join!(call(&endpoint, request), peer.answer(script));
    assert_eq!(answered.unwrap(), "");
    assert_eq!(endpoint.stats().idle, 1);
}

#[tokio::test]
async fn interim_responses_are_not_the_answer() {
    let peer = Peer::new().await;
    let endpoint = peer.endpoint();
    let script = format!("HTTP/1.1 100 Continue\r\n\r\n{OK}");
    let (answered, _) = tokio::join!(call(&endpoint, post("x")), peer.answer(&script));
    assert_eq!(answered.unwrap(), "ok");
}

#[tokio::test]
async fn an_early_success_counts_even_if_the_rest_of_the_request_is_never_taken() {
    let peer = Peer::new().await;
    let endpoint = peer.endpoint();
    let timeouts = Timeouts { head: Duration::from_millis(50), ..TIMEOUTS };
    let answer = async {
        let mut line = peer.accept().await;
        line.write(OK).await;
        line
    };
    let request = post(vec![b'x'; 64 * 1024 * 1024]);
    let (response, _line) = tokio::join!(endpoint.send(request, &timeouts), answer);
    assert_eq!(text(response.unwrap()).await, "ok");
    assert_eq!(endpoint.stats().open, 0);
}

#[tokio::test]
async fn what_is_not_http_is_malformed_and_may_have_been_acted_on() {
    let peer = Peer::new().await;
    let endpoint = peer.endpoint();
    let (answered, _) = tokio::join!(call(&endpoint, post("x")), peer.answer("220 smtp ready\r\n"));
    let fault = answered.unwrap_err();
    assert!(matches!(fault, SendFault::Malformed(_)) && fault.sent(), "{fault:?}");
    assert_eq!(endpoint.stats().open, 0);
}

#[tokio::test]
async fn no_answer_in_time_is_a_head_timeout_and_closes() {
    let peer = Peer::new().await;
    let endpoint = peer.endpoint();
    let timeouts = Timeouts { head: Duration::from_millis(30), ..TIMEOUTS };
    let listen = async {
        let mut line = peer.accept().await;
        line.read_request().await;
        line.gone().await
    };
    let (answered, _) = tokio::join!(endpoint.send(post("x"), &timeouts), listen);
    let fault = answered.unwrap_err();
    assert!(matches!(fault, SendFault::HeadTimeout) && fault.sent());
    assert_eq!((endpoint.stats().open, endpoint.stats().failures), (0, 1));
}

#[tokio::test]
async fn a_request_nobody_takes_is_a_write_timeout_and_was_not_sent() {
    let peer = Peer::new().await;
    let endpoint = peer.endpoint();
    let timeouts = Timeouts { head: Duration::from_millis(50), ..TIMEOUTS };
    let request = post(vec![b'x'; 64 * 1024 * 1024]);
    let (answered, _line) = tokio::join!(endpoint.send(request, &timeouts), peer.accept());
    let fault = answered.unwrap_err();
    assert!(matches!(fault, SendFault::WriteTimeout) && !fault.sent(), "{fault:?}");
}

#[tokio::test]
async fn a_unix_socket_is_an_upstream_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.sock");
    let listener = tokio::net::UnixListener::bind(&path).unwrap();
    let url = format!("unix:{}:/base", path.display());
    let endpoint = crate::peer::endpoint(upstream::EndpointSettings::for_url(url));
    let serve = async {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = [0; 4096];
        let read = stream.read(&mut head).await.unwrap();
        stream.write_all(OK.as_bytes()).await.unwrap();
        (stream, String::from_utf8_lossy(&head[..read]).into_owned())
    };
    let path = Path::join(endpoint.base_path(), "/v1/models").unwrap();
    let (answered, (_stream, head)) = tokio::join!(call(&endpoint, Outgoing { path, ..get() }), serve);
    assert_eq!(answered.unwrap(), "ok");
    assert!(head.starts_with("GET /base/v1/models HTTP/1.1\r\nhost: localhost\r\n"), "{head}");
}

#[tokio::test]
async fn sending_takes_little_of_the_callers_future() {
    let peer = Peer::new().await;
    let endpoint = peer.endpoint();
    let size = size_of_val(&endpoint.send(get(), &TIMEOUTS));
    assert!(size <= 1280, "the future of a send is {size} bytes");
}
