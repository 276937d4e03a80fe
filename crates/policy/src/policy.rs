//! What a policy is: up to four moments in the life of a request, each with a view of what may be seen and changed then.

use crate::{access::Caller, order::Kind};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use ir::Fault;
use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

/// One compiled policy. A hook that has nothing to do keeps its default, and the pipeline drops it when the snapshot is compiled.
pub trait Policy: Send + Sync {
    /// Which kind this is; decides where in the order it runs.
    fn kind(&self) -> Kind;

    /// The head has arrived; the body has not been read.
    fn on_request<'a>(&'a self, _view: &'a mut RequestView<'_>) -> Step<'a> {
        Step::CONTINUE
    }

    /// The body is understood: model and size are known.
    fn on_call<'a>(&'a self, _view: &'a mut CallView<'_>) -> Step<'a> {
        Step::CONTINUE
    }

    /// A request is about to go to one target.
    fn on_attempt(&self, _view: &mut AttemptView<'_>) {}

    /// The answer's head is about to go to the caller.
    fn on_response(&self, _view: &mut ResponseView<'_>) {}
}

/// A decision now, or a future of one for the few policies that must wait for somebody.
#[must_use]
pub enum Step<'a> {
    Ready(Decision),
    Later(Pin<Box<dyn Future<Output = Decision> + Send + 'a>>),
}

impl Step<'_> {
    pub const CONTINUE: Self = Step::Ready(Decision::Continue);

    pub fn refuse(fault: Fault) -> Self {
        Step::Ready(Decision::Refuse(Box::new(fault)))
    }
}

#[must_use]
#[derive(Debug)]
pub enum Decision {
    Continue,
    Refuse(Box<Fault>),
}

/// The head of a request, before its body is read.
pub struct RequestView<'a> {
    pub headers: &'a HeaderMap,
    /// Monotonic time of arrival.
    pub now: Duration,
    /// Wall-clock time of arrival since 1970.
    pub unix: Duration,
    /// Who calls, once a policy has found out.
    pub caller: &'a mut Option<Arc<Caller>>,
    /// How many bytes of body will be read; a policy may set it.
    pub max_body: &'a mut u64,
    /// The tightest request limit seen, for the `x-ratelimit-*` headers.
    pub rate: &'a mut Option<RateReport>,
}

/// A call whose body has been read.
pub struct CallView<'a> {
    pub caller: Option<&'a Caller>,
    /// The model name the caller wrote.
    pub model: &'a str,
    /// The names the model is configured under, where they differ: the pattern or alias that matched.
    pub configured: &'a str,
    pub body: &'a Bytes,
    pub now: Duration,
    pub rate: &'a mut Option<RateReport>,
}

/// A request on its way to one target.
pub struct AttemptView<'a> {
    pub headers: &'a mut Vec<(HeaderName, HeaderValue)>,
}

/// The head of an answer.
pub struct ResponseView<'a> {
    pub headers: &'a mut HeaderMap,
}

/// Where a caller stands with a request limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateReport {
    pub limit: u64,
    pub remaining: u64,
    /// Until the limit is whole again.
    pub reset: Duration,
}

impl RateReport {
    /// Keeps the report that is nearest to refusing.
    pub fn tighten(slot: &mut Option<Self>, report: Self) {
        if slot.is_none_or(|old| report.remaining < old.remaining) {
            *slot = Some(report);
        }
    }
}
