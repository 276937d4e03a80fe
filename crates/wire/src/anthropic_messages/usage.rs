//! Anthropic's way of counting, encoded once: `input_tokens` leaves out what was read from or written to a cache;
//! cache writes come as one sum and, newer, split by lifetime; stream deltas are cumulative and may name only some counts.

use crate::json::out::Json;
use ir::{Certainty, ServiceTier, Usage};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use stdx::Str;

/// `usage` as it stands on the wire, in a message, a `message_start` or a `message_delta`. Absent and `null` are the same.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Counts {
    #[serde(default, deserialize_with = "count")]
    input_tokens: Option<u64>,
    #[serde(default, deserialize_with = "count")]
    cache_creation_input_tokens: Option<u64>,
    #[serde(default, deserialize_with = "count")]
    cache_read_input_tokens: Option<u64>,
    cache_creation: Option<CacheCreation>,
    #[serde(default, deserialize_with = "count")]
    output_tokens: Option<u64>,
    output_tokens_details: Option<OutputDetails>,
    server_tool_use: Option<ServerToolUse>,
    iterations: Option<Vec<Iteration>>,
    #[serde(default, deserialize_with = "word")]
    service_tier: Option<String>,
    #[serde(default, deserialize_with = "word")]
    speed: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct CacheCreation {
    #[serde(default, deserialize_with = "count")]
    ephemeral_5m_input_tokens: Option<u64>,
    #[serde(default, deserialize_with = "count")]
    ephemeral_1h_input_tokens: Option<u64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct OutputDetails {
    #[serde(default, deserialize_with = "count")]
    thinking_tokens: Option<u64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct ServerToolUse {
    #[serde(default, deserialize_with = "count")]
    web_search_requests: Option<u64>,
}

/// One inference of several behind an answer. Compaction runs are not part of the sums above it.
#[derive(Clone, Debug, Default, Deserialize)]
struct Iteration {
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(default, deserialize_with = "count")]
    input_tokens: Option<u64>,
    #[serde(default, deserialize_with = "count")]
    cache_creation_input_tokens: Option<u64>,
    #[serde(default, deserialize_with = "count")]
    cache_read_input_tokens: Option<u64>,
    cache_creation: Option<CacheCreation>,
    #[serde(default, deserialize_with = "count")]
    output_tokens: Option<u64>,
}

impl Counts {
    /// What cannot be read was not told: an answer is not lost over its count.
    pub(super) fn read(raw: &RawValue) -> Self {
        stdx::json::from_str(raw.get()).unwrap_or_default()
    }

    /// Takes over what a later report names; what it leaves out stands.
    pub(super) fn update(&mut self, later: Self) {
        fn take<T>(old: &mut Option<T>, new: Option<T>) {
            if new.is_some() {
                *old = new;
            }
        }
        // A new sum without its split makes the old split stale.
        if later.cache_creation_input_tokens != self.cache_creation_input_tokens
            && later.cache_creation_input_tokens.is_some()
        {
            self.cache_creation = None;
        }
        take(&mut self.input_tokens, later.input_tokens);
        take(&mut self.cache_creation_input_tokens, later.cache_creation_input_tokens);
        take(&mut self.cache_read_input_tokens, later.cache_read_input_tokens);
        take(&mut self.cache_creation, later.cache_creation);
        take(&mut self.output_tokens, later.output_tokens);
        take(&mut self.output_tokens_details, later.output_tokens_details);
        take(&mut self.server_tool_use, later.server_tool_use);
        take(&mut self.iterations, later.iterations);
        take(&mut self.service_tier, later.service_tier);
        take(&mut self.speed, later.speed);
    }

    /// The normal form; `None` when nothing was counted at all.
    pub(super) fn normal(&self) -> Option<Usage> {
        if self.input_tokens.is_none()
            && self.output_tokens.is_none()
            && self.cache_read_input_tokens.is_none()
        {
            return None;
        }
        let (write_5m, write_1h) = writes(self.cache_creation_input_tokens, self.cache_creation.as_ref());
        let mut usage = Usage {
            input: self.input_tokens.unwrap_or(0),
            cached: self.cache_read_input_tokens.unwrap_or(0),
            cache_write_5m: write_5m,
            cache_write_1h: write_1h,
            output: self.output_tokens.unwrap_or(0),
            reasoning: self.output_tokens_details.as_ref().and_then(|d| d.thinking_tokens).unwrap_or(0),
            web_searches: self.server_tool_use.as_ref().and_then(|s| s.web_search_requests).unwrap_or(0),
            tier: self.served(),
            certainty: Certainty::Reported,
            ..Usage::default()
        };
        for run in self.iterations.iter().flatten().filter(|run| run.kind.as_deref() == Some("compaction")) {
            let (write_5m, write_1h) = writes(run.cache_creation_input_tokens, run.cache_creation.as_ref());
            usage.input = usage.input.saturating_add(run.input_tokens.unwrap_or(0));
            usage.cached = usage.cached.saturating_add(run.cache_read_input_tokens.unwrap_or(0));
            usage.cache_write_5m = usage.cache_write_5m.saturating_add(write_5m);
            usage.cache_write_1h = usage.cache_write_1h.saturating_add(write_1h);
            usage.output = usage.output.saturating_add(run.output_tokens.unwrap_or(0));
        }
        Some(usage)
    }

    /// The tier the answer is charged at. Fast generation is a speed here and no tier, and has prices like one.
    fn served(&self) -> ServiceTier {
        let named = |word: &Option<String>| word.as_deref().and_then(ServiceTier::named);
        match named(&self.speed) {
            None | Some(ServiceTier::Standard) => named(&self.service_tier).unwrap_or_default(),
            Some(speed) => speed,
        }
    }

    /// The tier that served the answer, in the shared form's words, which are OpenAI's.
    pub(super) fn tier(&self) -> Option<Str> {
        match self.service_tier.as_deref()? {
            "standard" => Some(Str::from_static("default")),
            "priority" => Some(Str::from_static("priority")),
            _ => None,
        }
    }
}

/// A whole number, however it is written (`12`, `12.0`); anything else was not told.
fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    Ok(crate::relay::count(<&RawValue>::deserialize(deserializer)?.get().as_bytes()))
}

/// A string; anything else was not told.
fn word<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(stdx::json::from_str(<&RawValue>::deserialize(deserializer)?.get()).ok())
}

/// Tokens written for five minutes and for an hour; a sum that is not split, or only in part, is five minutes' for the rest.
fn writes(sum: Option<u64>, split: Option<&CacheCreation>) -> (u64, u64) {
    let five = split.and_then(|s| s.ephemeral_5m_input_tokens).unwrap_or(0);
    let hour = split.and_then(|s| s.ephemeral_1h_input_tokens).unwrap_or(0);
    let rest = sum.unwrap_or(0).saturating_sub(five.saturating_add(hour));
    (five.saturating_add(rest), hour)
}

/// The normal form of a `usage` object as it stands in a message or a stream event; `None` if it is not one.
pub fn read(json: &str) -> Option<Usage> {
    stdx::json::from_str::<Counts>(json).ok()?.normal()
}

/// Both reports of a stream: what `message_start` said, brought up to date by `message_delta`.
pub fn read_both(start: Option<&str>, delta: Option<&str>) -> Option<Usage> {
    let counts = |json: Option<&str>| json.and_then(|json| stdx::json::from_str::<Counts>(json).ok());
    let mut all = counts(start).unwrap_or_default();
    if let Some(delta) = counts(delta) {
        all.update(delta);
    }
    all.normal()
}

/// Writes a whole `usage` object.
pub(super) fn write(json: &mut Json<'_>, usage: &Usage, tier: Option<&Str>) {
    json.object(|json| {
        write_counts(json, usage);
        json.key("cache_creation").object(|json| {
            json.count("ephemeral_5m_input_tokens", usage.cache_write_5m);
            json.count("ephemeral_1h_input_tokens", usage.cache_write_1h);
        });
        // SDKs with strict types know two words here; a tier that is neither is left unsaid.
        match tier.map(Str::as_str) {
            Some("priority") => json.text("service_tier", "priority"),
            Some("default" | "auto" | "flex" | "scale" | "on_demand") => {
                json.text("service_tier", "standard")
            }
            _ => {}
        }
    });
}

/// Writes the `usage` of a `message_delta`.
pub(super) fn write_delta(json: &mut Json<'_>, usage: &Usage) {
    json.object(|json| write_counts(json, usage));
}

fn write_counts(json: &mut Json<'_>, usage: &Usage) {
    json.count("input_tokens", usage.input);
    json.count("cache_creation_input_tokens", usage.cache_write_5m.saturating_add(usage.cache_write_1h));
    json.count("cache_read_input_tokens", usage.cached);
    json.count("output_tokens", usage.output);
    if usage.reasoning > 0 {
        json.key("output_tokens_details").object(|json| json.count("thinking_tokens", usage.reasoning));
    }
    if usage.web_searches > 0 {
        json.key("server_tool_use").object(|json| {
            json.count("web_search_requests", usage.web_searches);
            // Not counted in the shared form, and demanded beside the searches.
            json.count("web_fetch_requests", 0);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_spelling_of_cache_writes_adds_up_once() {
        let check = |json: &str, five: u64, hour: u64| {
            let usage = read(json).unwrap();
            assert_eq!((usage.cache_write_5m, usage.cache_write_1h), (five, hour), "{json}");
        };
        check(r#"{"input_tokens":1,"cache_creation_input_tokens":10}"#, 10, 0);
        check(
            r#"{"input_tokens":1,"cache_creation_input_tokens":10,"cache_creation":{"ephemeral_5m_input_tokens":4,"ephemeral_1h_input_tokens":6}}"#,
            4,
            6,
        );
        check(r#"{"input_tokens":1,"cache_creation":{"ephemeral_1h_input_tokens":6}}"#, 0, 6);
        check(r#"{"input_tokens":1,"cache_creation_input_tokens":null,"cache_creation":null}"#, 0, 0);
    }

    #[test]
    fn a_later_report_replaces_only_what_it_names() {
        let usage = read_both(
            Some(r#"{"input_tokens":43,"cache_read_input_tokens":7,"output_tokens":1}"#),
            Some(r#"{"input_tokens":61,"output_tokens":2}"#),
        );
        let usage = usage.unwrap();
        assert_eq!((usage.input, usage.cached, usage.output), (61, 7, 2));
    }

    #[test]
    fn compaction_is_paid_for_though_the_sums_leave_it_out() {
        let json = r#"{"input_tokens":10,"output_tokens":5,"iterations":[{"type":"compaction","input_tokens":100,"output_tokens":50},{"type":"message","input_tokens":10,"output_tokens":5}]}"#;
        let usage = read(json).unwrap();
        assert_eq!((usage.input, usage.output), (110, 55));
    }

    #[test]
    fn odd_numbers_cost_only_themselves() {
        let usage =
            read(r#"{"input_tokens":12.0,"output_tokens":"many","cache_read_input_tokens":-1}"#).unwrap();
        assert_eq!((usage.input, usage.output, usage.cached), (12, 0, 0));
    }

    #[test]
    fn the_tier_is_the_one_that_served() {
        let tier = |rest: &str| read(&format!(r#"{{"input_tokens":1{rest}}}"#)).map(|usage| usage.tier);
        for (rest, expected) in [
            ("", ServiceTier::Standard),
            (r#","service_tier":"standard","speed":"standard""#, ServiceTier::Standard),
            (r#","service_tier":"priority""#, ServiceTier::Priority),
            (r#","service_tier":"batch","speed":null"#, ServiceTier::Batch),
            (r#","service_tier":"standard","speed":"fast""#, ServiceTier::Fast),
            (r#","service_tier":"platinum","speed":"warp""#, ServiceTier::Standard),
            (r#","service_tier":{},"speed":7"#, ServiceTier::Standard),
        ] {
            assert_eq!(tier(rest), Some(expected), "{rest}");
        }
        let start = r#"{"input_tokens":1,"service_tier":"priority","output_tokens":1}"#;
        let usage = read_both(Some(start), Some(r#"{"output_tokens":2}"#)).unwrap();
        assert_eq!((usage.tier, usage.output), (ServiceTier::Priority, 2), "deltas do not repeat it");
    }

    #[test]
    fn nothing_counted_is_nothing() {
        assert_eq!(read("{}"), None);
        assert_eq!(read("[]"), None);
    }
}
