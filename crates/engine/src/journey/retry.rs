//! What an attempt's failure means for the next one.

use super::{Hop, answer::Reply, permit::Permit};
use crate::{deadline, exchange::Exchange, models::Model, snapshot::Provider};
use bytes::{Bytes, BytesMut};
use config::{Retries, RetryOn};
use http::{HeaderMap, Response, StatusCode};
use http_body_util::BodyExt;
use ir::{Blame, Fault, FaultKind, Format, Retry};
use std::time::{Duration, SystemTime};
use tokio::time::Instant;
use upstream::{BodyFault, SendFault, backoff::Backoff, retry_after};

/// An attempt that gave no answer to pass on.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) fault: Box<Fault>,
    /// Which of the configured reasons to try again it is; `None` for those that only another target can mend.
    class: Option<RetryOn>,
    /// The provider's own answer, which a caller of the same dialect gets as it is.
    raw: Option<Box<Raw>>,
    /// A stable word for records and metrics.
    pub(crate) label: &'static str,
}

#[derive(Clone, Debug)]
struct Raw {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    format: Format,
}

/// Bytes of a provider's error answer that are read, and how long that may take.
const ERROR_BODY: usize = 1 << 20;
const ERROR_TIME: Duration = Duration::from_secs(10);
/// A longer `retry-after` than this is taken for this.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(24 * 3600);

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        let label = fault.kind.code();
        Self { fault: Box::new(fault), class: None, raw: None, label }
    }
}

impl Failure {
    pub(crate) fn new(fault: Fault, class: RetryOn, label: &'static str) -> Self {
        let fault = Box::new(fault.with_retry(Retry::SameTarget { after: None }));
        Self { fault, class: Some(class), raw: None, label }
    }

    /// What a provider said inside a success. The codec's judgement is kept; what it left open may be tried again.
    pub(crate) fn told(fault: Fault, label: &'static str) -> Self {
        match fault.retry {
            Retry::SameTarget { .. } if fault.kind == FaultKind::RateLimited => {
                Self::new(fault, RetryOn::TooManyRequests, label)
            }
            Retry::SameTarget { .. } => Self::new(fault, RetryOn::ServerError, label),
            Retry::Never | Retry::NextTarget => Self { label, ..Self::from(fault) },
        }
    }

    /// The upstream was silent for too long.
    pub(crate) fn timeout(label: &'static str, message: String) -> Self {
        Self::new(Fault::new(FaultKind::UpstreamTimeout, Blame::Upstream, message), RetryOn::Timeout, label)
    }

    /// The status the provider answered with, 0 if it did not.
    pub(crate) fn status(&self) -> u16 {
        self.fault.upstream.as_ref().map_or(0, |upstream| upstream.status)
    }

    /// Whether the configuration lets this be tried again, here or elsewhere.
    pub(crate) fn may_retry(&self, retries: &Retries) -> bool {
        match (self.fault.retry, self.class) {
            (Retry::Never, _) => false,
            (Retry::NextTarget, _) | (_, None) => true,
            (Retry::SameTarget { .. }, Some(class)) => retries.on.contains(&class),
        }
    }

    /// How long the provider's key should be left alone, if the key was the reason.
    pub(crate) fn key_rests_for(&self) -> Option<Duration> {
        match self.status() {
            401 => Some(Duration::from_secs(60)),
            429 => Some(self.after().unwrap_or(Duration::from_secs(5)).min(Duration::from_secs(600))),
            _ => None,
        }
    }

    /// A redirect is not for callers: it would send them past the gateway.
    fn is_for_callers(&self) -> bool {
        let refused = |raw: &Raw| raw.status.is_client_error() || raw.status.is_server_error();
        self.raw.as_deref().is_some_and(refused)
    }

    fn after(&self) -> Option<Duration> {
        match self.fault.retry {
            Retry::SameTarget { after } => after,
            _ => None,
        }
    }

    /// The end of all attempts: the provider's own words for a caller of its dialect, the fault for others.
    pub(crate) fn end(self, permit: &Permit, model: &std::sync::Arc<Model>) -> Hop<Reply> {
        let theirs = self.is_for_callers();
        match self.raw {
            Some(raw) if raw.format == permit.call.format && theirs => {
                let reply = Reply::passed_on(raw.status, raw.headers, raw.body, *self.fault);
                Ok(reply.of(permit.caller.clone(), Some(model.clone())))
            }
            _ => Err(*self.fault),
        }
    }
}

/// Waits before a target is tried again. False: the provider asked for more time than the configuration gives.
pub(crate) async fn pause(
    exchange: &mut Exchange,
    retries: &Retries,
    attempt: u32,
    before: &Failure,
) -> bool {
    let asked = before.after().filter(|_| retries.respect_retry_after);
    if asked.is_some_and(|asked| asked > retries.backoff.to) {
        return false;
    }
    let backoff = Backoff::new(retries.backoff.from, retries.backoff.to);
    let wait = backoff.delay(attempt.saturating_sub(1), exchange.random(), asked);
    exchange.waiting(tokio::time::sleep(wait)).await;
    true
}

/// Reads a provider's error answer to a request with `key`, at most until `deadline`, and decodes it.
pub(crate) async fn refused(
    response: Response<upstream::Body>,
    provider: &Provider,
    unix: Duration,
    deadline: Instant,
) -> Failure {
    let (head, mut body) = response.into_parts();
    let mut text = BytesMut::new();
    let read = async {
        while let Some(frame) = body.frame().await {
            let Ok(frame) = frame else { return false };
            let Ok(data) = frame.into_data() else { continue };
            let room = ERROR_BODY - text.len();
            text.extend_from_slice(data.get(..room.min(data.len())).unwrap_or_default());
            if text.len() == ERROR_BODY {
                return false;
            }
        }
        true
    };
    // An error answer that stalls is still an error answer, only not one to pass on as it is.
    let is_whole = deadline::within(deadline.min(Instant::now() + ERROR_TIME), read).await == Ok(true);
    let body = text.freeze();
    let status = head.status.as_u16();
    let mut fault = wire::table::codec(provider.format).decode_fault(status, &body);
    let after = retry_after::parse(&head.headers, SystemTime::UNIX_EPOCH + unix, RETRY_AFTER_MAX);
    fault.retry_after = after;
    if let Retry::SameTarget { after: slot } = &mut fault.retry {
        *slot = after;
    }
    let class = match (status, fault.retry) {
        (429, _) => Some(RetryOn::TooManyRequests),
        (408 | 504, Retry::SameTarget { .. }) => Some(RetryOn::Timeout),
        (_, Retry::SameTarget { .. }) => Some(RetryOn::ServerError),
        _ => None,
    };
    let label = fault.kind.code();
    let quoted = provider.credentials.0.iter().any(|key| key.is_in(&body));
    if quoted {
        fault.message =
            "the provider refused the request in words that quote the gateway's credential".into();
    }
    let raw = Raw { status: head.status, headers: head.headers, body, format: provider.format };
    Failure { fault: Box::new(fault), class, raw: Some(Box::new(raw)).filter(|_| is_whole && !quoted), label }
}

impl From<SendFault> for Failure {
    fn from(send: SendFault) -> Self {
        let label = send.kind();
        let kind = match &send {
            SendFault::ConnectTimeout | SendFault::HeadTimeout | SendFault::WriteTimeout => {
                FaultKind::UpstreamTimeout
            }
            SendFault::Busy => FaultKind::Overloaded,
            _ => FaultKind::UpstreamError,
        };
        let class = match &send {
            SendFault::HeadTimeout | SendFault::WriteTimeout => RetryOn::Timeout,
            _ => RetryOn::Connect,
        };
        let blame = if matches!(send, SendFault::Busy) { Blame::Gateway } else { Blame::Upstream };
        Self::new(Fault::new(kind, blame, send.to_string()), class, label)
    }
}

impl From<BodyFault> for Failure {
    fn from(body: BodyFault) -> Self {
        let fault = Fault::new(FaultKind::UpstreamError, Blame::Upstream, body.to_string());
        Self::new(fault, RetryOn::Connect, body.kind())
    }
}
