//! What a run measured, as a table or JSON.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use hdrhistogram::Histogram;
use serde_json::{Value, json};

/// Counts and latencies of one run.
#[derive(Clone, Debug)]
pub struct Report {
    /// Answers with a success status, whole to their end.
    pub requests: u64,
    /// Failed requests by kind.
    pub errors: BTreeMap<String, u64>,
    /// Server-sent events received.
    pub events: u64,
    /// Bytes of bodies received.
    pub bytes: u64,
    /// From the first request to the end of the last answer.
    pub elapsed: Duration,
    /// From the time a request was due to the end of its answer.
    pub latency: Quantiles,
    /// From the start of a request to the first byte of the answer's body.
    pub first_byte: Quantiles,
    /// Between arrivals of events of one stream.
    pub gaps: Quantiles,
    /// The same against the direct target, if one was given.
    pub direct: Option<Box<Report>>,
}

/// Kinds of errors told apart; more are counted together.
const MOST_KINDS: usize = 32;

impl Report {
    pub(crate) fn new() -> Self {
        Self {
            requests: 0,
            errors: BTreeMap::new(),
            events: 0,
            bytes: 0,
            elapsed: Duration::ZERO,
            latency: Quantiles::new(),
            first_byte: Quantiles::new(),
            gaps: Quantiles::new(),
            direct: None,
        }
    }

    pub(crate) fn fail(&mut self, kind: String) {
        let kind = if self.errors.len() < MOST_KINDS || self.errors.contains_key(&kind) {
            kind
        } else {
            "other".into()
        };
        *self.errors.entry(kind).or_default() += 1;
    }

    /// Requests that failed, of whatever kind.
    pub fn failed(&self) -> u64 {
        self.errors.values().sum()
    }

    /// What the target adds to the direct way, if both were measured.
    pub fn added(&self) -> Option<Comparison> {
        let direct = self.direct.as_ref()?;
        let added = |quantile| {
            let micros = |report: &Report| report.latency.at(quantile).as_nanos() as f64 / 1e3;
            micros(self) - micros(direct)
        };
        Some(Comparison { p50_us: added(0.5), p99_us: added(0.99) })
    }

    /// The report as JSON; times in microseconds.
    pub fn json(&self) -> Value {
        let seconds = self.elapsed.as_secs_f64();
        let mut value = json!({
            "requests": self.requests, "failed": self.failed(), "errors": self.errors,
            "events": self.events, "bytes": self.bytes, "seconds": seconds,
            "requests_per_second": self.requests as f64 / seconds.max(f64::MIN_POSITIVE),
            "latency_us": self.latency.json(), "first_byte_us": self.first_byte.json(), "gap_us": self.gaps.json(),
        });
        if let (Some(direct), Some(added), Some(value)) = (&self.direct, self.added(), value.as_object_mut())
        {
            value.insert("direct".into(), direct.json());
            value.insert("added_us".into(), json!({"p50": added.p50_us, "p99": added.p99_us}));
        }
        value
    }
}

/// Latency the target adds, in microseconds; negative where it was faster.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// Difference of the medians.
    pub p50_us: f64,
    /// Difference of the 99th percentiles.
    pub p99_us: f64,
}

/// A day in nanoseconds: the longest duration told apart.
const LONGEST: u64 = 86_400_000_000_000;

/// A distribution of durations, to three digits.
#[derive(Clone, Debug)]
pub struct Quantiles(Option<Histogram<u64>>);

const SHOWN: [(&str, f64); 5] = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999), ("max", 1.0)];

impl Quantiles {
    fn new() -> Self {
        // Only a precision above 5 digits is refused.
        Self(Histogram::new(3).ok())
    }

    pub(crate) fn record(&mut self, duration: Duration) {
        if let Some(histogram) = &mut self.0 {
            // It grows as needed, so only values beyond any timeout could be refused.
            _ = histogram.record(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX).min(LONGEST));
        }
    }

    /// The duration below which this share of the values lies.
    pub fn at(&self, quantile: f64) -> Duration {
        Duration::from_nanos(self.0.as_ref().map_or(0, |histogram| histogram.value_at_quantile(quantile)))
    }

    /// Number of values.
    pub fn count(&self) -> u64 {
        self.0.as_ref().map_or(0, Histogram::len)
    }

    fn json(&self) -> Value {
        let quantiles = SHOWN
            .iter()
            .map(|(name, quantile)| ((*name).to_owned(), json!(self.at(*quantile).as_nanos() as f64 / 1e3)));
        let mut value: serde_json::Map<String, Value> = quantiles.collect();
        value.insert("mean".into(), json!(self.0.as_ref().map_or(0.0, Histogram::mean) / 1e3));
        value.insert("count".into(), json!(self.count()));
        Value::Object(value)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.elapsed.as_secs_f64().max(f64::MIN_POSITIVE);
        writeln!(f, "requests     {:>12}   {:.1}/s", self.requests, self.requests as f64 / seconds)?;
        if self.events > 0 {
            writeln!(f, "events       {:>12}   {:.1}/s", self.events, self.events as f64 / seconds)?;
        }
        writeln!(f, "bytes        {:>12}   {:.1} MB/s", self.bytes, self.bytes as f64 / seconds / 1e6)?;
        writeln!(f, "failed       {:>12}", self.failed())?;
        for (kind, count) in &self.errors {
            writeln!(f, "  {count:>10} × {kind}")?;
        }
        write!(f, "{:<12}", "")?;
        for (name, _) in SHOWN {
            write!(f, " {name:>11}")?;
        }
        writeln!(f)?;
        let rows = [("latency", &self.latency), ("first byte", &self.first_byte), ("event gap", &self.gaps)];
        for (name, quantiles) in rows.into_iter().filter(|(_, quantiles)| quantiles.count() > 0) {
            write!(f, "{name:<12}")?;
            for (_, quantile) in SHOWN {
                write!(f, " {:>11}", human(quantiles.at(quantile)))?;
            }
            writeln!(f)?;
        }
        if let (Some(direct), Some(added)) = (&self.direct, self.added()) {
            write!(f, "{:<12}", "direct")?;
            for (_, quantile) in SHOWN {
                write!(f, " {:>11}", human(direct.latency.at(quantile)))?;
            }
            writeln!(f, "\nadded        p50 {:+.0} µs, p99 {:+.0} µs", added.p50_us, added.p99_us)?;
        }
        Ok(())
    }
}

fn human(duration: Duration) -> String {
    let micros = duration.as_nanos() as f64 / 1e3;
    match micros {
        micros if micros < 1e3 => format!("{micros:.0} µs"),
        micros if micros < 1e6 => format!("{:.2} ms", micros / 1e3),
        micros => format!("{:.2} s", micros / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(millis: u64) -> Report {
        let mut report = Report::new();
        for _ in 0..100 {
            report.latency.record(Duration::from_millis(millis));
        }
        report.requests = 100;
        report.elapsed = Duration::from_secs(2);
        report
    }

    #[test]
    fn the_direct_way_is_subtracted() {
        let report = Report { direct: Some(Box::new(report(3))), ..report(5) };
        let added = report.added().unwrap();
        assert!((added.p50_us - 2_000.0).abs() < 10.0, "{added:?}");
        assert_eq!(report.json()["requests_per_second"], 50.0);
        assert!(report.to_string().contains("added        p50 +"), "{report}");
    }

    #[test]
    fn kinds_of_errors_are_bounded() {
        let mut report = Report::new();
        for number in 0..100 {
            report.fail(format!("error {number}"));
        }
        assert_eq!((report.errors.len(), report.failed()), (MOST_KINDS + 1, 100));
    }
}
