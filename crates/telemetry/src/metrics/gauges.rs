//! Gauges that are asked, not told: other crates register a callback and it is called at every scrape.

use super::labels;
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeLabelSet, LabelSetEncoder},
    metrics::MetricType,
};
use std::{
    fmt,
    sync::{Mutex, PoisonError},
};

/// Registered families, and samples shown of one, at most.
const FAMILIES: usize = 64;
const SAMPLES: usize = 2_000;

/// One sample of a gauge family: its labels and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    pub labels: Vec<(&'static str, String)>,
    pub value: i64,
}

impl Sample {
    /// A sample without labels.
    pub const fn plain(value: i64) -> Self {
        Self { labels: Vec::new(), value }
    }
}

impl EncodeLabelSet for Sample {
    fn encode(&self, encoder: &mut LabelSetEncoder) -> fmt::Result {
        self.labels.iter().try_for_each(|(name, value)| labels::label(encoder, name, value))
    }
}

type Callback = Box<dyn Fn() -> Vec<Sample> + Send + Sync>;

struct Asked {
    name: &'static str,
    help: &'static str,
    ask: Callback,
}

#[derive(Default)]
pub(crate) struct Gauges {
    asked: Mutex<Vec<Asked>>,
}

impl Gauges {
    /// Registers a family; one of the same name is replaced. False when there is no room for another.
    pub(crate) fn register(&self, name: &'static str, help: &'static str, ask: Callback) -> bool {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.retain(|known| known.name != name);
        if asked.len() >= FAMILIES {
            return false;
        }
        asked.push(Asked { name, help, ask });
        true
    }
}

impl fmt::Debug for Gauges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gauges")
    }
}

impl Collector for Gauges {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        for family in asked.iter() {
            let mut metric = encoder.encode_descriptor(family.name, family.help, None, MetricType::Gauge)?;
            for sample in (family.ask)().into_iter().take(SAMPLES) {
                if sample.labels.is_empty() {
                    metric.encode_gauge(&sample.value)?;
                } else {
                    metric.encode_family(&sample)?.encode_gauge(&sample.value)?;
                }
            }
        }
        Ok(())
    }
}
