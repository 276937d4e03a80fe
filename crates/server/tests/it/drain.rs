use std::time::Duration;

use http_body_util::BodyExt;
use server::Drained;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::gate::{Gate, LONG, get, rest, settings, soon, until};
use crate::http2;

#[tokio::test]
async fn a_running_http1_stream_finishes_and_its_connection_closes() {
    let gate = Gate::open(settings()).await;
    let mut socket = gate.connect().await;
    socket.write_all(get("/stream").as_bytes()).await.unwrap();
    gate.words.send("before ".into()).await.unwrap();
    until(&mut socket, "before ").await;
    gate.drain.begin(LONG);
    gate.words.send("after".into()).await.unwrap();
    until(&mut socket, "after").await;
    drop(gate.words);
    assert!(rest(&mut socket).await.ends_with("0\r\n\r\n"));
    assert_eq!(soon(gate.running).await.unwrap(), Drained { finished: 1, cut: 0 });
}

#[tokio::test]
async fn an_answer_given_while_draining_says_close() {
    let gate = Gate::open(settings()).await;
    let mut socket = gate.connect().await;
    socket.write_all(b"POST /body HTTP/1.1\r\nhost: gate\r\ncontent-length: 5\r\n\r\nhel").await.unwrap();
    while gate.stats.http1.value() == 0 {
        tokio::task::yield_now().await;
    }
    gate.drain.begin(LONG);
    soon(refused(gate.port())).await;
    socket.write_all(b"lo").await.unwrap();
    let answer = rest(&mut socket).await;
    assert!(answer.contains("connection: close\r\n") && answer.ends_with("5 bytes"), "{answer}");
    assert_eq!(soon(gate.running).await.unwrap(), Drained { finished: 1, cut: 0 });
}

/// Waits until nobody listens any more.
async fn refused(address: std::net::SocketAddr) {
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_idle_connection_does_not_hold_the_drain_up() {
    let gate = Gate::open(settings()).await;
    let mut socket = gate.connect().await;
    socket.write_all(get("/one").as_bytes()).await.unwrap();
    until(&mut socket, "dns=-").await;
    gate.drain.begin(LONG);
    assert_eq!(rest(&mut socket).await, "");
    assert_eq!(soon(gate.running).await.unwrap(), Drained { finished: 1, cut: 0 });
}

#[tokio::test]
async fn a_request_on_its_way_when_the_drain_begins_is_answered() {
    let gate = Gate::open(settings()).await;
    let mut socket = gate.connect().await;
    gate.drain.begin(LONG);
    soon(refused(gate.port())).await;
    socket.write_all(get("/late").as_bytes()).await.unwrap();
    let answer = rest(&mut socket).await;
    assert!(answer.contains("connection: close\r\n") && answer.contains("/late"), "{answer:?}");
    soon(gate.running).await.unwrap();
}

#[tokio::test]
async fn http2_streams_run_on_while_new_ones_are_turned_away() {
    let gate = Gate::open(settings()).await;
    let (mut sender, connection) = http2::join(gate.connect().await).await;
    let mut body = soon(sender.send_request(http2::get("/stream"))).await.unwrap().into_body();
    gate.words.send("before".into()).await.unwrap();
    assert_eq!(soon(body.frame()).await.unwrap().unwrap().into_data().unwrap(), "before");
    gate.drain.begin(LONG);
    // Until the GOAWAY has arrived a request may still get through, and is then answered.
    while soon(sender.send_request(http2::get("/next"))).await.is_ok() {
        tokio::task::yield_now().await;
    }
    gate.words.send("after".into()).await.unwrap();
    assert_eq!(soon(body.frame()).await.unwrap().unwrap().into_data().unwrap(), "after");
    drop(gate.words);
    let end = soon(body.collect()).await.expect("a clean end, not a reset");
    assert_eq!(end.to_bytes(), "");
    soon(connection).await.unwrap().unwrap();
    assert_eq!(soon(gate.running).await.unwrap(), Drained { finished: 1, cut: 0 });
}

#[tokio::test]
async fn what_outlives_the_deadline_is_cut_and_counted() {
    let gate = Gate::open(settings()).await;
    let mut http1 = gate.connect().await;
    http1.write_all(get("/hang").as_bytes()).await.unwrap();
    soon(gate.script.entered.notified()).await;
    let (mut sender, _connection) = http2::join(gate.connect().await).await;
    let asking = tokio::spawn(sender.send_request(http2::get("/hang")));
    soon(gate.script.entered.notified()).await;
    gate.drain.begin(Duration::from_millis(100));
    assert_eq!(soon(gate.running).await.unwrap(), Drained { finished: 0, cut: 2 });
    assert_eq!(rest(&mut http1).await, "");
    assert!(soon(asking).await.unwrap().is_err());
    assert_eq!(gate.stats.active.value(), 0, "both exchanges are gone");
}

#[tokio::test]
async fn an_upgraded_connection_is_waited_for_and_counted() {
    let gate = Gate::open(settings()).await;
    let mut socket = gate.connect().await;
    let request = "GET /upgrade HTTP/1.1\r\nhost: gate\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n";
    socket.write_all(request.as_bytes()).await.unwrap();
    assert!(until(&mut socket, "\r\n\r\n").await.starts_with("HTTP/1.1 101"));
    socket.write_all(b"ahoy").await.unwrap();
    until(&mut socket, "ahoy").await;
    assert_eq!((gate.stats.upgraded.value(), gate.stats.active.value()), (1, 1));
    gate.drain.begin(LONG);
    soon(refused(gate.port())).await;
    socket.write_all(b"still").await.unwrap();
    until(&mut socket, "still").await;
    drop(socket);
    assert_eq!(soon(gate.running).await.unwrap(), Drained { finished: 1, cut: 0 });
}
