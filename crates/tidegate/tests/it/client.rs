//! The smallest HTTP/1.1 client that can test a server: one call a connection, whole or as it comes.

use crate::process::PATIENCE;
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
};

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.body))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .find_map(|line| line.split_once(": ").filter(|(n, _)| n.eq_ignore_ascii_case(name)))
            .map(|(_, v)| v)
    }
}

pub(crate) const CHAT: &str = "/v1/chat/completions";

/// A chat request to the model `m`; `directives` tell the simulator how to behave.
pub(crate) fn chat(stream: bool, directives: &str) -> String {
    serde_json::json!({
        "model": "m", "stream": stream, "messages": [{ "role": "user", "content": format!("sim: {directives}\nhello") }],
    })
    .to_string()
}

pub(crate) fn connect(address: &str) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// Sends a request and reads the answer to its end.
pub(crate) fn call(
    address: &str,
    method: &str,
    path: &str,
    headers: &str,
    body: &str,
) -> std::io::Result<Answer> {
    exchange(connect(address)?, address, method, path, headers, body)
}

pub(crate) fn get(address: &str, path: &str) -> std::io::Result<Answer> {
    call(address, "GET", path, "", "")
}

pub(crate) fn post(address: &str, path: &str, body: &str) -> Answer {
    call(address, "POST", path, "content-type: application/json\r\n", body).unwrap()
}

/// The same over a stream of any kind.
pub(crate) fn exchange(
    mut stream: impl Read + Write,
    host: &str,
    method: &str,
    path: &str,
    headers: &str,
    body: &str,
) -> std::io::Result<Answer> {
    send(&mut stream, host, method, path, headers, body)?;
    let mut bytes = Vec::new();
    match stream.read_to_end(&mut bytes) {
        Ok(_) => {}
        // A server that closes without TLS's own goodbye has still answered.
        Err(early) if early.kind() == std::io::ErrorKind::UnexpectedEof && !bytes.is_empty() => {}
        Err(other) => return Err(other),
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").ok_or(std::io::ErrorKind::UnexpectedEof)?;
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .ok_or(std::io::ErrorKind::InvalidData)?;
    let chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
    let body = if chunked { unchunked(body) } else { body.to_owned() };
    Ok(Answer { status, head: head.to_owned(), body })
}

fn send(
    stream: &mut impl Write,
    host: &str,
    method: &str,
    path: &str,
    headers: &str,
    body: &str,
) -> std::io::Result<()> {
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
    );
    stream.write_all(request.as_bytes())?;
    stream.flush()
}

fn unchunked(mut text: &str) -> String {
    let mut out = String::new();
    while let Some((size, rest)) = text.split_once("\r\n") {
        let size = usize::from_str_radix(size, 16).unwrap_or(0);
        let Some((chunk, rest)) = rest.split_at_checked(size).filter(|_| size > 0) else { break };
        out.push_str(chunk);
        text = rest.strip_prefix("\r\n").unwrap_or(rest);
    }
    out
}

/// An answer that is read as it comes.
pub(crate) struct Streamed {
    lines: BufReader<TcpStream>,
    pub(crate) seen: String,
}

impl Streamed {
    /// Begins a streamed chat.
    pub(crate) fn open(address: &str, directives: &str) -> Self {
        let mut stream = connect(address).unwrap();
        let headers = "content-type: application/json\r\n";
        send(&mut stream, address, "POST", CHAT, headers, &chat(true, directives)).unwrap();
        Self { lines: BufReader::new(stream), seen: String::new() }
    }

    /// Reads until `text` has come; false if the answer ends before.
    pub(crate) fn read_until(&mut self, text: &str) -> bool {
        while !self.seen.contains(text) {
            if !self.lines.read_line(&mut self.seen).is_ok_and(|read| read > 0) {
                return false;
            }
        }
        true
    }
}
