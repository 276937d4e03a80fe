//! Records into series. Each combination of labels is looked up once; afterwards a record costs one small hash
//! lookup and a few additions. Only the drainer owns a [`Fill`], so nothing here needs a lock of its own.

use super::{
    families::{Families, Nanos},
    labels::{Labels, Target},
};
use crate::{
    record::{Attempt, Outcome, Record},
    target::{LabelId, Targets},
};
use ir::{
    fault::FaultKind,
    format::Operation,
    usage::{Certainty, Usage},
};
use prometheus_client::metrics::{counter::Counter, histogram::Histogram};
use std::{collections::HashMap, sync::Arc};

/// What a record's series are found by; every part is from a small fixed set or capped.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    target: LabelId,
    operation: Option<Operation>,
    /// The status' first digit.
    status: u16,
    outcome: Outcome,
    code: Option<FaultKind>,
}

/// The handles of one key. Those a call may not need are made when first needed.
struct Series {
    target: Target,
    operation: &'static str,
    requests: Counter,
    duration: Histogram,
    overhead: Histogram,
    first_token: Option<Histogram>,
    per_token: Option<Histogram>,
    usage: Option<UsageSeries>,
    no_usage: Option<Counter>,
    cost: Option<Nanos>,
    unpriced: Option<Counter>,
    losses: Option<Counter>,
}

struct UsageSeries {
    input: Histogram,
    output: Histogram,
    classes: [Counter; CLASSES.len()],
    reported: Counter,
    partial: Counter,
    estimated: Counter,
}

type Class = (&'static str, fn(&Usage) -> u64);
const CLASSES: [Class; 9] = [
    ("input", |usage| usage.input),
    ("cached", |usage| usage.cached),
    ("cache_write_5m", |usage| usage.cache_write_5m),
    ("cache_write_1h", |usage| usage.cache_write_1h),
    ("output", |usage| usage.output),
    ("reasoning", |usage| usage.reasoning),
    ("audio_input", |usage| usage.audio_input),
    ("audio_output", |usage| usage.audio_output),
    ("image_input", |usage| usage.image_input),
];

pub(crate) struct Fill {
    families: Arc<Families>,
    targets: Arc<Targets>,
    series: HashMap<Key, Series>,
    attempts: HashMap<(LabelId, &'static str), Counter>,
    limits: HashMap<&'static str, Counter>,
}

impl Fill {
    pub(crate) fn new(families: Arc<Families>, targets: Arc<Targets>) -> Self {
        Self { families, targets, series: HashMap::new(), attempts: HashMap::new(), limits: HashMap::new() }
    }

    pub(crate) fn add(&mut self, record: &Record) {
        for attempt in &record.attempts {
            self.attempt(attempt);
        }
        if let Some(limit) = record.answer.limit {
            let families = &self.families;
            let make = || families.limits.get_or_create_owned(&Labels::bare([("limit", limit)]));
            self.limits.entry(limit).or_insert_with(make).inc();
        }
        let key = Key::of(record);
        let (families, targets) = (&self.families, &self.targets);
        let series = self.series.entry(key).or_insert_with(|| Series::new(families, targets, key));
        series.add(families, record);
    }

    fn attempt(&mut self, attempt: &Attempt) {
        let (id, outcome) = (attempt.target.label(), attempt.outcome);
        let (families, targets) = (&self.families, &self.targets);
        let make = || {
            let labels = Labels::plain(&named(targets, id), [("outcome", outcome)]);
            families.attempts.get_or_create_owned(&labels)
        };
        self.attempts.entry((id, outcome)).or_insert_with(make).inc();
    }
}

impl Key {
    fn of(record: &Record) -> Self {
        let answer = &record.answer;
        let last = || record.attempts.last().map(|attempt| attempt.target.label());
        Self {
            // A call that failed everywhere belongs to the target that failed last.
            target: answer.served.as_ref().map(|t| t.label()).or_else(last).unwrap_or(LabelId::NONE),
            operation: record.call.operation,
            status: answer.status / 100,
            outcome: answer.outcome,
            code: answer.fault.map(|(kind, _)| kind),
        }
    }
}

impl Series {
    fn new(families: &Families, targets: &Targets, key: Key) -> Self {
        let target = named(targets, key.target);
        let (operation, code) =
            (key.operation.map_or("other", Operation::name), key.code.map_or("", FaultKind::code));
        let words = [
            ("operation", operation),
            ("status_class", status_class(key.status)),
            ("outcome", key.outcome.name()),
            ("code", code),
        ];
        let duration = Labels::genai(&target, [("gen_ai_operation_name", operation), ("error_type", code)]);
        Self {
            requests: families.requests.get_or_create_owned(&Labels::plain(&target, words)),
            duration: families.duration.get_or_create_owned(&duration),
            overhead: families.overhead.get_or_create_owned(&Labels::bare([("operation", operation)])),
            operation,
            target,
            first_token: None,
            per_token: None,
            usage: None,
            no_usage: None,
            cost: None,
            unpriced: None,
            losses: None,
        }
    }

    fn add(&mut self, families: &Families, record: &Record) {
        let (answer, used) = (&record.answer, &record.used);
        self.requests.inc();
        self.duration.observe(seconds(answer.duration_us));
        self.overhead.observe(seconds(answer.overhead_us));
        let target = &self.target;
        if answer.losses > 0 {
            let make = || families.losses.get_or_create_owned(&Labels::plain(target, []));
            self.losses.get_or_insert_with(make).inc_by(u64::from(answer.losses));
        }
        match &used.usage {
            Some(usage) => {
                let operation = self.operation;
                self.usage.get_or_insert_with(|| UsageSeries::new(families, target, operation)).add(usage);
            }
            None if !record.attempts.is_empty() => {
                self.no_usage.get_or_insert_with(|| certainty(families, target, "none")).inc();
            }
            None => {}
        }
        match used.cost {
            Some(cost) => {
                let make = || families.cost.get_or_create_owned(&Labels::plain(target, []));
                self.cost.get_or_insert_with(make).add(u64::try_from(cost.nanos()).unwrap_or(0));
            }
            None if used.usage.is_some() => {
                let make = || families.unpriced.get_or_create_owned(&Labels::plain(target, []));
                self.unpriced.get_or_insert_with(make).inc();
            }
            None => {}
        }
        if record.call.stream {
            self.add_stream(families, record);
        }
    }

    fn add_stream(&mut self, families: &Families, record: &Record) {
        let Some(first) = record.answer.first_byte_us else { return };
        let words = [("gen_ai_operation_name", self.operation)];
        let target = &self.target;
        let make = || families.first_token.get_or_create_owned(&Labels::genai(target, words));
        self.first_token.get_or_insert_with(make).observe(seconds(first));
        let rest = record.used.usage.map_or(0, |usage| usage.output.saturating_sub(1));
        if rest > 0 {
            let make = || families.per_token.get_or_create_owned(&Labels::genai(target, words));
            #[expect(clippy::cast_precision_loss, reason = "token counts are far below 2^52")]
            let each = seconds(record.answer.duration_us.saturating_sub(first)) / rest as f64;
            self.per_token.get_or_insert_with(make).observe(each);
        }
    }
}

impl UsageSeries {
    fn new(families: &Families, target: &Target, operation: &'static str) -> Self {
        let tokens = |kind| {
            let words = [("gen_ai_operation_name", operation), ("gen_ai_token_type", kind)];
            families.token_usage.get_or_create_owned(&Labels::genai(target, words))
        };
        let class =
            |(name, _): Class| families.tokens.get_or_create_owned(&Labels::plain(target, [("class", name)]));
        Self {
            input: tokens("input"),
            output: tokens("output"),
            classes: CLASSES.map(class),
            reported: certainty(families, target, Certainty::Reported.name()),
            partial: certainty(families, target, Certainty::Partial.name()),
            estimated: certainty(families, target, Certainty::Estimated.name()),
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "token counts are far below 2^52")]
    fn add(&self, usage: &Usage) {
        self.input.observe(usage.total_input() as f64);
        self.output.observe(usage.output as f64);
        for (counter, (_, amount)) in self.classes.iter().zip(CLASSES) {
            let amount = amount(usage);
            if amount > 0 {
                counter.inc_by(amount);
            }
        }
        let certainty = match usage.certainty {
            Certainty::Reported => &self.reported,
            Certainty::Partial => &self.partial,
            Certainty::Estimated => &self.estimated,
        };
        certainty.inc();
    }
}

fn certainty(families: &Families, target: &Target, name: &'static str) -> Counter {
    families.certainty.get_or_create_owned(&Labels::plain(target, [("certainty", name)]))
}

fn named(targets: &Targets, id: LabelId) -> Target {
    let (provider, model) = targets.labels(id);
    Target { provider, model }
}

#[expect(clippy::cast_precision_loss, reason = "durations are far below 2^52 µs")]
fn seconds(micros: u64) -> f64 {
    micros as f64 / 1e6
}

/// The name of a class of statuses, by their first digit.
const fn status_class(first: u16) -> &'static str {
    match first {
        1 => "1xx",
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        5 => "5xx",
        _ => "none",
    }
}
