//! One keep-alive connection of the load: sends a rendered request and reads the answer to its end.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::events::Events;
use crate::framing::Framing;

/// Room for a response head and for one read of a body.
const BUFFER: usize = 64 << 10;
const MOST_HEADERS: usize = 96;

/// What one exchange saw.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) bytes: u64,
    pub(crate) events: u64,
    /// From the start of the request to the first byte of the body.
    pub(crate) first_byte: Option<Duration>,
    /// Time between reads that completed an event.
    pub(crate) gaps: Vec<Duration>,
    /// The last event was an error, or the stream ended without its end marker.
    pub(crate) incomplete: bool,
}

pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    filled: usize,
    closed: bool,
}

struct Head {
    length: usize,
    status: u16,
    framing: Framing,
    close: bool,
    events: bool,
}

impl Connection {
    pub(crate) async fn open(authority: &str) -> Result<Self> {
        let stream =
            TcpStream::connect(authority).await.with_context(|| format!("cannot connect to {authority}"))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: vec![0; BUFFER], filled: 0, closed: false })
    }

    /// Whether another request can be sent.
    pub(crate) fn is_reusable(&self) -> bool {
        !self.closed
    }

    /// Sends the request and reads the whole answer.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> Result<Answer> {
        let start = Instant::now();
        self.stream.write_all(request).await.context("sending the request")?;
        self.filled = 0;
        let head = loop {
            if let Some(head) = head(self.buffer.get(..self.filled).unwrap_or_default())? {
                break head;
            }
            if self.fill().await? == 0 {
                bail!("connection closed before an answer");
            }
        };
        self.closed = head.close || head.framing == Framing::UntilClose;
        self.body(head, start).await
    }

    async fn body(&mut self, head: Head, start: Instant) -> Result<Answer> {
        let mut answer = Answer { status: head.status, ..Answer::default() };
        let mut framing = head.framing;
        let mut events = Events::default();
        let mut tail = Tail::default();
        let mut last = None;
        let mut at = head.length;
        if framing == Framing::Length(0) {
            return Ok(answer);
        }
        loop {
            let input = self.buffer.get(at..self.filled).unwrap_or_default();
            let (before, bytes) = (events.count(), answer.bytes);
            let mut take = |content: &[u8]| {
                answer.bytes += content.len() as u64;
                if head.events {
                    events.feed(content);
                    tail.feed(content);
                }
            };
            let Ok((taken, done)) = framing.feed(input, &mut take) else { bail!("malformed chunked body") };
            if answer.bytes > bytes {
                let now = Instant::now();
                answer.first_byte.get_or_insert(now - start);
                if events.count() > before {
                    answer.gaps.extend(last.map(|last| now - last));
                    last = Some(now);
                }
            }
            if done {
                if at + taken < self.filled {
                    bail!("bytes after the end of the answer");
                }
                break;
            }
            (at, self.filled) = (0, 0);
            if self.fill().await? == 0 {
                if framing != Framing::UntilClose {
                    bail!("connection closed in the middle of an answer");
                }
                break;
            }
        }
        answer.events = events.count();
        answer.incomplete = head.events && !tail.is_end();
        Ok(answer)
    }

    async fn fill(&mut self) -> Result<usize> {
        let room = self.buffer.get_mut(self.filled..).unwrap_or_default();
        if room.is_empty() {
            bail!("response head longer than {BUFFER} bytes");
        }
        let read = self.stream.read(room).await.context("reading the answer")?;
        self.filled += read;
        Ok(read)
    }
}

fn head(input: &[u8]) -> Result<Option<Head>> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let length = match response.parse(input).context("malformed response head")? {
        httparse::Status::Complete(length) => length,
        httparse::Status::Partial => return Ok(None),
    };
    let status = response.code.unwrap_or_default();
    let mut head = Head { length, status, framing: Framing::UntilClose, close: false, events: false };
    for header in response.headers.iter() {
        let value = std::str::from_utf8(header.value).unwrap_or_default();
        if header.name.eq_ignore_ascii_case("content-length") {
            head.framing = Framing::Length(value.trim().parse().context("malformed content-length")?);
        } else if header.name.eq_ignore_ascii_case("transfer-encoding") {
            head.framing = Framing::chunked();
        } else if header.name.eq_ignore_ascii_case("connection") {
            head.close = value.eq_ignore_ascii_case("close");
        } else if header.name.eq_ignore_ascii_case("content-type") {
            head.events = value.starts_with("text/event-stream");
        }
    }
    if matches!(status, 204 | 304) {
        head.framing = Framing::Length(0);
    }
    Ok(Some(head))
}

/// The last bytes of a stream, enough to recognise its end marker.
#[derive(Default)]
struct Tail(Vec<u8>);

const TAIL: usize = 128;

impl Tail {
    fn feed(&mut self, bytes: &[u8]) {
        let kept = bytes.get(bytes.len().saturating_sub(TAIL)..).unwrap_or_default();
        let surplus = (self.0.len() + kept.len()).saturating_sub(TAIL);
        self.0.drain(..surplus.min(self.0.len()));
        self.0.extend_from_slice(kept);
    }

    fn is_end(&self) -> bool {
        ["data: [DONE]", "\"message_stop\""]
            .iter()
            .any(|end| memchr::memmem::find(&self.0, end.as_bytes()).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_keeps_the_last_bytes() {
        let mut tail = Tail::default();
        for byte in [b"x".repeat(500).as_slice(), b"data: [DO", b"NE]\n\n"].concat() {
            tail.feed(&[byte]);
        }
        assert!(tail.is_end());
        assert_eq!(tail.0.len(), TAIL);
        tail.feed(&b"y".repeat(300));
        assert!(!tail.is_end());
    }

    #[test]
    fn heads_say_how_the_body_is_framed() {
        let framing =
            |text: &str| head(text.as_bytes()).unwrap().map(|head| (head.status, head.framing, head.events));
        assert_eq!(framing("HTTP/1.1 200 OK\r\ncontent-le"), None);
        assert_eq!(
            framing("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n"),
            Some((200, Framing::Length(7), false))
        );
        assert_eq!(
            framing(
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-type: text/event-stream\r\n\r\n"
            ),
            Some((200, Framing::chunked(), true))
        );
        assert!(head(b"nonsense\r\n\r\n").is_err());
    }
}
