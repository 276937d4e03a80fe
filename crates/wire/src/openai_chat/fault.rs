//! Errors: what providers of this dialect answer, and what its SDKs expect.
//!
//! A provider's error is read leniently, since "compatible" servers agree on nothing here: an `error` object or string, a bare
//! `message`, FastAPI's `detail`, a list of errors, a web page from a proxy in between.

use bytes::Bytes;
use ir::{Blame, Fault, FaultKind, Retry, fault::UpstreamFault};
use serde::Serialize;
use serde_json::Value;

/// Bytes of a provider's message that are passed on.
const MESSAGE_MAX: usize = 1000;

/// What is said of an answer whose only error is its reason for ending.
pub(crate) const ANSWER_FAILED: &str = "the provider gave up on its answer";

/// The fault of such an answer.
pub(crate) fn answer_failed() -> Fault {
    Fault::new(FaultKind::UpstreamError, Blame::Upstream, ANSWER_FAILED)
        .with_retry(Retry::SameTarget { after: None })
}

/// Reads a provider's error answer.
pub(crate) fn decode(status: u16, body: &[u8]) -> Fault {
    let told = serde_json::from_slice::<Value>(body).map(|body| Told::read(&body)).unwrap_or_default();
    told.fault(status)
}

/// Reads an error that came with status 200: in a stream, or as a whole body.
pub(crate) fn in_stream(json: &[u8]) -> Fault {
    decode(200, json)
}

/// What a provider told.
#[derive(Debug, Default)]
struct Told {
    message: Option<String>,
    kind: Option<String>,
    code: Option<String>,
    param: Option<String>,
    /// A status inside the body (OpenRouter, Gemini).
    status: Option<u16>,
}

impl Told {
    fn read(body: &Value) -> Self {
        let body = match body {
            Value::Array(list) => list.first().unwrap_or(&Value::Null),
            other => other,
        };
        let mut told = Self::default();
        told.take(body);
        if let Some(error) = body.get("error").or_else(|| body.get("errors").and_then(|errors| errors.get(0)))
        {
            match error {
                Value::String(text) => told.message = Some(text.clone()),
                _ => told.take(error),
            }
        }
        if told.message.is_none() {
            told.message = body.get("detail").and_then(text_of);
        }
        told
    }

    fn take(&mut self, error: &Value) {
        let text = |name: &str| error.get(name).and_then(Value::as_str).map(String::from);
        if let Some(message) = error.get("message").and_then(text_of) {
            self.message = Some(message);
        }
        self.kind = text("type").or(self.kind.take());
        self.param = text("param").or(self.param.take());
        match error.get("code") {
            Some(Value::String(code)) => {
                self.status = code.parse().ok().or(self.status);
                self.code = Some(code.clone());
            }
            Some(Value::Number(code)) => {
                self.status = code.as_u64().and_then(|code| u16::try_from(code).ok()).or(self.status);
                self.code = Some(code.to_string());
            }
            _ => {}
        }
        if self.code.is_none() {
            self.code = text("status");
        }
        for name in ["status_code", "status", "raw_status_code"] {
            let status =
                error.get(name).and_then(Value::as_u64).and_then(|status| u16::try_from(status).ok());
            self.status = status.or(self.status);
        }
    }

    fn is(&self, needles: &[&str]) -> bool {
        let texts = [self.kind.as_deref(), self.code.as_deref()];
        texts.into_iter().flatten().any(|text| {
            let text = text.to_ascii_lowercase();
            needles.iter().any(|needle| text.contains(needle))
        })
    }

    /// The status that counts: the answer's, or for an error in a success the one its own words mean.
    fn status(&self, answered: u16) -> u16 {
        let is_error = |status: &u16| (400..600).contains(status);
        if is_error(&answered) {
            return answered;
        }
        match self.status.filter(is_error) {
            Some(status) => status,
            None if self.is(&["rate_limit", "quota", "too_many", "resource_exhausted"]) => 429,
            None if self.is(&["overloaded", "unavailable"]) => 503,
            None if self.is(&["timeout"]) => 504,
            None if self.is(&["invalid_request", "context_length", "content_filter", "bad_request"]) => 400,
            None => 500,
        }
    }

    fn fault(self, answered: u16) -> Fault {
        let status = self.status(answered);
        let (kind, retry) = self.class(status);
        let message = match (status, &self.message) {
            // Such messages often quote the key.
            (401, _) => "the provider did not accept the gateway's credential".to_string(),
            (_, Some(message)) if !message.trim().is_empty() => shorten(message),
            _ => format!("the provider answered with status {status} and no readable message"),
        };
        let upstream = UpstreamFault { status, kind: self.kind, code: self.code };
        let param = if kind == FaultKind::UpstreamRejected { self.param.map(Into::into) } else { None };
        Fault { param, upstream: Some(Box::new(upstream)), ..Fault::new(kind, Blame::Upstream, message) }
            .with_retry(retry)
    }

    fn class(&self, status: u16) -> (FaultKind, Retry) {
        let again = Retry::SameTarget { after: None };
        match status {
            429 if self.is(&["insufficient_quota", "billing", "credit"]) => {
                (FaultKind::RateLimited, Retry::NextTarget)
            }
            429 => (FaultKind::RateLimited, again),
            // The gateway's credential or account: another target may have a better one.
            401..=403 => (FaultKind::UpstreamRejected, Retry::NextTarget),
            404 => (FaultKind::UpstreamRejected, Retry::NextTarget),
            // A longer context, or a larger body, may be what another model has.
            413 => (FaultKind::UpstreamRejected, Retry::NextTarget),
            408 | 504 => (FaultKind::UpstreamTimeout, again),
            409 | 425 => (FaultKind::UpstreamError, again),
            503 | 529 => (FaultKind::Overloaded, again),
            400..500 if self.is(&["context_length", "context_window"]) => {
                (FaultKind::UpstreamRejected, Retry::NextTarget)
            }
            400..500 => (FaultKind::UpstreamRejected, Retry::Never),
            _ => (FaultKind::UpstreamError, again),
        }
    }
}

/// A message that may be text, or an object or list that holds some (Mistral, FastAPI).
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(list) => {
            let texts: Vec<String> = list.iter().take(4).filter_map(text_of).collect();
            (!texts.is_empty()).then(|| texts.join("; "))
        }
        Value::Object(object) => {
            ["msg", "message", "detail"].iter().find_map(|name| object.get(*name).and_then(text_of))
        }
        _ => None,
    }
}

fn shorten(message: &str) -> String {
    let message = message.trim();
    let end = message.floor_char_boundary(MESSAGE_MAX.min(message.len()));
    message.get(..end).unwrap_or_default().to_string()
}

#[derive(Serialize)]
struct Body<'a> {
    error: Error<'a>,
}

#[derive(Serialize)]
struct Error<'a> {
    message: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    param: Option<&'a str>,
    code: &'a str,
    /// Ours: who failed (`caller`, `gateway`, `upstream`).
    source: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    request_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    upstream: Option<Upstream<'a>>,
}

#[derive(Serialize)]
struct Upstream<'a> {
    status: u16,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
}

/// Writes a fault: status and body. A provider's refusal keeps the provider's own type and code, which callers branch on
/// (`context_length_exceeded`); all others carry the gateway's stable code.
pub(crate) fn encode(fault: &Fault, request_id: &str) -> (u16, Bytes) {
    let upstream = fault.upstream.as_deref();
    let refused = upstream.filter(|_| fault.kind == FaultKind::UpstreamRejected);
    let error = Error {
        message: &fault.message,
        kind: refused.and_then(|told| told.kind.as_deref()).unwrap_or_else(|| type_of(fault)),
        param: fault.param.as_deref(),
        code: refused.and_then(|told| told.code.as_deref()).unwrap_or_else(|| fault.kind.code()),
        source: fault.blame.name(),
        request_id,
        upstream: upstream.map(|told| Upstream {
            status: told.status,
            kind: told.kind.as_deref(),
            code: told.code.as_deref(),
        }),
    };
    // Strings and numbers only: writing them cannot fail.
    let body = serde_json::to_vec(&Body { error }).unwrap_or_default();
    (fault.status(), Bytes::from(body))
}

/// The `type` OpenAI uses for such an error.
fn type_of(fault: &Fault) -> &'static str {
    match fault.status() {
        401 => "authentication_error",
        403 => "permission_error",
        429 => "rate_limit_error",
        400..500 => "invalid_request_error",
        _ => "server_error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(status: u16, body: &str) -> (FaultKind, Retry, String) {
        let fault = decode(status, body.as_bytes());
        (fault.kind, fault.retry, fault.message.into_owned())
    }

    #[test]
    fn every_shape_of_error_is_read() {
        let message = |body: &str| check(400, body).2;
        assert_eq!(message(r#"{"error":{"message":"a"}}"#), "a");
        assert_eq!(message(r#"{"error":"b"}"#), "b");
        assert_eq!(message(r#"{"code":"x","error":"b2"}"#), "b2");
        assert_eq!(message(r#"{"object":"error","message":"c"}"#), "c");
        assert_eq!(message(r#"{"message":{"detail":[{"msg":"d"},{"msg":"e"}]}}"#), "d; e");
        assert_eq!(message(r#"{"detail":"f"}"#), "f");
        assert_eq!(message(r#"[{"error":{"code":400,"message":"g"}}]"#), "g");
        assert_eq!(
            message("<html>no</html>"),
            "the provider answered with status 400 and no readable message"
        );
    }

    #[test]
    fn what_can_help_is_decided_by_status_and_words() {
        let again = Retry::SameTarget { after: None };
        let class = |status, code: &str| {
            let (kind, retry, _) =
                check(status, &format!(r#"{{"error":{{"message":"m","code":"{code}"}}}}"#));
            (kind, retry)
        };
        assert_eq!(class(429, "rate_limit_exceeded"), (FaultKind::RateLimited, again));
        assert_eq!(class(429, "insufficient_quota"), (FaultKind::RateLimited, Retry::NextTarget));
        assert_eq!(class(400, "bad"), (FaultKind::UpstreamRejected, Retry::Never));
        assert_eq!(class(400, "context_length_exceeded"), (FaultKind::UpstreamRejected, Retry::NextTarget));
        assert_eq!(class(401, "k"), (FaultKind::UpstreamRejected, Retry::NextTarget));
        assert_eq!(class(503, "k"), (FaultKind::Overloaded, again));
        assert_eq!(class(500, "k"), (FaultKind::UpstreamError, again));
        assert_eq!(class(200, "429"), (FaultKind::RateLimited, again), "a status inside a success");
        assert_eq!(class(200, "server_overloaded"), (FaultKind::Overloaded, again));
    }

    #[test]
    fn a_message_about_a_key_is_not_passed_on() {
        let (.., message) = check(401, r#"{"error":{"message":"Incorrect API key provided: sk-abc"}}"#);
        assert!(!message.contains("sk-abc"));
    }

    #[test]
    fn a_refusal_keeps_the_providers_code_and_other_faults_have_ours() {
        let refused = decode(400, br#"{"error":{"message":"m","type":"t","code":"c","param":"p"}}"#);
        let (status, body) = encode(&refused, "");
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(
            (status, &body["error"]["code"], &body["error"]["param"]),
            (400, &"c".into(), &"p".into())
        );
        assert_eq!(body["error"]["source"], "upstream");
        let (status, body) = encode(&decode(500, b""), "req-1");
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!((status, &body["error"]["code"]), (502, &"upstream_error".into()));
        assert_eq!(body["error"]["request_id"], "req-1");
    }
}
