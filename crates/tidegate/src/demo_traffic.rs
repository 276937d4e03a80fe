//! Some traffic for the demo: a few calls a second in both dialects, so that metrics have something to show.

use std::{net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, interval, timeout},
};

/// Path, body: one of each kind of call, over and over.
const CALLS: [(&str, &str); 4] = [
    (
        "/v1/chat/completions",
        r#"{"model":"assistant","messages":[{"role":"user","content":"What is a tide gate?"}]}"#,
    ),
    (
        "/v1/chat/completions",
        r#"{"model":"assistant","stream":true,"messages":[{"role":"user","content":"Tell me about the sea."}]}"#,
    ),
    (
        "/v1/messages",
        r#"{"model":"assistant","max_tokens":64,"messages":[{"role":"user","content":"And the moon?"}]}"#,
    ),
    (
        "/v1/messages",
        r#"{"model":"claude","max_tokens":64,"stream":true,"messages":[{"role":"user","content":"Why two tides a day?"}]}"#,
    ),
];

/// Calls `gateway` three times a second for as long as `long`.
pub(crate) async fn run(gateway: SocketAddr, key: &'static str, long: Duration) {
    let end = Instant::now() + long;
    let mut beat = interval(Duration::from_millis(333));
    for (path, body) in CALLS.iter().cycle() {
        if beat.tick().await >= end {
            return;
        }
        // Each call has its own connection and must not hold up the next.
        tokio::spawn(timeout(Duration::from_secs(30), call(gateway, key, path, body)));
    }
}

async fn call(gateway: SocketAddr, key: &str, path: &str, body: &str) -> std::io::Result<()> {
    let mut stream = TcpStream::connect(gateway).await?;
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: {gateway}\r\nauthorization: Bearer {key}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await?;
    let mut sink = [0; 4096];
    while stream.read(&mut sink).await? > 0 {}
    Ok(())
}
