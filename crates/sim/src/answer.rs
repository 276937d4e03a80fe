//! From a planned answer to a response: headers, timing, chunks and spoilt bodies.

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, HeaderName, Response};
use serde_json::Value;

use crate::Behaviour;
use crate::body::{Body, Chunk};
use crate::fault::Fault;
use crate::frame::{self, End, Frame, Part};
use crate::log::Ticket;
use crate::random::{Random, hash};
use crate::request::Dialect;

/// An answer before it is timed and spoilt.
pub(crate) enum Answer {
    /// One JSON value that took so many tokens to make.
    Whole { value: Value, tokens: u64 },
    /// Events, and the one that reports an error in the middle of them.
    Stream { frames: Vec<Frame>, error: Frame },
}

/// What the headers of an answer follow from.
pub(crate) struct Head {
    pub(crate) dialect: Dialect,
    pub(crate) seed: u64,
}

impl Head {
    fn request_id(&self, number: u64) -> String {
        let mut random = Random::new(hash(self.seed, &number.to_be_bytes()));
        match self.dialect {
            Dialect::OpenAi => format!("req_{:016x}{:016x}", random.next(), random.next()),
            Dialect::Anthropic => random.id("req_011C", 20),
        }
    }

    fn response(&self, status: u16, content_type: &'static str, ticket: &Ticket) -> http::response::Builder {
        let number = ticket.number();
        ticket.answered(status);
        let mut response = Response::builder().status(status).header(CONTENT_TYPE, content_type);
        if let Some(headers) = response.headers_mut() {
            match self.dialect {
                Dialect::OpenAi => openai_headers(headers, &self.request_id(number), number),
                Dialect::Anthropic => anthropic_headers(headers, &self.request_id(number), number),
            }
        }
        response
    }
}

/// Requests a minute the rate-limit headers promise. They are told, not enforced.
const PROMISED: u64 = 10_000;

fn openai_headers(headers: &mut HeaderMap, request_id: &str, number: u64) {
    let remaining = PROMISED.saturating_sub(number % PROMISED).to_string();
    for (name, value) in [
        ("x-request-id", request_id),
        ("openai-organization", "org-simulator"),
        ("openai-processing-ms", "1"),
        ("openai-version", "2020-10-01"),
        ("x-ratelimit-limit-requests", "10000"),
        ("x-ratelimit-limit-tokens", "2000000"),
        ("x-ratelimit-remaining-requests", &remaining),
        ("x-ratelimit-remaining-tokens", "1999000"),
        ("x-ratelimit-reset-requests", "6ms"),
        ("x-ratelimit-reset-tokens", "30ms"),
    ] {
        insert(headers, name, value);
    }
}

fn anthropic_headers(headers: &mut HeaderMap, request_id: &str, number: u64) {
    let remaining = PROMISED.saturating_sub(number % PROMISED).to_string();
    for (name, value) in [
        ("request-id", request_id),
        ("anthropic-organization-id", "00000000-0000-4000-8000-000000000001"),
        ("anthropic-ratelimit-requests-limit", "10000"),
        ("anthropic-ratelimit-requests-remaining", &remaining),
        ("anthropic-ratelimit-requests-reset", "2025-10-09T00:01:00Z"),
        ("anthropic-ratelimit-tokens-limit", "2000000"),
        ("anthropic-ratelimit-tokens-remaining", "1999000"),
        ("anthropic-ratelimit-tokens-reset", "2025-10-09T00:01:00Z"),
    ] {
        insert(headers, name, value);
    }
}

fn insert(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(HeaderName::from_static(name), value);
    }
}

/// An error answer.
pub(crate) fn refuse(head: &Head, fault: &Fault, ticket: Ticket) -> Response<Body> {
    let body = match fault.html {
        true => format!(
            "<html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>\n",
            fault.status_code()
        ),
        false => fault.body(head.dialect, &head.request_id(ticket.number())).to_string(),
    };
    let content_type = if fault.html { "text/html" } else { "application/json" };
    let mut response = head.response(fault.status_code().as_u16(), content_type, &ticket);
    if let Some(headers) = response.headers_mut() {
        if let Some(wait) = fault.retry_after {
            let seconds = (wait.as_millis().div_ceil(1_000)).to_string();
            insert(headers, "retry-after", &seconds);
            if head.dialect == Dialect::OpenAi {
                insert(headers, "retry-after-ms", &wait.as_millis().to_string());
            }
        }
        if head.dialect == Dialect::Anthropic {
            let again = matches!(fault.status, 408 | 409 | 429 | 500..);
            insert(headers, "x-should-retry", if again { "true" } else { "false" });
        }
    }
    finish(response, Body::whole(Bytes::from(body), Some(ticket)))
}

/// How long an answer that is not streamed takes to make, after any delay.
pub(crate) fn thinking_time(behaviour: &Behaviour, tokens: u64) -> Duration {
    behaviour.ttft
        + behaviour.rate.map_or(Duration::ZERO, |rate| Duration::from_secs_f64(tokens as f64 / rate))
}

/// One JSON value, whole or spoilt.
pub(crate) fn whole(head: &Head, value: &Value, behaviour: &Behaviour, ticket: Ticket) -> Response<Body> {
    if behaviour.error_after.is_some() {
        return refuse(head, &Fault::scripted(500, behaviour, head.dialect), ticket);
    }
    let mut bytes = Bytes::from(value.to_string());
    if behaviour.garbage {
        bytes = Bytes::from_static(b"{\"id\": \"garb\xff\xfege\", nonsense");
    }
    let end = match (behaviour.disconnect_after, behaviour.stall_after) {
        (Some(_), _) => End::Abort,
        (None, Some(_)) => End::Stall,
        (None, None) => End::Clean,
    };
    let response = head.response(200, "application/json", &ticket);
    if end != End::Clean || behaviour.truncate {
        bytes.truncate(bytes.len() / 2);
    } else if behaviour.split.is_none() {
        return finish(response, Body::whole(bytes, Some(ticket)));
    }
    let chunks = split(bytes, behaviour.split).map(|bytes| Chunk { due: Duration::ZERO, bytes });
    finish(response, Body::paced(chunks, end, Some(ticket)))
}

/// Events, each when its token is due.
pub(crate) fn stream(
    head: &Head,
    frames: Vec<Frame>,
    error: Frame,
    behaviour: &Behaviour,
    ticket: Ticket,
) -> Response<Body> {
    let (frames, end) = frame::spoil(frames, behaviour, error);
    let mut random = Random::new(hash(head.seed, &ticket.number().to_le_bytes()));
    let step = behaviour.rate.map_or(0.0, f64::recip);
    let (mut due, mut first) = (behaviour.ttft, true);
    let mut chunks = Vec::with_capacity(frames.len());
    for frame in &frames {
        if frame.part == Part::Token && !std::mem::take(&mut first) {
            let swing = behaviour.jitter * (2.0 * random.unit() - 1.0);
            due += Duration::from_secs_f64(step * (1.0 + swing));
        }
        let due = if frame.part == Part::Opening { Duration::ZERO } else { due };
        chunks
            .extend(split(frame::bytes(frame, behaviour), behaviour.split).map(|bytes| Chunk { due, bytes }));
    }
    let mut response = head.response(200, "text/event-stream; charset=utf-8", &ticket);
    if let Some(headers) = response.headers_mut() {
        insert(headers, "cache-control", "no-cache");
    }
    finish(response, Body::paced(chunks, end, Some(ticket)))
}

/// Bytes in pieces of `size`, or whole.
fn split(bytes: Bytes, size: Option<usize>) -> impl Iterator<Item = Bytes> {
    let size = size.unwrap_or(bytes.len()).max(1);
    (0..bytes.len()).step_by(size).map(move |start| bytes.slice(start..bytes.len().min(start + size)))
}

fn finish(response: http::response::Builder, body: Body) -> Response<Body> {
    // Statuses are checked when a directive is read, header values when they are inserted.
    response.body(body).unwrap_or_else(|_| Response::new(Body::whole(Bytes::new(), None)))
}
