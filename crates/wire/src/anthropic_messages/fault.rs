//! Errors: what Anthropic and those compatible with it answer, and what its SDKs expect.

use super::{
    node::{Text, node},
    out,
};
use bytes::Bytes;
use ir::{Blame, Fault, FaultKind, Retry, fault::UpstreamFault};
use std::borrow::Cow;

/// Bytes of a provider's message that are passed on.
const MESSAGE_MAX: usize = 1000;

/// Error types and the status each comes with; a stream's error has no status but this one. The first type of a status is its name.
const TYPES: &[(&str, u16)] = &[
    ("invalid_request_error", 400),
    ("authentication_error", 401),
    ("billing_error", 402),
    ("permission_error", 403),
    ("not_found_error", 404),
    ("request_too_large", 413),
    ("rate_limit_error", 429),
    ("api_error", 500),
    ("timeout_error", 504),
    ("overloaded_error", 529),
];

node! {
    struct Wire<'a> {
        "error" => error: ErrorWire<'a>,
    }
}

node! {
    /// `{"type":"overloaded_error","message":"Overloaded"}`
    struct ErrorWire<'a> {
        "type" => kind: Text<'a>,
        "message" => message: Text<'a>,
    }
}

/// Reads a provider's error answer, or with status 200 the error event of its stream.
pub(super) fn decode(status: u16, body: &[u8]) -> Fault {
    let wire = serde_json::from_slice::<Wire<'_>>(body).ok().and_then(|wire| wire.error).unwrap_or_default();
    fault(status, wire.kind, wire.message)
}

fn fault(answered: u16, kind: Option<Text<'_>>, message: Option<Text<'_>>) -> Fault {
    let kind = kind.map(|kind| kind.0.into_owned());
    let named = kind
        .as_deref()
        .and_then(|kind| TYPES.iter().find(|(name, _)| *name == kind))
        .map(|(_, status)| *status);
    let status = if (400..600).contains(&answered) { answered } else { named.unwrap_or(500) };
    let message = match (status, message) {
        // Such messages may quote the key.
        (401, _) => Cow::Borrowed("the provider did not accept the gateway's credential"),
        (_, Some(message)) if !message.0.trim().is_empty() => Cow::Owned(shorten(&message.0)),
        _ => Cow::Owned(format!("the provider answered with status {status} and no readable message")),
    };
    let (class, retry) = classify(status, &message);
    let upstream = UpstreamFault { status, kind, code: None };
    Fault { upstream: Some(Box::new(upstream)), ..Fault::new(class, Blame::Upstream, message) }
        .with_retry(retry)
}

/// What it is and whether another try can help.
fn classify(status: u16, message: &str) -> (FaultKind, Retry) {
    let again = Retry::SameTarget { after: None };
    match status {
        429 => (FaultKind::RateLimited, again),
        // The gateway's credential or account: another target may have a better one.
        401..=403 => (FaultKind::UpstreamRejected, Retry::NextTarget),
        // Another target may have the model, or room for more.
        404 | 413 => (FaultKind::UpstreamRejected, Retry::NextTarget),
        400 if message.contains("prompt is too long") || message.contains("context window") => {
            (FaultKind::UpstreamRejected, Retry::NextTarget)
        }
        400 if message.contains("credit balance") => (FaultKind::UpstreamRejected, Retry::NextTarget),
        408 | 504 => (FaultKind::UpstreamTimeout, again),
        409 | 425 => (FaultKind::UpstreamError, again),
        503 | 529 => (FaultKind::Overloaded, again),
        400..500 => (FaultKind::UpstreamRejected, Retry::Never),
        _ => (FaultKind::UpstreamError, again),
    }
}

fn shorten(message: &str) -> String {
    let message = message.trim();
    message.get(..message.floor_char_boundary(MESSAGE_MAX)).unwrap_or_default().to_owned()
}

/// Writes a fault: status and body.
pub(super) fn encode(fault: &Fault, request_id: &str) -> (u16, Bytes) {
    (status(fault), body(fault, request_id))
}

/// Anthropic has a status of its own for being overloaded, and its SDKs an exception.
fn status(fault: &Fault) -> u16 {
    match fault.kind {
        FaultKind::Overloaded => 529,
        _ => fault.status(),
    }
}

/// The error object, as an answer's body and as the data of a stream's error event.
pub(super) fn body(fault: &Fault, request_id: &str) -> Bytes {
    out::object(256 + fault.message.len(), |json| {
        json.text("type", "error");
        json.key("error").object(|json| {
            json.text("type", &type_of(fault));
            json.text("message", &fault.message);
            // Ours, beside what the SDKs read: a stable code and who failed.
            json.text("code", fault.kind.code());
            json.text("source", fault.blame.name());
            if let Some(param) = &fault.param {
                json.text("param", param);
            }
            if let Some(upstream) = &fault.upstream {
                json.key("upstream").object(|json| {
                    json.count("status", upstream.status.into());
                    upstream.kind.iter().for_each(|kind| json.text("type", kind));
                    upstream.code.iter().for_each(|code| json.text("code", code));
                });
            }
        });
        if !request_id.is_empty() {
            json.text("request_id", request_id);
        }
    })
}

/// The provider's own type where it is one of ours and its refusal is passed on; else the status's.
fn type_of(fault: &Fault) -> Cow<'_, str> {
    let upstream = fault.upstream.as_deref().filter(|_| fault.kind == FaultKind::UpstreamRejected);
    if let Some(kind) = upstream.and_then(|upstream| upstream.kind.as_deref()).filter(|kind| is_type(kind)) {
        return Cow::Borrowed(kind);
    }
    let status = status(fault);
    Cow::Borrowed(match status {
        408 => "timeout_error",
        503 => "overloaded_error",
        _ => match TYPES.iter().find(|(_, of)| *of == status) {
            Some((name, _)) => name,
            None if status < 500 => "invalid_request_error",
            None => "api_error",
        },
    })
}

fn is_type(kind: &str) -> bool {
    TYPES.iter().any(|(name, _)| *name == kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_is_classed_once() {
        let again = Retry::SameTarget { after: None };
        for (status, kind, retry) in [
            (400, FaultKind::UpstreamRejected, Retry::Never),
            (401, FaultKind::UpstreamRejected, Retry::NextTarget),
            (403, FaultKind::UpstreamRejected, Retry::NextTarget),
            (404, FaultKind::UpstreamRejected, Retry::NextTarget),
            (413, FaultKind::UpstreamRejected, Retry::NextTarget),
            (429, FaultKind::RateLimited, again),
            (500, FaultKind::UpstreamError, again),
            (504, FaultKind::UpstreamTimeout, again),
            (529, FaultKind::Overloaded, again),
        ] {
            let fault = decode(status, b"<html>");
            assert_eq!((fault.kind, fault.retry), (kind, retry), "{status}");
        }
    }

    #[test]
    fn a_stream_error_gets_its_status_from_its_type() {
        let fault =
            decode(200, br#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#);
        assert_eq!((fault.kind, fault.upstream.unwrap().status), (FaultKind::Overloaded, 529));
        assert_eq!(decode(200, b"{}").kind, FaultKind::UpstreamError);
    }

    #[test]
    fn a_fault_is_written_as_the_sdks_expect_it() {
        let check = |fault: Fault, status: u16, kind: &str| {
            let (got, body) = encode(&fault, "req_1");
            let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
            assert_eq!((got, body["error"]["type"].as_str()), (status, Some(kind)), "{body}");
            assert_eq!((body["type"].as_str(), body["request_id"].as_str()), (Some("error"), Some("req_1")));
        };
        let of = |kind| Fault::new(kind, Blame::Gateway, "m");
        check(of(FaultKind::InvalidRequest), 400, "invalid_request_error");
        check(of(FaultKind::InvalidApiKey), 401, "authentication_error");
        check(of(FaultKind::ModelNotAllowed), 403, "permission_error");
        check(of(FaultKind::ModelNotFound), 404, "not_found_error");
        check(of(FaultKind::BodyTooLarge), 413, "request_too_large");
        check(of(FaultKind::RateLimited), 429, "rate_limit_error");
        check(of(FaultKind::Overloaded), 529, "overloaded_error");
        check(of(FaultKind::UpstreamTimeout), 504, "timeout_error");
        check(of(FaultKind::UpstreamError), 502, "api_error");
        check(
            decode(400, br#"{"error":{"type":"invalid_request_error","message":"m"}}"#),
            400,
            "invalid_request_error",
        );
    }
}
