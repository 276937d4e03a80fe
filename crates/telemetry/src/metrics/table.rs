//! Every metric by name: the manual's table and the registry are both made from here.

/// What kind of number a metric is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Counter,
    Gauge,
    Histogram,
}

impl Kind {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// One metric as documented. `name` is as scraped, so a counter ends in `_total`.
#[derive(Clone, Copy, Debug)]
pub struct Described {
    pub name: &'static str,
    pub kind: Kind,
    pub labels: &'static [&'static str],
    pub help: &'static str,
}

impl Described {
    /// The name as the registry wants it: it appends `_total` to counters itself.
    pub(crate) fn stem(&self) -> &'static str {
        match self.kind {
            Kind::Counter => self.name.strip_suffix("_total").unwrap_or(self.name),
            Kind::Gauge | Kind::Histogram => self.name,
        }
    }
}

macro_rules! described {
    ($($id:ident = $kind:ident $name:literal [$($label:literal),*] $help:literal;)*) => {
        $(pub(crate) const $id: Described =
            Described { name: $name, kind: Kind::$kind, labels: &[$($label),*], help: $help };)*
        /// Every metric this crate itself exposes; gauges registered by other crates come on top.
        pub const CATALOGUE: &[Described] = &[$($id),*];
    };
}

described! {
    TOKEN_USAGE = Histogram "gen_ai_client_token_usage" ["gen_ai_operation_name", "gen_ai_provider_name", "gen_ai_request_model", "gen_ai_token_type"]
        "Tokens per call, by type: input (cached and cache writes included) and output (reasoning included)";
    DURATION = Histogram "gen_ai_server_request_duration" ["gen_ai_operation_name", "gen_ai_provider_name", "gen_ai_request_model", "error_type"]
        "Seconds from the first byte of the request to the last of the answer";
    FIRST_TOKEN = Histogram "gen_ai_server_time_to_first_token" ["gen_ai_operation_name", "gen_ai_provider_name", "gen_ai_request_model"]
        "Seconds from the first byte of the request to the first content of a streamed answer";
    PER_TOKEN = Histogram "gen_ai_server_time_per_output_token" ["gen_ai_operation_name", "gen_ai_provider_name", "gen_ai_request_model"]
        "Seconds per output token after the first, of streamed answers";
    REQUESTS = Counter "tidegate_requests_total" ["provider", "model", "operation", "status_class", "outcome", "code"]
        "Exchanges that ended; code is the fault's, or empty";
    OVERHEAD = Histogram "tidegate_overhead_seconds" ["operation"]
        "Seconds the gateway itself took per exchange, without waiting for provider or caller";
    ATTEMPTS = Counter "tidegate_attempts_total" ["provider", "model", "outcome"]
        "Tries at a target, by how they ended";
    LIMITS = Counter "tidegate_limit_rejections_total" ["limit"]
        "Calls refused by a limit, by its name";
    TOKENS = Counter "tidegate_tokens_total" ["provider", "model", "class"]
        "Tokens by class; input, cached, cache_write_5m, cache_write_1h and output are disjoint, reasoning, audio_input, audio_output and image_input are parts of these";
    COST = Counter "tidegate_cost_usd_total" ["provider", "model"]
        "USD spent by calls whose price is known; kept in integer nano-USD, shown as a decimal";
    UNPRICED = Counter "tidegate_unpriced_calls_total" ["provider", "model"]
        "Calls with usage but without a known price";
    CERTAINTY = Counter "tidegate_usage_certainty_total" ["provider", "model", "certainty"]
        "Calls by where their usage came from: reported, partial, estimated or none";
    LOSSES = Counter "tidegate_translation_losses_total" ["provider", "model"]
        "Things translations could not say the same way";
    INFLIGHT = Gauge "tidegate_inflight" []
        "Exchanges under way";
    REVISION = Gauge "tidegate_config_revision" []
        "Number of the running configuration";
    DROPPED = Counter "tidegate_dropped_records_total" []
        "Records lost because the ring was full";
    LOG_ERRORS = Counter "tidegate_access_log_errors_total" []
        "Access-log lines that could not be written";
    CAPPED = Counter "tidegate_capped_labels_total" []
        "Lookups of a target beyond the label cap, counted as other";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_end_as_their_kind_asks() {
        for (at, metric) in CATALOGUE.iter().enumerate() {
            assert!(CATALOGUE.iter().skip(at + 1).all(|other| other.name != metric.name), "{}", metric.name);
            assert_eq!(metric.kind == Kind::Counter, metric.name.ends_with("_total"), "{}", metric.name);
            assert!(!metric.help.ends_with('.'), "the registry appends the full stop: {}", metric.name);
        }
    }
}
