//! Which connection a request goes over, and what becomes of it.

use std::sync::Arc;

use upstream::{EndpointSettings, Outgoing, Replay, SendFault};

use crate::peer::{OK, Peer, TIMEOUTS, call, endpoint, get, post};

#[tokio::test]
async fn a_connection_carries_one_request_after_another() {
    let peer = Peer::new().await;
    let endpoint = peer.endpoint();
    let serve = async {
        let (mut line, _) = peer.answer(OK).await;
        line.answer(OK).await;
        line.answer(OK).await;
        line
    };
    let calls = async {
        for _ in 0..3 {
            assert_eq!(call(&endpoint, post("x")).await.unwrap(), "ok");
        }
    };
    let (_line, ()) = tokio::join!(serve, calls);
    let stats = endpoint.stats();
    assert_eq!((stats.open, stats.idle, stats.connects, stats.reused, stats.failures), (1, 1, 1, 2, 0));
}

/// A first exchange, after which the peer closes its end, and then a second one.
async fn second_after(
    peer: &Peer,
    endpoint: &upstream::Endpoint,
    response: &str,
    request: Outgoing,
) -> Result<String, SendFault> {
    let (first, (line, _)) = tokio::join!(call(endpoint, post("x")), peer.answer(response));
    assert_eq!(first.unwrap(), "ok");
    drop(line);
    // Lets the runtime look at its sockets once.
    tokio::task::yield_now().await;
    let (second, _) = tokio::join!(call(endpoint, request), peer.answer(OK));
    second
}

#[tokio::test]
async fn a_connection_closed_while_idle_is_not_used() {
    let peer = Peer::new().await;
    let endpoint = peer.endpoint();
    assert_eq!(second_after(&peer, &endpoint, OK, post("x")).await.unwrap(), "ok");
    assert_eq!((endpoint.stats().connects, endpoint.stats().reused), (2, 0));
}

#[tokio::test]
async fn a_connection_that_says_close_is_not_kept() {
    let peer = Peer::new().await;
    let endpoint = peer.endpoint();
    let close = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok";
    let (first, _) = tokio::join!(call(&endpoint, post("x")), peer.answer(close));
    assert_eq!(first.unwrap(), "ok");
    assert_eq!((endpoint.stats().open, endpoint.stats().idle), (0, 0));
}

#[tokio::test]
async fn a_connection_with_bytes_nobody_asked_for_is_not_kept() {
    let peer = Peer::new().await;
    let endpoint = peer.endpoint();
    let more = format!("{OK}HTTP/1.1 200 OK\r\n\r\n");
    let (first, _line) = tokio::join!(call(&endpoint, post("x")), peer.answer(&more));
    assert_eq!(first.unwrap(), "ok");
    assert_eq!(endpoint.stats().open, 0);
}

/// The second request on a connection is read whole and then hung up on; a third attempt is answered.
async fn hung_up_on(request: Outgoing, replay: Replay) -> (Result<String, SendFault>, u64) {
    let peer = Peer::new().await;
    let endpoint = peer.endpoint().with_replay(replay);
    let (first, (mut line, _)) = tokio::join!(call(&endpoint, post("x")), peer.answer(OK));
    first.unwrap();
    let serve = async {
        line.read_request().await;
        drop(line);
        let _line = peer.answer(OK).await;
        std::future::pending().await
    };
    let second = call(&endpoint, request);
    let outcome = tokio::select! {
        biased;
        outcome = second => outcome,
        () = serve => unreachable!("the peer listens for ever"),
    };
    (outcome, endpoint.stats().connects)
}

#[tokio::test]
async fn a_post_hung_up_on_may_have_been_acted_on_and_is_not_repeated() {
    let (outcome, connects) = hung_up_on(post("x"), Replay::Safe).await;
    assert!(matches!(outcome, Err(SendFault::Closed { sent: true })), "{outcome:?}");
    assert_eq!(connects, 1);
}

#[tokio::test]
async fn what_may_be_repeated_is_repeated_once_on_a_fresh_connection() {
    let keyed = || {
        let mut request = post("x");
        request.headers.push((http::HeaderName::from_static("idempotency-key"), "k".parse().unwrap()));
        request
    };
    for (request, replay) in [(get(), Replay::Safe), (keyed(), Replay::Safe), (post("x"), Replay::Always)] {
        let (outcome, connects) = hung_up_on(request, replay).await;
        assert_eq!((outcome.unwrap().as_str(), connects), ("ok", 2));
    }
}

#[tokio::test]
async fn a_fresh_connection_hung_up_on_is_not_tried_again() {
    let peer = Peer::new().await;
    let endpoint = peer.endpoint();
    let serve = async {
        let mut line = peer.accept().await;
        line.read_request().await;
    };
    let (outcome, ()) = tokio::join!(call(&endpoint, get()), serve);
    assert!(matches!(outcome, Err(SendFault::Closed { sent: true })), "{outcome:?}");
}

#[tokio::test]
async fn beyond_the_bound_a_send_is_refused_until_a_connection_is_free() {
    let peer = Peer::new().await;
    let endpoint = endpoint(EndpointSettings { max_connections: 1, ..EndpointSettings::for_url(peer.url()) });
    let half = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nha";
    let (first, (mut line, _)) = tokio::join!(endpoint.send(post("x"), &TIMEOUTS), peer.answer(half));
    let refused = call(&endpoint, post("x")).await.unwrap_err();
    assert!(matches!(refused, SendFault::Busy) && !refused.sent(), "{refused:?}");
    line.write("lf").await;
    assert_eq!(crate::peer::text(first.unwrap()).await, "half");
    let (third, _) = tokio::join!(call(&endpoint, post("x")), line.answer(OK));
    assert_eq!(third.unwrap(), "ok");
    assert_eq!(endpoint.stats().connects, 1);
}

#[tokio::test]
async fn no_more_connections_lie_idle_than_allowed() {
    let peer = Peer::new().await;
    let endpoint = endpoint(EndpointSettings { max_idle: 1, ..EndpointSettings::for_url(peer.url()) });
    let serve = async {
        let (mut one, mut two) = (peer.accept().await, peer.accept().await);
        tokio::join!(one.answer(OK), two.answer(OK));
        (one, two)
    };
    let (first, second, _lines) = tokio::join!(call(&endpoint, post("x")), call(&endpoint, post("x")), serve);
    assert!(first.is_ok() && second.is_ok());
    assert_eq!((endpoint.stats().open, endpoint.stats().idle), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hundred_at_a_time_all_get_their_own_answer() {
    let peer = Peer::new().await;
    let endpoint = Arc::new(peer.endpoint());
    let serve = tokio::spawn(async move {
        loop {
            let mut line = peer.accept().await;
            tokio::spawn(async move {
                loop {
                    let body = line.read_request().await.body;
                    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
                    line.write([head.as_bytes(), &body].concat()).await;
                }
            });
        }
    });
    let calls: Vec<_> = (0..100)
        .map(|caller| {
            let endpoint = Arc::clone(&endpoint);
            tokio::spawn(async move {
                for round in 0..5 {
                    let said = format!("{caller}-{round}");
                    assert_eq!(call(&endpoint, post(said.clone())).await.unwrap(), said);
                }
            })
        })
        .collect();
    for call in calls {
        call.await.unwrap();
    }
    let stats = endpoint.stats();
    assert_eq!((stats.failures, stats.connects + stats.reused), (0, 500));
    assert!(stats.connects <= 100 && stats.open == stats.idle, "{stats:?}");
    serve.abort();
}
