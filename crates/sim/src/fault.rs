//! What went wrong with a call, and how each provider would say it: status, body and headers.

use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};

use crate::Behaviour;
use crate::request::Dialect;

/// An error answer before it is put into a dialect's words.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Fault {
    pub(crate) status: u16,
    pub(crate) message: String,
    /// OpenAI's `param`: the field that is wrong.
    pub(crate) param: Option<String>,
    /// OpenAI's `code`.
    pub(crate) code: Option<&'static str>,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) html: bool,
}

impl Fault {
    pub(crate) fn new(status: u16, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), ..Self::default() }
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, message)
    }

    pub(crate) fn param(mut self, param: impl Into<String>) -> Self {
        self.param = Some(param.into());
        self
    }

    pub(crate) fn code(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }

    /// The fault a directive asks for.
    pub(crate) fn scripted(status: u16, behaviour: &Behaviour, dialect: Dialect) -> Self {
        let (message, code) = match dialect {
            Dialect::OpenAi => openai_words(status, behaviour.quota),
            Dialect::Anthropic => (anthropic_words(status), None),
        };
        let retry_after =
            behaviour.retry_after.or((status == 429 && !behaviour.quota).then(|| Duration::from_secs(1)));
        Self { status, message: message.into(), param: None, code, retry_after, html: behaviour.html }
    }

    pub(crate) fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The error body in the dialect's shape; `request_id` appears in Anthropic's.
    pub(crate) fn body(&self, dialect: Dialect, request_id: &str) -> Value {
        match dialect {
            Dialect::OpenAi => json!({"error": {
                "message": self.message, "type": self.openai_type(), "param": self.param, "code": self.code,
            }}),
            Dialect::Anthropic => json!({
                "type": "error",
                "error": {"type": self.anthropic_type(), "message": self.message},
                "request_id": request_id,
            }),
        }
    }

    fn openai_type(&self) -> &'static str {
        match (self.status, self.code) {
            (429, Some("insufficient_quota")) => "insufficient_quota",
            (429, _) => "requests",
            (403, _) => "permission_error",
            (500.., _) => "server_error",
            _ => "invalid_request_error",
        }
    }

    fn anthropic_type(&self) -> &'static str {
        match self.status {
            401 => "authentication_error",
            402 => "billing_error",
            403 => "permission_error",
            404 => "not_found_error",
            413 => "request_too_large",
            429 => "rate_limit_error",
            504 => "timeout_error",
            529 => "overloaded_error",
            500.. => "api_error",
            _ => "invalid_request_error",
        }
    }
}

fn openai_words(status: u16, quota: bool) -> (&'static str, Option<&'static str>) {
    match status {
        401 => ("Incorrect API key provided: sk-sim.", Some("invalid_api_key")),
        403 => ("You are not allowed to sample from this model", None),
        404 => ("The model does not exist or you do not have access to it.", Some("model_not_found")),
        413 => ("The request body is too large.", None),
        429 if quota => ("You exceeded your current quota (simulated).", Some("insufficient_quota")),
        429 => ("Rate limit reached for requests (simulated).", Some("rate_limit_exceeded")),
        503 | 529 => ("The engine is currently overloaded (simulated), please try again later", None),
        500.. => ("The server had an error while processing your request (simulated)", None),
        _ => ("Invalid request (simulated).", None),
    }
}

fn anthropic_words(status: u16) -> &'static str {
    match status {
        401 => "invalid x-api-key",
        402 => "Your credit balance is too low (simulated).",
        403 => "Your API key does not have permission to use the specified resource (simulated).",
        404 => "model: not found (simulated)",
        413 => "Request exceeds the maximum size",
        429 => "This request would exceed your rate limit (simulated).",
        504 => "Request timed out (simulated)",
        529 => "Overloaded",
        500.. => "Internal server error",
        _ => "Invalid request (simulated)",
    }
}
