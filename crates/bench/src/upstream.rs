//! A canned upstream: answers every request with something rendered beforehand, as fast as sockets allow, so that it
//! is never what limits a measurement. It reads of a request only where it ends, which dialect it is by its path,
//! and whether it wants a stream and usage.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use memchr::memmem;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::yield_now;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::canned::{self, Canned, Stream};
use crate::framing::Framing;
use crate::options::UpstreamOptions;

/// Longest head and body read.
const MOST_HEAD: usize = 64 << 10;
const MOST_BODY: usize = 64 << 20;
const MOST_HEADERS: usize = 96;
/// Longest wait for the next request of a connection, and for a peer to take an answer.
const IDLE: Duration = Duration::from_secs(600);
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);
/// A connection gives its large buffer back when it is this much larger than it needs.
const KEPT_BUFFER: usize = 16 << 10;

/// Serves for ever.
///
/// # Errors
/// When it cannot listen.
pub async fn upstream(options: UpstreamOptions) -> Result<()> {
    let listener = TcpListener::bind(options.listen).await;
    let listener = listener.with_context(|| format!("cannot listen on {}", options.listen))?;
    serve(listener, &options).await;
    Ok(())
}

struct Canteen {
    openai: Canned,
    anthropic: Canned,
    delay: Duration,
    interval: Duration,
}

pub(crate) async fn serve(listener: TcpListener, options: &UpstreamOptions) {
    let canteen = Arc::new(Canteen {
        openai: canned::openai(options),
        anthropic: canned::anthropic(options),
        delay: options.delay,
        interval: options.interval,
    });
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let canteen = Arc::clone(&canteen);
                // How a connection ends is the other side's affair.
                tokio::spawn(async move { connection(stream, &canteen).await });
            }
            // Out of sockets, most likely: wait for some to close.
            Err(_) => sleep(ACCEPT_PAUSE).await,
        }
    }
}

async fn connection(mut stream: TcpStream, canteen: &Canteen) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = Vec::with_capacity(4 << 10);
    while let Some(request) = timeout(IDLE, read(&mut stream, &mut buffer)).await?? {
        if !canteen.delay.is_zero() {
            sleep(canteen.delay).await;
        }
        let canned = if request.anthropic { &canteen.anthropic } else { &canteen.openai };
        match request.stream {
            false => write(&mut stream, &canned.answer).await?,
            true => play(&mut stream, &canned.stream, request.usage, canteen.interval).await?,
        }
        if buffer.capacity() > KEPT_BUFFER && buffer.is_empty() {
            buffer = Vec::with_capacity(4 << 10);
        }
    }
    Ok(())
}

async fn write(stream: &mut TcpStream, bytes: &Bytes) -> Result<()> {
    // One try first: a timer a write would cost as much as the write.
    match stream.try_write(bytes) {
        Ok(written) if written == bytes.len() => Ok(()),
        Ok(written) => Ok(timeout(IDLE, stream.write_all(bytes.get(written..).unwrap_or_default())).await??),
        Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
            Ok(timeout(IDLE, stream.write_all(bytes)).await??)
        }
        Err(error) => Err(error.into()),
    }
}

/// Plays a stream, one write an event, so that the other side sees events as a provider sends them.
async fn play(stream: &mut TcpStream, script: &Stream, usage: bool, interval: Duration) -> Result<()> {
    for bytes in &script.opening {
        write(stream, bytes).await?;
    }
    let mut due = Instant::now();
    for (number, bytes) in script.content.iter().enumerate() {
        if interval.is_zero() {
            // Other streams get their turn between any two events.
            yield_now().await;
        } else if number > 0 {
            // The first content follows the opening at once, so that the time to it is the gateway's.
            due += interval;
            sleep_until(due).await;
        }
        write(stream, bytes).await?;
    }
    for bytes in script.closing.iter().chain(script.usage.as_ref().filter(|_| usage)) {
        write(stream, bytes).await?;
    }
    write(stream, &script.end).await
}

#[derive(Debug, PartialEq)]
struct Wanted {
    anthropic: bool,
    stream: bool,
    usage: bool,
}

/// Reads one request; nothing at the end of the connection. What follows the request stays in the buffer.
async fn read(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<Option<Wanted>> {
    let head = loop {
        if let Some(head) = head(buffer)? {
            break head;
        }
        if buffer.len() > MOST_HEAD {
            bail!("request head longer than {MOST_HEAD} bytes");
        }
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    };
    let mut framing = head.framing;
    let mut content = Vec::new();
    let mut used = head.length;
    if let Framing::Length(length) = framing {
        let end =
            usize::try_from(length).ok().filter(|length| *length <= MOST_BODY).context("body too long")?
                + used;
        buffer.reserve(end.saturating_sub(buffer.len()));
        while buffer.len() < end {
            if stream.read_buf(buffer).await? == 0 {
                return Ok(None);
            }
        }
        let wanted = wanted(head.anthropic, buffer.get(used..end).unwrap_or_default());
        buffer.drain(..end);
        return Ok(Some(wanted));
    }
    loop {
        let input = buffer.get(used..).unwrap_or_default();
        let fed = framing.feed(input, |bytes| content.extend_from_slice(bytes));
        let Ok((taken, done)) = fed else { bail!("malformed chunked body") };
        buffer.drain(..used + taken);
        used = 0;
        if done {
            return Ok(Some(wanted(head.anthropic, &content)));
        }
        if content.len() > MOST_BODY {
            bail!("body longer than {MOST_BODY} bytes");
        }
        if stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    }
}

struct Head {
    length: usize,
    anthropic: bool,
    framing: Framing,
}

fn head(input: &[u8]) -> Result<Option<Head>> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(length) = request.parse(input).context("malformed request head")? else {
        return Ok(None);
    };
    let path = request.path.unwrap_or_default();
    let mut head = Head { length, anthropic: path.contains("/messages"), framing: Framing::Length(0) };
    for header in request.headers.iter() {
        if header.name.eq_ignore_ascii_case("content-length") {
            let value = std::str::from_utf8(header.value).unwrap_or_default();
            head.framing = Framing::Length(value.trim().parse().context("malformed content-length")?);
        } else if header.name.eq_ignore_ascii_case("transfer-encoding") {
            head.framing = Framing::chunked();
        }
    }
    Ok(Some(head))
}

fn wanted(anthropic: bool, body: &[u8]) -> Wanted {
    Wanted { anthropic, stream: is_true(body, b"\"stream\""), usage: is_true(body, b"\"include_usage\"") }
}

/// Whether the body has this key with the value true, by its bytes.
fn is_true(body: &[u8], key: &[u8]) -> bool {
    memmem::find_iter(body, key).any(|at| {
        let rest = body.get(at + key.len()..).unwrap_or_default();
        let value = rest.trim_ascii_start().strip_prefix(b":").map(<[u8]>::trim_ascii_start);
        value.is_some_and(|value| value.starts_with(b"true"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes_are_read_from_the_bytes() {
        assert!(is_true(br#"{"stream" : true}"#, b"\"stream\""));
        assert!(!is_true(br#"{"stream":false,"stream_options":{}}"#, b"\"stream\""));
        let body = br#"{"stream":true,"stream_options":{"include_usage":true}}"#;
        assert_eq!(wanted(false, body), Wanted { anthropic: false, stream: true, usage: true });
    }

    #[test]
    fn heads_say_where_the_body_ends() {
        let head =
            head(b"POST /v1/messages HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n").unwrap().unwrap();
        assert_eq!((head.anthropic, head.framing, head.length), (true, Framing::chunked(), 58));
    }
}
