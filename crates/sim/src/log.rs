//! What arrived and how it ended: counters, and the last requests as they came, for tests to look at. Nothing is
//! redacted: a simulator gets no real secrets.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use serde::Serialize;

/// Requests remembered, and how much of each body.
const MOST_REQUESTS: usize = 100;
const MOST_BODY: usize = 1 << 20;
/// Models counted apart; the rest are counted together.
const MOST_MODELS: usize = 1_000;
const OTHER_MODELS: &str = "(other)";

/// Counters since the start or the last reset.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Stats {
    /// Calls that arrived, refused ones included.
    pub calls: u64,
    /// Calls whose answer has not ended.
    pub in_flight: u64,
    /// Calls the caller left before the end of the answer.
    pub cancelled: u64,
    /// Calls whose answer was broken off on purpose.
    pub aborted: u64,
    /// Calls answered with an error status.
    pub failed: u64,
    /// Calls by response status.
    pub statuses: BTreeMap<u16, u64>,
    /// Calls by model, for those that named one.
    pub models: BTreeMap<String, ModelCount>,
}

/// What one model was asked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ModelCount {
    /// Calls.
    pub calls: u64,
    /// Tokens of prompts, cached ones included.
    pub input_tokens: u64,
    /// Tokens of answers, as planned: an answer that is broken off counts in full.
    pub output_tokens: u64,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// Not yet.
    Open,
    /// The whole answer was handed out.
    Complete,
    /// The caller left first.
    Cancelled,
    /// The simulator broke it off as told.
    Aborted,
}

/// A request as it arrived.
#[derive(Clone, Debug, Serialize)]
pub struct Arrived {
    /// Number of the call, from 1.
    pub number: u64,
    /// `GET`, `POST`, …
    pub method: String,
    /// Path with query.
    pub target: String,
    /// Header names and values in order of arrival.
    pub headers: Vec<(String, String)>,
    /// The body as text; bytes that are not UTF-8 are replaced.
    pub body: String,
    /// Length of the body in bytes; `body` holds at most the first MiB.
    pub body_bytes: usize,
    /// Status of the answer; 0 while there is none.
    pub status: u16,
    /// How the call ended.
    pub ended: Ended,
}

#[derive(Debug, Default)]
struct Inner {
    stats: Stats,
    requests: VecDeque<Arrived>,
    /// Counts resets, so that calls from before one do not disturb the counters after it.
    epoch: u64,
    arrivals: u64,
}

/// Shared counters and requests.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log(Arc<Mutex<Inner>>);

impl Log {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Counters stay meaningful even if a test panicked while holding the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn open(&self, parts: &http::request::Parts, body: &Bytes) -> Ticket {
        let mut inner = self.lock();
        inner.arrivals += 1;
        inner.stats.calls += 1;
        inner.stats.in_flight += 1;
        let number = inner.arrivals;
        if inner.requests.len() == MOST_REQUESTS {
            inner.requests.pop_front();
        }
        let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        inner.requests.push_back(Arrived {
            number,
            method: parts.method.to_string(),
            target: parts.uri.path_and_query().map_or_else(String::new, ToString::to_string),
            headers: parts.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
            body: String::from_utf8_lossy(body.get(..MOST_BODY).unwrap_or(body.as_ref())).into_owned(),
            body_bytes: body.len(),
            status: 0,
            ended: Ended::Open,
        });
        Ticket { log: self.clone(), number, epoch: inner.epoch, open: true }
    }

    pub(crate) fn stats(&self) -> Stats {
        self.lock().stats.clone()
    }

    pub(crate) fn requests(&self) -> Vec<Arrived> {
        self.lock().requests.iter().cloned().collect()
    }

    pub(crate) fn reset(&self) {
        let mut inner = self.lock();
        let epoch = inner.epoch + 1;
        *inner = Inner { epoch, ..Inner::default() };
    }
}

/// One call that has arrived and not ended. Dropping it says the caller left.
#[derive(Debug)]
pub(crate) struct Ticket {
    log: Log,
    number: u64,
    epoch: u64,
    open: bool,
}

impl Ticket {
    /// Number of the call since the last reset, from 1.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    pub(crate) fn answered(&self, status: u16) {
        self.update(|inner, number| {
            inner.stats.failed += u64::from(status >= 400);
            *inner.stats.statuses.entry(status).or_default() += 1;
            if let Some(arrived) = find(inner, number) {
                arrived.status = status;
            }
        });
    }

    pub(crate) fn used(&self, model: &str, input_tokens: u64, output_tokens: u64) {
        self.update(|inner, _| {
            let models = &mut inner.stats.models;
            let known = models.contains_key(model) || models.len() < MOST_MODELS;
            let count = models.entry(if known { model } else { OTHER_MODELS }.to_owned()).or_default();
            count.calls += 1;
            count.input_tokens += input_tokens;
            count.output_tokens += output_tokens;
        });
    }

    pub(crate) fn close(mut self, how: Ended) {
        self.end(how);
    }

    fn end(&mut self, how: Ended) {
        if !std::mem::take(&mut self.open) {
            return;
        }
        self.update(|inner, number| {
            inner.stats.in_flight -= 1;
            match how {
                Ended::Cancelled => inner.stats.cancelled += 1,
                Ended::Aborted => inner.stats.aborted += 1,
                Ended::Open | Ended::Complete => {}
            }
            if let Some(arrived) = find(inner, number) {
                arrived.ended = how;
            }
        });
    }

    fn update(&self, change: impl FnOnce(&mut Inner, u64)) {
        let mut inner = self.log.lock();
        if inner.epoch == self.epoch {
            change(&mut inner, self.number);
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.end(Ended::Cancelled);
    }
}

fn find(inner: &mut Inner, number: u64) -> Option<&mut Arrived> {
    inner.requests.iter_mut().find(|arrived| arrived.number == number)
}
