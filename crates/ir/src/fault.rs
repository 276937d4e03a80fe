//! A request that went wrong: what, whose fault, and whether another try can help. Made where that is known, rendered in one place.

use std::{borrow::Cow, time::Duration};

#[derive(Clone, Debug)]
pub struct Fault {
    pub kind: FaultKind,
    pub blame: Blame,
    pub retry: Retry,
    /// For the caller: lower case, what was wrong and what would be right; no secret, no prompt, no internal address.
    pub message: Cow<'static, str>,
    /// The request field that was wrong, where one was.
    pub param: Option<Cow<'static, str>>,
    /// What the provider answered, where one did.
    pub upstream: Option<Box<UpstreamFault>>,
    /// Tell the caller to come back after this long.
    pub retry_after: Option<Duration>,
}

/// A provider's own error, decoded from its dialect.
#[derive(Clone, Debug, Default)]
pub struct UpstreamFault {
    pub status: u16,
    /// The provider's error type (`overloaded_error`, `invalid_request_error`).
    pub kind: Option<String>,
    /// The provider's error code (`context_length_exceeded`).
    pub code: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaultKind {
    InvalidRequest,
    InvalidApiKey,
    PermissionDenied,
    ModelNotAllowed,
    NotFound,
    ModelNotFound,
    MethodNotAllowed,
    RequestTimeout,
    BodyTooLarge,
    UnsupportedMediaType,
    RateLimited,
    /// A translation would lose something and `strict_translation` is on, or cannot be made at all.
    Untranslatable,
    /// The provider refused the request itself (4xx); `upstream.status` is passed on.
    UpstreamRejected,
    UpstreamTimeout,
    UpstreamError,
    Overloaded,
    NoHealthyTarget,
    Internal,
    /// The caller left; nobody reads the answer.
    CallerGone,
}

impl FaultKind {
    /// The stable code of SPEC §4.
    pub const fn code(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidApiKey => "invalid_api_key",
            Self::PermissionDenied => "permission_denied",
            Self::ModelNotAllowed => "model_not_allowed",
            Self::NotFound => "not_found",
            Self::ModelNotFound => "model_not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::RequestTimeout => "request_timeout",
            Self::BodyTooLarge => "body_too_large",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::RateLimited => "rate_limited",
            Self::Untranslatable => "untranslatable",
            Self::UpstreamRejected => "upstream_rejected",
            Self::UpstreamTimeout => "upstream_timeout",
            Self::UpstreamError => "upstream_error",
            Self::Overloaded => "overloaded",
            Self::NoHealthyTarget => "no_healthy_target",
            Self::Internal => "internal_error",
            Self::CallerGone => "caller_gone",
        }
    }

    /// The status where the dialect has no other wish; `UpstreamRejected` passes the provider's on instead.
    pub const fn status(self) -> u16 {
        match self {
            Self::InvalidRequest | Self::Untranslatable | Self::UpstreamRejected => 400,
            Self::InvalidApiKey => 401,
            Self::PermissionDenied | Self::ModelNotAllowed => 403,
            Self::NotFound | Self::ModelNotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::RequestTimeout => 408,
            Self::BodyTooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::RateLimited => 429,
            Self::CallerGone => 499,
            Self::Internal => 500,
            Self::UpstreamError => 502,
            Self::Overloaded | Self::NoHealthyTarget => 503,
            Self::UpstreamTimeout => 504,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Blame {
    Caller,
    Gateway,
    Upstream,
}

impl Blame {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Caller => "caller",
            Self::Gateway => "gateway",
            Self::Upstream => "upstream",
        }
    }
}

/// Whether trying again can help; decided where the fault is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    Never,
    /// The same target may answer the next time, after this long if it said so; another may, too.
    SameTarget {
        after: Option<Duration>,
    },
    /// Only another target can help.
    NextTarget,
}

impl Fault {
    pub fn new(kind: FaultKind, blame: Blame, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind,
            blame,
            retry: Retry::Never,
            message: message.into(),
            param: None,
            upstream: None,
            retry_after: None,
        }
    }

    /// The caller's request is wrong; `param` names the field.
    pub fn invalid(param: Option<Cow<'static, str>>, message: impl Into<Cow<'static, str>>) -> Self {
        Self { param, ..Self::new(FaultKind::InvalidRequest, Blame::Caller, message) }
    }

    /// Something here broke that never should.
    pub fn internal(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(FaultKind::Internal, Blame::Gateway, message)
    }

    /// A provider's stream that stopped before its end.
    pub fn cut() -> Self {
        Self::new(
            FaultKind::UpstreamError,
            Blame::Upstream,
            "the provider's stream ended before it was complete",
        )
        .with_retry(Retry::SameTarget { after: None })
    }

    #[must_use]
    pub fn with_retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// The HTTP status to answer with.
    pub fn status(&self) -> u16 {
        match &self.upstream {
            Some(upstream) if self.kind == FaultKind::UpstreamRejected => upstream.status,
            _ => self.kind.status(),
        }
    }
}
