//! A caller who leaves is felt upstream at once.

use std::time::Duration;

use http_body_util::BodyExt;

use crate::peer::{Peer, TIMEOUTS, post};

/// What the product promises between a caller leaving and the upstream noticing.
const AT_ONCE: Duration = Duration::from_millis(100);

#[tokio::test]
async fn dropping_a_send_closes_the_connection() {
    let peer = Peer::new().await;
    let endpoint = peer.endpoint();
    let mut line = {
        let mut send = std::pin::pin!(endpoint.send(post("x"), &TIMEOUTS));
        let received = async {
            let mut line = peer.accept().await;
            line.read_request().await;
            line
        };
        tokio::select! {
            _ = &mut send => panic!("nobody answered"),
            line = received => line,
        }
    };
    assert!(line.gone().await < AT_ONCE);
    assert_eq!(endpoint.stats().open, 0);
}

#[tokio::test]
async fn dropping_a_body_closes_the_connection() {
    let peer = Peer::new().await;
    let endpoint = peer.endpoint();
    let start = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n";
    let (response, (mut line, _)) = tokio::join!(endpoint.send(post("x"), &TIMEOUTS), peer.answer(start));
    let mut body = response.unwrap().into_body();
    assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "hello");
    drop(body);
    assert!(line.gone().await < AT_ONCE);
    assert_eq!((endpoint.stats().open, endpoint.stats().idle), (0, 0));
}

#[tokio::test]
async fn a_body_outlives_its_endpoint() {
    let peer = Peer::new().await;
    let endpoint = peer.endpoint();
    let start = "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello";
    let (response, (mut line, _)) = tokio::join!(endpoint.send(post("x"), &TIMEOUTS), peer.answer(start));
    drop(endpoint);
    line.write("world").await;
    assert_eq!(crate::peer::text(response.unwrap()).await, "helloworld");
    line.gone().await;
}

#[tokio::test]
async fn dropping_an_endpoint_closes_what_lies_idle() {
    let peer = Peer::new().await;
    let endpoint = peer.endpoint();
    let (answered, (mut line, _)) =
        tokio::join!(crate::peer::call(&endpoint, post("x")), peer.answer(crate::peer::OK));
    answered.unwrap();
    drop(endpoint);
    line.gone().await;
}

#[tokio::test]
async fn a_sweep_closes_what_lay_idle_too_long() {
    let peer = Peer::new().await;
    let settings = upstream::EndpointSettings::for_url(peer.url());
    let endpoint =
        crate::peer::endpoint(upstream::EndpointSettings { idle_timeout: Duration::ZERO, ..settings });
    let (answered, (mut line, _)) =
        tokio::join!(crate::peer::call(&endpoint, post("x")), peer.answer(crate::peer::OK));
    answered.unwrap();
    assert_eq!(endpoint.stats().idle, 1);
    endpoint.sweep();
    assert_eq!((endpoint.stats().open, endpoint.stats().idle), (0, 0));
    line.gone().await;
}
