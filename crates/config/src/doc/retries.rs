//! When to try again.

use std::time::Duration;

use schemars::JsonSchema;

use crate::reading::{Object, Read, Reading, choice, number, parsed};
use crate::units::parse_range;
use crate::units::schema::{RangeText, RetryText};
use crate::yaml::Node;

/// When to try again. Attempts go round the targets; when they are used up, the fallback models follow, each with
/// attempts of its own.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Retries {
    /// Attempts at this model in all, the first included.
    #[schemars(range(min = 1, max = 20), extend("default" = 3))]
    pub attempts: u32,
    /// What may be tried again: `connect` (no connection), `429`, `5xx`, `timeout` (no first token in time).
    #[schemars(with = "Vec<RetryText>", extend("default" = ["connect", "429", "5xx", "timeout"]))]
    pub on: Vec<RetryOn>,
    /// Pause before an attempt at a target that failed before: from the shorter, doubling, to the longer, with jitter.
    #[schemars(with = "RangeText", extend("default" = "100ms..5s"))]
    pub backoff: Backoff,
    /// Wait as long as the provider's `retry-after` says, up to the longer backoff; if it says more, the fallback
    /// models follow at once.
    #[schemars(extend("default" = true))]
    pub respect_retry_after: bool,
}

/// A failure that may be tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryOn {
    /// No connection could be had, or it broke before an answer.
    Connect,
    /// The provider says it is over its limit.
    TooManyRequests,
    /// The provider failed.
    ServerError,
    /// Nothing came in time.
    Timeout,
}

/// Shortest and longest pause between attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// Before the second attempt.
    pub from: Duration,
    /// At most.
    pub to: Duration,
}

impl Default for Retries {
    fn default() -> Retries {
        Retries {
            attempts: 3,
            on: vec![RetryOn::Connect, RetryOn::TooManyRequests, RetryOn::ServerError, RetryOn::Timeout],
            backoff: Backoff { from: Duration::from_millis(100), to: Duration::from_secs(5) },
            respect_retry_after: true,
        }
    }
}

impl Read for Retries {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<Retries> {
        let mut object = Object::open(node, cx);
        let default = Retries::default();
        let retries = Retries {
            attempts: object.or("attempts", Attempts(default.attempts)).0,
            on: object.or("on", default.on),
            backoff: object.or("backoff", default.backoff),
            respect_retry_after: object.or("respect_retry_after", default.respect_retry_after),
        };
        object.finish();
        Some(retries)
    }
}

/// A bounded number of attempts.
struct Attempts(u32);

impl Read for Attempts {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<Attempts> {
        number(node, cx, 1, 20).map(Attempts)
    }
}

impl Read for RetryOn {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<RetryOn> {
        let choices = [
            ("connect", RetryOn::Connect),
            ("429", RetryOn::TooManyRequests),
            ("5xx", RetryOn::ServerError),
            ("timeout", RetryOn::Timeout),
        ];
        choice(node, cx, "a failure to try again after", &choices)
    }
}

impl Read for Backoff {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<Backoff> {
        parsed(node, cx, "a range of durations", |text| {
            parse_range(text).map(|(from, to)| Backoff { from, to })
        })
    }
}
