//! One exchange from its first byte to its last: the record being filled, and the one place where it is completed.
//!
//! Whoever holds the exchange holds the request: it moves from the journey into the response body, and when that is dropped,
//! early or at its end, the record is completed exactly once.

use crate::{
    Engine, Snapshot,
    estimate::{self, Unmetered},
    journey::{Call, Failure, Hop, Reply, Wanted},
    snapshot::Target,
};
use bytes::Bytes;
use http::{HeaderValue, Method, request::Parts};
use ir::{Blame, Fault, FaultKind, Losses, Operation, Usage};
use policy::RateReport;
use std::{future::Future, net::IpAddr, sync::Arc, time::Duration};
use stdx::{Money, Str};
use telemetry::{Attempt, Inflight, Outcome, Record, RequestId};
use wire::{
    Progress, Seed,
    relay::{Envelope, Seen},
};

/// Where a request came from, as the listener knows it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Origin {
    pub remote: Option<IpAddr>,
}

pub(crate) struct Exchange {
    engine: Arc<Engine>,
    pub(crate) record: Record,
    /// Monotonic time of arrival.
    pub(crate) started: Duration,
    /// Wall-clock time of arrival.
    pub(crate) unix: Duration,
    /// The tightest request limit that applied.
    pub(crate) rate: Option<RateReport>,
    pub(crate) max_response: u64,
    /// What the translation lost, as the header says it.
    pub(crate) loss: Option<String>,
    /// Time spent waiting for providers and for the caller's body.
    waited: Duration,
    target: Option<Arc<Target>>,
    /// The attempt under way.
    trying: Option<Begun>,
    /// What to count if the provider does not.
    prompt: Option<Bytes>,
    heard: Option<Heard>,
    /// The provider has given its final count.
    counted: bool,
    /// Requests in flight when this one came.
    before: u64,
    ended: bool,
    _inflight: Inflight,
}

/// Bytes of a request's body that are kept while its answer streams, in case its tokens must be counted here.
const PROMPT_KEPT: usize = 64 * 1024;

/// An answer's text, as far as it was kept.
#[derive(Default)]
pub(crate) struct Heard {
    pub(crate) text: String,
    pub(crate) bytes: u64,
}

/// An attempt that has begun.
struct Begun {
    target: Arc<Target>,
    at: Duration,
}

impl Exchange {
    pub(crate) fn open(
        engine: Arc<Engine>,
        snapshot: &Snapshot,
        head: &Parts,
        wanted: &Wanted,
        origin: Origin,
    ) -> Box<Self> {
        let (started, unix) = (engine.clock.monotonic(), engine.clock.unix());
        let mut record = Record::default();
        record.opened.id = RequestId::new(unix, engine.entropy.next_u64(), engine.entropy.next_u64());
        record.opened.started_us = u64::try_from(unix.as_micros()).unwrap_or(u64::MAX);
        record.opened.method = method_name(&head.method);
        record.opened.path = Str::from(head.uri.path());
        record.opened.remote = origin.remote;
        record.opened.caller_id = caller_id(head);
        record.opened.revision = snapshot.revision;
        record.call.operation = wanted.operation();
        record.call.format = Some(wanted.format());
        let before = engine.telemetry.inflight();
        let inflight = engine.telemetry.enter();
        Box::new(Self {
            engine,
            record,
            started,
            unix,
            rate: None,
            max_response: snapshot.limits.max_response,
            loss: None,
            waited: Duration::ZERO,
            target: None,
            trying: None,
            prompt: None,
            heard: None,
            counted: false,
            before,
            // Nobody reads the body of an answer to HEAD.
            ended: head.method == Method::HEAD,
            _inflight: inflight,
        })
    }

    /// Refuses when too many requests are in flight.
    pub(crate) fn has_room(&self, snapshot: &Snapshot) -> Hop<()> {
        if self.before < snapshot.limits.max_inflight {
            return Ok(());
        }
        let fault = Fault::new(
            FaultKind::Overloaded,
            Blame::Gateway,
            "too many requests are in flight; try again shortly",
        );
        Err(Fault { retry_after: Some(Duration::from_secs(1)), ..fault })
    }

    pub(crate) fn monotonic(&self) -> Duration {
        self.engine.clock.monotonic()
    }

    pub(crate) fn random(&self) -> u64 {
        self.engine.entropy.next_u64()
    }

    pub(crate) fn id(&self) -> &str {
        self.record.opened.id.as_str()
    }

    /// Awaits something that is not the gateway's own work.
    pub(crate) async fn waiting<T>(&mut self, other: impl Future<Output = T>) -> T {
        let from = self.monotonic();
        let output = other.await;
        self.waited += self.monotonic().saturating_sub(from);
        output
    }

    pub(crate) fn called(&mut self, body: &Bytes, envelope: &Envelope) {
        self.record.call.bytes_in = body.len() as u64;
        self.record.call.model = Str::from(envelope.model());
        self.record.call.stream = envelope.is_stream();
        self.record.caller.user = envelope.user().map(Str::from);
        self.prompt = Some(body.clone());
    }

    pub(crate) fn attempt(&mut self, target: &Arc<Target>) {
        // From here on somebody may charge for the call, whatever becomes of it.
        self.target = Some(target.clone());
        self.trying = Some(Begun { target: target.clone(), at: self.monotonic() });
    }

    pub(crate) fn attempted(&mut self, end: &Result<Reply, Failure>) {
        match end {
            Ok(reply) => {
                self.record.answer.served = self.trying.as_ref().map(|begun| begun.target.handles.clone());
                self.tried("ok", reply.status());
            }
            Err(failure) => self.tried(failure.label, failure.status()),
        }
    }

    fn tried(&mut self, outcome: &'static str, status: u16) {
        let Some(begun) = self.trying.take() else { return };
        let duration_us = micros(self.monotonic().saturating_sub(begun.at));
        let target = begun.target.handles.clone();
        self.record.attempts.push(Attempt { target, outcome, status, duration_us });
    }

    /// This target's answer is the one the caller gets.
    pub(crate) fn serves(&mut self, target: &Arc<Target>) {
        self.record.answer.served = Some(target.handles.clone());
        self.target = Some(target.clone());
    }

    pub(crate) fn lost(&mut self, request: &Losses, response: &Losses) {
        let count = request.named().len() + response.named().len();
        self.record.answer.losses = u16::try_from(count).unwrap_or(u16::MAX);
        let both = [request, response].into_iter().filter(|losses| !losses.is_empty());
        self.loss =
            Some(both.map(Losses::header).collect::<Vec<_>>().join(", ")).filter(|text| !text.is_empty());
    }

    pub(crate) fn seed(&self, call: &Call) -> Seed {
        Seed {
            id: Str::from(self.id()),
            created: self.unix.as_secs(),
            model: Str::from(call.envelope.model()),
            include_usage: call.envelope.wants_usage(),
        }
    }

    /// The first content of a stream is there.
    pub(crate) fn first_content(&mut self) {
        self.record.answer.first_byte_us = Some(micros(self.monotonic().saturating_sub(self.started)));
        // The body is a view into the connection's buffer; a stream that lasts must not keep that alive.
        if let Some(prompt) = &self.prompt {
            self.prompt = Some(Bytes::copy_from_slice(prompt.get(..PROMPT_KEPT).unwrap_or(prompt)));
        }
    }

    pub(crate) fn saw_whole(&mut self, seen: Seen) {
        self.counted = seen.usage.is_some();
        self.meter(seen.usage);
        self.record.answer.finish = seen.finish;
        self.heard = Some(Heard { text: seen.seen, bytes: seen.seen_bytes });
    }

    pub(crate) fn saw_stream(&mut self, progress: &Progress) {
        self.meter(progress.usage);
        self.record.answer.finish = progress.finish.clone();
        // The text is only wanted where the count is missing or may be short.
        self.counted = progress.usage.is_some() && progress.ended;
        if !self.counted {
            self.heard = Some(Heard { text: progress.seen.clone(), bytes: progress.seen_bytes });
        }
    }

    /// Usage as the provider reported it, and its price.
    fn meter(&mut self, usage: Option<Usage>) {
        let usage = usage.filter(|_| is_charged(&self.record));
        self.record.used.usage = usage;
        if let (Some(usage), Some(target)) = (usage, &self.target) {
            estimate::price(&mut self.record.used, target, &usage);
        }
    }

    pub(crate) fn cost(&self) -> Option<Money> {
        self.record.used.cost
    }

    /// The gateway's own time until now.
    pub(crate) fn overhead(&mut self) -> u64 {
        let overhead = micros(self.monotonic().saturating_sub(self.started).saturating_sub(self.waited));
        self.record.answer.overhead_us = overhead;
        overhead
    }

    pub(crate) fn failed(&mut self, fault: &Fault) {
        self.record.answer.fault = Some((fault.kind, fault.blame));
        if fault.kind == FaultKind::RateLimited && fault.blame == Blame::Caller {
            self.record.answer.limit = Some("request_rate");
        }
        self.record.answer.outcome = if self.record.answer.first_byte_us.is_some() {
            Outcome::Partial
        } else if self.record.attempts.is_empty() && fault.blame != Blame::Upstream {
            Outcome::Rejected
        } else {
            Outcome::Failed
        };
    }

    /// The answer has been handed over whole. Without this the caller has left.
    pub(crate) fn end(&mut self) {
        self.ended = true;
    }

    fn complete(&mut self) {
        self.tried("aborted", 0);
        let mut record = std::mem::take(&mut self.record);
        let answer = &mut record.answer;
        answer.duration_us = micros(self.monotonic().saturating_sub(self.started));
        if !self.ended && answer.fault.is_none() {
            answer.outcome = Outcome::Aborted;
            answer.fault = Some((FaultKind::CallerGone, Blame::Caller));
            if answer.status == 0 {
                answer.status = FaultKind::CallerGone.status();
            }
        }
        let telemetry = self.engine.telemetry.clone();
        match self.unmetered(&record) {
            Some(unmetered) => estimate::later(unmetered, record, telemetry),
            None => telemetry.record(record),
        }
    }

    /// What must be counted here, because somebody has used something and no provider said how much.
    fn unmetered(&mut self, record: &Record) -> Option<Unmetered> {
        let target = self.target.take().filter(|_| is_charged(record))?;
        let reported = record.used.usage;
        let answered = record.answer.served.is_some();
        // An attempt that was refused used nothing; one that the caller ran away from may have.
        if !answered && record.answer.outcome != Outcome::Aborted {
            return None;
        }
        // A final count is the truth, whether or not the caller stayed for all of it; before that, more may have been said than counted.
        if self.counted {
            return None;
        }
        let heard = self.heard.take().unwrap_or_default();
        let prompt_bytes = record.call.bytes_in;
        Some(Unmetered {
            target,
            prompt: self.prompt.take()?,
            prompt_bytes,
            format: record.call.format?,
            heard,
            reported,
        })
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.complete();
    }
}

/// Counting tokens uses none.
fn is_charged(record: &Record) -> bool {
    matches!(record.call.operation, Some(Operation::Chat | Operation::Embeddings))
}

pub(crate) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        Method::PATCH => "PATCH",
        _ => "",
    }
}

/// The caller's own request id, if it is fit to be written down.
fn caller_id(head: &Parts) -> Option<Str> {
    let id = head.headers.get("x-request-id").map(HeaderValue::to_str)?.ok()?;
    (id.len() <= 128).then(|| Str::from(id))
}
