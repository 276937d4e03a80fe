use std::time::Duration;

use tokio::io::AsyncWriteExt;

use crate::gate::{Gate, get, last, rest, settings, soon, until};

#[tokio::test]
async fn a_connection_is_kept_for_the_next_request() {
    let gate = Gate::open(settings()).await;
    let mut socket = gate.connect().await;
    for path in ["/one", "/two", "/three"] {
        socket.write_all(get(path).as_bytes()).await.unwrap();
        let answer = until(&mut socket, "dns=-").await;
        assert!(answer.contains(&format!("HTTP/1.1 {path} remote=127.0.0.1:")), "{answer}");
    }
    assert_eq!(gate.stats.accepted.value(), 1);
    assert_eq!(gate.stats.http1.value(), 1);
}

#[tokio::test]
async fn requests_sent_together_are_answered_in_order() {
    let gate = Gate::open(settings()).await;
    let answers = gate.send([get("/one"), get("/two"), last("/three")].concat()).await;
    let found: Vec<_> =
        ["/one", "/two", "/three"].iter().map(|path| answers.find(&format!("1.1 {path} "))).collect();
    assert!(found.iter().all(Option::is_some) && found.is_sorted(), "{answers}");
}

#[tokio::test]
async fn a_request_may_come_in_pieces() {
    let gate = Gate::open(settings()).await;
    let mut socket = gate.connect().await;
    for byte in last("/pieces").as_bytes() {
        socket.write_all(&[*byte]).await.unwrap();
        tokio::task::yield_now().await;
    }
    assert!(rest(&mut socket).await.contains("HTTP/1.1 /pieces"));
}

#[tokio::test]
async fn garbage_is_a_bad_request() {
    let gate = Gate::open(settings()).await;
    for garbage in
        ["\x16\x03\x01\x02\x00\x01", "PRI * HTTP/2.1\r\n\r\n", "GET\r\n\r\n", "hello world\r\n\r\n"]
    {
        let answer = gate.send(garbage).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{garbage:?}: {answer:?}");
    }
}

#[tokio::test]
async fn a_body_is_read_however_it_is_framed() {
    let gate = Gate::open(settings()).await;
    let head = "POST /body HTTP/1.1\r\nhost: gate\r\nconnection: close\r\n";
    let answer = gate.send(format!("{head}content-length: 5\r\n\r\nhello")).await;
    assert!(answer.ends_with("5 bytes"), "{answer}");
    let chunked = format!("{head}transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n");
    assert!(gate.send(chunked).await.contains("7 bytes"));
}

#[tokio::test]
async fn a_refused_body_does_not_cost_the_caller_its_answer() {
    let gate = Gate::open(settings()).await;
    let mut socket = gate.connect().await;
    let length = 3 * 1024 * 1024;
    let head = format!("POST /refuse HTTP/1.1\r\nhost: gate\r\ncontent-length: {length}\r\n\r\n");
    socket.write_all(head.as_bytes()).await.unwrap();
    // A caller that reads only when it has sent everything.
    socket.write_all(&vec![b'x'; length]).await.unwrap();
    assert!(rest(&mut socket).await.starts_with("HTTP/1.1 413"));
}

#[tokio::test]
async fn a_caller_that_leaves_cancels_its_exchange_within_100_ms() {
    let gate = Gate::open(settings()).await;
    let mut fastest = Duration::MAX;
    // A busy machine may delay one; it would have to delay all.
    for _ in 0..5 {
        let mut socket = gate.connect().await;
        socket.write_all(get("/hang").as_bytes()).await.unwrap();
        soon(gate.script.entered.notified()).await;
        let left = tokio::time::Instant::now();
        drop(socket);
        soon(gate.script.dropped.notified()).await;
        fastest = fastest.min(left.elapsed());
    }
    assert!(fastest < Duration::from_millis(100), "{fastest:?}");
}

#[tokio::test]
async fn a_caller_that_leaves_a_stream_ends_it() {
    let gate = Gate::open(settings()).await;
    let mut socket = gate.connect().await;
    socket.write_all(get("/stream").as_bytes()).await.unwrap();
    gate.words.send("first".into()).await.unwrap();
    until(&mut socket, "first").await;
    drop(socket);
    soon(gate.words.closed()).await;
}

#[tokio::test]
async fn a_request_sent_during_another_is_answered_after_it() {
    let gate = Gate::open(settings()).await;
    let mut socket = gate.connect().await;
    socket.write_all(get("/stream").as_bytes()).await.unwrap();
    gate.words.send("first".into()).await.unwrap();
    until(&mut socket, "first").await;
    // Cut where a glance ends, and elsewhere.
    let next = format!("GET /next HTTP/1.1\r\nhost: gate\r\nx: {}\r\n\r\n", "y".repeat(200));
    socket.write_all(&next.as_bytes()[..64]).await.unwrap();
    gate.words.send("second".into()).await.unwrap();
    until(&mut socket, "second").await;
    socket.write_all(&next.as_bytes()[64..]).await.unwrap();
    drop(gate.words);
    let answers = until(&mut socket, "dns=-").await;
    assert!(answers.contains("0\r\n\r\nHTTP/1.1 200") && answers.contains("/next"), "{answers}");
}

#[tokio::test]
async fn a_large_body_arrives_whole_however_it_is_sent() {
    let gate = Gate::open(settings()).await;
    for piece in [1, 63, 64, 65, 1000, 60_000] {
        let mut socket = gate.connect().await;
        socket.set_nodelay(true).unwrap();
        let length = 60_000_usize.min(piece * 200);
        let head = format!("POST /body HTTP/1.1\r\nhost: gate\r\ncontent-length: {length}\r\n\r\n");
        socket.write_all(head.as_bytes()).await.unwrap();
        for piece in vec![b'x'; length].chunks(piece) {
            socket.write_all(piece).await.unwrap();
            tokio::task::yield_now().await;
        }
        until(&mut socket, &format!("{length} bytes")).await;
    }
}

#[tokio::test]
async fn a_body_whose_length_is_open_to_argument_is_refused() {
    let gate = Gate::open(settings()).await;
    for framing in [
        "content-length: 5\r\ncontent-length: 6",
        "content-length: +5",
        "content-length: 5, 6",
        "transfer-encoding: gzip",
        "transfer-encoding: chunked, gzip",
    ] {
        let answer = gate.send(format!("POST /body HTTP/1.1\r\nhost: gate\r\n{framing}\r\n\r\nhello")).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{framing:?}: {answer:?}");
    }
    // Chunked wins over a length, as RFC 9112 says, and nothing of the length is left to disagree.
    let both = "POST /body HTTP/1.1\r\nhost: gate\r\nconnection: close\r\ncontent-length: 3\r\n\
        transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
    assert!(gate.send(both).await.contains("5 bytes"));
}
