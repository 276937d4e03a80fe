//! The families of series, as registered. Lookups by label cost a lock and a hash, so [`super::Fill`] makes
//! them once per series and keeps the handle.

use super::{
    gauges::Gauges,
    labels::Labels,
    table::{self, Described},
};
use prometheus_client::{
    encoding::{EncodeMetric, MetricEncoder, NoLabelSet, text},
    metrics::{
        MetricType, TypedMetric, counter::Counter, family::Family, gauge::Gauge, histogram::Histogram,
    },
    registry::{Metric, Registry},
};
use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// Buckets OpenTelemetry advises for tokens.
const TOKENS: &[f64] = &[
    1.0,
    4.0,
    16.0,
    64.0,
    256.0,
    1024.0,
    4096.0,
    16384.0,
    65536.0,
    262_144.0,
    1_048_576.0,
    4_194_304.0,
    16_777_216.0,
    67_108_864.0,
];
/// Buckets OpenTelemetry advises for durations, in seconds.
const SECONDS: &[f64] =
    &[0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
/// Buckets OpenTelemetry advises for the time to the first token, in seconds.
const FIRST_TOKEN: &[f64] =
    &[0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];
/// Buckets OpenTelemetry advises for the time per output token, in seconds.
const PER_TOKEN: &[f64] = &[0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 2.5];
/// The gateway's own time: tens of µs when all is well, in seconds.
const OVERHEAD: &[f64] =
    &[0.000_01, 0.000_02, 0.000_05, 0.000_1, 0.000_2, 0.000_5, 0.001, 0.002, 0.005, 0.01, 0.05, 0.25];

pub(crate) type Histograms<const N: usize> = Family<Labels<N>, Histogram, fn() -> Histogram>;
pub(crate) type Counters<const N: usize> = Family<Labels<N>, Counter>;

pub(crate) struct Families {
    pub(crate) token_usage: Histograms<2>,
    pub(crate) duration: Histograms<2>,
    pub(crate) first_token: Histograms<1>,
    pub(crate) per_token: Histograms<1>,
    pub(crate) overhead: Histograms<1>,
    pub(crate) requests: Counters<4>,
    pub(crate) attempts: Counters<1>,
    pub(crate) limits: Counters<1>,
    pub(crate) tokens: Counters<1>,
    pub(crate) cost: Family<Labels<0>, Nanos>,
    pub(crate) unpriced: Counters<0>,
    pub(crate) certainty: Counters<1>,
    pub(crate) losses: Counters<0>,
    pub(crate) inflight: Gauge,
    pub(crate) revision: Gauge,
    pub(crate) dropped: Counter,
    pub(crate) log_errors: Counter,
    pub(crate) capped: Counter,
    registry: Registry,
}

impl Families {
    pub(crate) fn new(gauges: &Arc<Gauges>) -> Self {
        let mut families = Self {
            token_usage: Family::new_with_constructor(|| histogram(TOKENS)),
            duration: Family::new_with_constructor(|| histogram(SECONDS)),
            first_token: Family::new_with_constructor(|| histogram(FIRST_TOKEN)),
            per_token: Family::new_with_constructor(|| histogram(PER_TOKEN)),
            overhead: Family::new_with_constructor(|| histogram(OVERHEAD)),
            requests: Family::default(),
            attempts: Family::default(),
            limits: Family::default(),
            tokens: Family::default(),
            cost: Family::default(),
            unpriced: Family::default(),
            certainty: Family::default(),
            losses: Family::default(),
            inflight: Gauge::default(),
            revision: Gauge::default(),
            dropped: Counter::default(),
            log_errors: Counter::default(),
            capped: Counter::default(),
            registry: Registry::default(),
        };
        families.register();
        families.registry.register_collector(Box::new(Arc::clone(gauges)));
        families
    }

    fn register(&mut self) {
        let registry = &mut self.registry;
        add(registry, table::TOKEN_USAGE, self.token_usage.clone());
        add(registry, table::DURATION, self.duration.clone());
        add(registry, table::FIRST_TOKEN, self.first_token.clone());
        add(registry, table::PER_TOKEN, self.per_token.clone());
        add(registry, table::REQUESTS, self.requests.clone());
        add(registry, table::OVERHEAD, self.overhead.clone());
        add(registry, table::ATTEMPTS, self.attempts.clone());
        add(registry, table::LIMITS, self.limits.clone());
        add(registry, table::TOKENS, self.tokens.clone());
        add(registry, table::COST, self.cost.clone());
        add(registry, table::UNPRICED, self.unpriced.clone());
        add(registry, table::CERTAINTY, self.certainty.clone());
        add(registry, table::LOSSES, self.losses.clone());
        add(registry, table::INFLIGHT, self.inflight.clone());
        add(registry, table::REVISION, self.revision.clone());
        add(registry, table::DROPPED, self.dropped.clone());
        add(registry, table::LOG_ERRORS, self.log_errors.clone());
        add(registry, table::CAPPED, self.capped.clone());
    }

    /// The OpenMetrics text of everything registered.
    pub(crate) fn render(&self) -> String {
        let mut text = String::with_capacity(32 * 1024);
        if text::encode(&mut text, &self.registry).is_err() {
            // Writing to a string cannot fail; should an encoder refuse, half a page would be a wrong one.
            text.clear();
            text.push_str("# EOF\n");
        }
        text
    }
}

fn histogram(buckets: &'static [f64]) -> Histogram {
    Histogram::new(buckets.iter().copied())
}

fn add(registry: &mut Registry, metric: Described, family: impl Metric) {
    registry.register(metric.stem(), metric.help, family);
}

/// Money that only ever grows, counted in nano-USD and shown in USD.
#[derive(Clone, Debug, Default)]
pub(crate) struct Nanos(Arc<AtomicU64>);

impl Nanos {
    pub(crate) fn add(&self, nanos: u64) {
        self.0.fetch_add(nanos, Ordering::Relaxed);
    }
}

impl TypedMetric for Nanos {
    const TYPE: MetricType = MetricType::Counter;
}

impl EncodeMetric for Nanos {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        #[expect(clippy::cast_precision_loss, reason = "shown only; the exact sum stays in the integer")]
        let usd = self.0.load(Ordering::Relaxed) as f64 / 1e9;
        encoder.encode_counter::<NoLabelSet, _, u64>(&usd, None)
    }

    fn metric_type(&self) -> MetricType {
        Self::TYPE
    }
}
