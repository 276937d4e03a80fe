use std::time::Duration;

use http_body_util::BodyExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::gate::{Gate, get, last, rest, settings, soon, until};

const SHORT: Duration = Duration::from_millis(150);

#[tokio::test]
async fn a_head_that_trickles_in_is_cut() {
    let mut settings = settings();
    settings.limits.header_timeout = SHORT;
    let gate = Gate::open(settings).await;
    let (mut reading, mut writing) = gate.connect().await.into_split();
    writing.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
    let trickle = tokio::spawn(async move {
        // Never silent for as long as the limit, never complete.
        while writing.write_all(b"x-a: b\r\n").await.is_ok() {
            tokio::time::sleep(SHORT / 5).await;
        }
    });
    let answer = rest(&mut reading).await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer:?}");
    assert_eq!(gate.stats.header_timeouts.value(), 1);
    soon(trickle).await.unwrap();
}

#[tokio::test]
async fn a_caller_that_says_nothing_is_cut_without_an_answer() {
    let mut settings = settings();
    settings.limits.header_timeout = SHORT;
    let gate = Gate::open(settings).await;
    assert_eq!(gate.send("").await, "");
    assert_eq!(gate.stats.header_timeouts.value(), 1);
}

#[tokio::test]
async fn the_next_head_has_its_own_limit() {
    let mut settings = settings();
    settings.limits.header_timeout = SHORT;
    let gate = Gate::open(settings).await;
    let mut socket = gate.connect().await;
    socket.write_all(get("/one").as_bytes()).await.unwrap();
    until(&mut socket, "dns=-").await;
    socket.write_all(b"GET /two HT").await.unwrap();
    assert!(rest(&mut socket).await.starts_with("HTTP/1.1 408"));
}

#[tokio::test]
async fn an_idle_connection_is_closed_after_its_own_limit() {
    let mut settings = settings();
    settings.limits.idle = SHORT;
    let gate = Gate::open(settings).await;
    let answer = gate.send(get("/one")).await;
    assert!(answer.ends_with("dns=-"), "{answer}");
    assert_eq!(gate.stats.idle_closed.value(), 1);
    assert_eq!(gate.stats.header_timeouts.value(), 0);
}

#[tokio::test]
async fn an_idle_http2_connection_is_told_to_go() {
    let mut settings = settings();
    settings.limits.idle = SHORT;
    let gate = Gate::open(settings).await;
    let (mut sender, connection) = crate::http2::join(gate.connect().await).await;
    crate::http2::ask(&mut sender, "/one").await;
    soon(connection).await.unwrap().unwrap();
    assert_eq!(gate.stats.idle_closed.value(), 1);
}

#[tokio::test]
async fn a_running_exchange_is_not_idle() {
    let mut settings = settings();
    settings.limits.idle = SHORT;
    settings.limits.header_timeout = SHORT;
    let gate = Gate::open(settings).await;
    let mut socket = gate.connect().await;
    socket.write_all(get("/stream").as_bytes()).await.unwrap();
    until(&mut socket, "\r\n\r\n").await;
    tokio::time::sleep(SHORT * 3).await;
    gate.words.send("still here".into()).await.unwrap();
    until(&mut socket, "still here").await;
}

#[tokio::test]
async fn an_answer_nobody_takes_is_cut() {
    let mut settings = settings();
    settings.limits.write_timeout = SHORT;
    let gate = Gate::open(settings).await;
    let mut socket = gate.connect().await;
    socket.write_all(get("/large").as_bytes()).await.unwrap();
    while gate.stats.write_timeouts.value() == 0 {
        tokio::time::sleep(SHORT / 10).await;
    }
    let mut answer = Vec::new();
    let _ = soon(socket.read_to_end(&mut answer)).await;
    assert!(answer.len() < 32 * 1024 * 1024);
}

#[tokio::test]
async fn an_http2_caller_that_grants_no_window_is_cut() {
    let mut settings = settings();
    settings.limits.write_timeout = SHORT;
    let gate = Gate::open(settings).await;
    let (mut sender, _connection) = crate::http2::join(gate.connect().await).await;
    // Not reading the body leaves the window as it is: smaller than each of these.
    for _ in 0..2 {
        gate.words.send(vec![b'x'; 8 * 1024 * 1024].into()).await.unwrap();
    }
    let answer = soon(sender.send_request(crate::http2::get("/stream"))).await.unwrap();
    soon(async {
        while gate.stats.write_timeouts.value() == 0 {
            tokio::time::sleep(SHORT / 10).await;
        }
    })
    .await;
    assert!(soon(answer.into_body().collect()).await.is_err());
}

#[tokio::test]
async fn an_http2_answer_that_is_all_handed_over_may_take_longer_than_the_idle_limit() {
    let mut settings = settings();
    settings.limits.idle = SHORT;
    let gate = Gate::open(settings).await;
    let (mut sender, _connection) = crate::http2::join(gate.connect().await).await;
    let mut body = soon(sender.send_request(crate::http2::get("/large"))).await.unwrap().into_body();
    let (start, mut length) = (tokio::time::Instant::now(), 0);
    while let Some(frame) = soon(body.frame()).await {
        length += frame.unwrap().into_data().unwrap().len();
        if start.elapsed() < SHORT * 3 {
            tokio::time::sleep(SHORT / 20).await;
        }
    }
    assert_eq!(length, 32 * 1024 * 1024);
}

#[tokio::test]
async fn an_http2_stream_may_be_slow_as_long_as_it_moves() {
    let mut settings = settings();
    settings.limits.write_timeout = SHORT;
    let gate = Gate::open(settings).await;
    let (mut sender, _connection) = crate::http2::join(gate.connect().await).await;
    let mut body = soon(sender.send_request(crate::http2::get("/stream"))).await.unwrap().into_body();
    for _ in 0..3 {
        tokio::time::sleep(SHORT * 2).await;
        gate.words.send("more".into()).await.unwrap();
        assert_eq!(soon(body.frame()).await.unwrap().unwrap().into_data().unwrap(), "more");
    }
}

#[tokio::test]
async fn an_overlong_head_is_431() {
    let mut settings = settings();
    settings.limits.max_header_bytes = 8 * 1024;
    let gate = Gate::open(settings).await;
    let head = |length| {
        format!("GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\nx: {}\r\n\r\n", "a".repeat(length))
    };
    assert!(gate.send(head(7_000)).await.starts_with("HTTP/1.1 200"));
    let answer = gate.send(head(10_000)).await;
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer:?}");
}

#[tokio::test]
async fn a_head_within_the_default_limit_is_read() {
    let gate = Gate::open(settings()).await;
    let head = |length| {
        format!("GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\nx: {}\r\n\r\n", "a".repeat(length))
    };
    assert!(gate.send(head(60_000)).await.starts_with("HTTP/1.1 200"));
    assert!(gate.send(head(70_000)).await.starts_with("HTTP/1.1 431"));
}

#[tokio::test]
async fn too_many_headers_are_431() {
    for (limit, given, expected) in [(100, 99, "200"), (100, 101, "431"), (5, 6, "431"), (200, 150, "200")] {
        let mut settings = settings();
        settings.limits.max_headers = limit;
        let gate = Gate::open(settings).await;
        let head = format!("GET / HTTP/1.1\r\nconnection: close\r\n{}\r\n", "x: y\r\n".repeat(given - 1));
        let answer = gate.send(head).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {expected}")), "{limit} {given}: {answer:?}");
    }
}

#[tokio::test]
async fn a_connection_over_the_limit_is_told_so() {
    let mut settings = settings();
    settings.limits.max_connections = 1;
    let gate = Gate::open(settings).await;
    let mut first = gate.connect().await;
    first.write_all(get("/one").as_bytes()).await.unwrap();
    until(&mut first, "dns=-").await;
    let refused = gate.send(get("/two")).await;
    assert!(
        refused.starts_with("HTTP/1.1 503") && refused.ends_with("too many connections\n"),
        "{refused:?}"
    );
    assert_eq!(gate.stats.rejected_over_limit.value(), 1);
    assert_eq!(gate.stats.active.value(), 1);
    first.shutdown().await.unwrap();
    rest(&mut first).await;
    while gate.stats.active.value() > 0 {
        tokio::task::yield_now().await;
    }
    assert!(gate.send(last("/three")).await.starts_with("HTTP/1.1 200"));
}
