//! Usage as OpenAI and its imitators count it, to and from the normal form.
//!
//! OpenAI: `prompt_tokens` holds cached and cache-written tokens, `completion_tokens` holds reasoning. Who deviates is named where
//! it is dealt with; a deviation is told by the numbers, never by the provider's name.

use crate::json::out::Json;
use ir::{ServiceTier, Usage};
use std::ops::Range;
use stdx::json::{self, Kind};

/// The numbers as written.
#[derive(Debug, Default)]
struct Counts {
    prompt: Option<u64>,
    completion: Option<u64>,
    total: Option<u64>,
    cached: Option<u64>,
    written: Option<u64>,
    audio_in: Option<u64>,
    image_in: Option<u64>,
    reasoning: Option<u64>,
    audio_out: Option<u64>,
    accepted: Option<u64>,
    rejected: Option<u64>,
    searches: Option<u64>,
}

/// Reads the `usage` object at `span`; `None` when it tells neither input nor output.
pub(crate) fn read(json: &[u8], span: Range<usize>) -> Option<Usage> {
    let mut counts = Counts::default();
    counts.take(json, span, b"");
    counts.normal()
}

impl Counts {
    fn take(&mut self, json: &[u8], span: Range<usize>, inside: &[u8]) {
        let _ = json::members_in(json, span, &mut |member| {
            let name = member.raw_name(json);
            if member.kind == Kind::Object && inside.is_empty() {
                return self.take(json, member.value.clone(), name);
            }
            if member.kind == Kind::Number
                && let Some(slot) = self.slot(inside, name)
            {
                *slot = number(member.raw_value(json)).or(*slot);
            }
        });
    }

    fn slot(&mut self, inside: &[u8], name: &[u8]) -> Option<&mut Option<u64>> {
        Some(match (inside, name) {
            (b"", b"prompt_tokens" | b"input_tokens") => &mut self.prompt,
            (b"", b"completion_tokens" | b"output_tokens") => &mut self.completion,
            (b"", b"total_tokens") => &mut self.total,
            // DeepSeek; Moonshot; proxies that speak for Anthropic.
            (b"", b"prompt_cache_hit_tokens" | b"cached_tokens" | b"cache_read_input_tokens") => {
                &mut self.cached
            }
            (b"prompt_tokens_details" | b"input_tokens_details", b"cached_tokens") => &mut self.cached,
            (b"", b"cache_creation_input_tokens") => &mut self.written,
            (b"prompt_tokens_details", b"cache_write_tokens" | b"cache_creation_tokens") => &mut self.written,
            (b"prompt_tokens_details", b"audio_tokens") => &mut self.audio_in,
            (b"prompt_tokens_details", b"image_tokens") => &mut self.image_in,
            (b"completion_tokens_details" | b"output_tokens_details", b"reasoning_tokens") => {
                &mut self.reasoning
            }
            (b"", b"reasoning_tokens") => &mut self.reasoning,
            (b"completion_tokens_details", b"audio_tokens") => &mut self.audio_out,
            (b"completion_tokens_details", b"accepted_prediction_tokens") => &mut self.accepted,
            (b"completion_tokens_details", b"rejected_prediction_tokens") => &mut self.rejected,
            // Perplexity; OpenRouter.
            (b"", b"num_search_queries") => &mut self.searches,
            (b"server_tool_use" | b"server_tool_use_details", b"web_search_requests") => &mut self.searches,
            _ => return None,
        })
    }

    fn normal(&self) -> Option<Usage> {
        if self.prompt.is_none() && self.completion.is_none() && self.total.is_none() {
            return None;
        }
        let none = |count: Option<u64>| count.unwrap_or(0);
        let (mut prompt, mut output) = (none(self.prompt), none(self.completion));
        let mut reasoning = none(self.reasoning);
        // What the total holds beyond both is tokens that were charged and stand elsewhere.
        let mut beyond = none(self.total).saturating_sub(prompt.saturating_add(output));
        let audio = none(self.audio_in);
        if audio > prompt {
            // Mistral leaves audio out of `prompt_tokens`.
            let added = audio.min(beyond);
            prompt = prompt.saturating_add(added);
            beyond -= added;
        }
        if self.completion.is_some() || reasoning > 0 {
            // xAI leaves reasoning out of `completion_tokens`, Gemini does so without even telling how much it was.
            output = output.saturating_add(beyond);
            reasoning = reasoning.max(beyond);
        } else {
            // Embeddings tell no output at all.
            prompt = prompt.saturating_add(beyond);
        }
        let cached = none(self.cached).min(prompt);
        let written = none(self.written).min(prompt - cached);
        Some(Usage {
            input: prompt - cached - written,
            cached,
            cache_write_5m: written,
            output,
            reasoning: reasoning.min(output),
            audio_input: audio,
            audio_output: none(self.audio_out),
            image_input: none(self.image_in),
            web_searches: none(self.searches),
            accepted_prediction: none(self.accepted),
            rejected_prediction: none(self.rejected),
            ..Usage::default()
        })
    }
}

/// The tier an answer was served in, from the value of its `service_tier`, which stands beside `usage` and not in it;
/// `None` when it tells none.
pub(crate) fn tier(raw: &[u8]) -> Option<ServiceTier> {
    let name = raw.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    if name.is_empty() {
        return None;
    }
    // `default`, `on_demand` and the like, and whatever comes to be: the ordinary price.
    Some(std::str::from_utf8(name).ok().and_then(ServiceTier::named).unwrap_or_default())
}

/// A count; some servers write `12.0`.
fn number(raw: &[u8]) -> Option<u64> {
    crate::relay::count(raw)
}

/// Writes a `usage` object as OpenAI counts.
pub(super) fn write(json: &mut Json<'_>, usage: &Usage) {
    json.object(|json| {
        json.count("prompt_tokens", usage.total_input());
        json.count("completion_tokens", usage.output);
        json.count("total_tokens", usage.total());
        json.key("prompt_tokens_details").object(|json| {
            json.count("cached_tokens", usage.cached);
            json.count("audio_tokens", usage.audio_input);
            let written = usage.cache_write_5m.saturating_add(usage.cache_write_1h);
            if written > 0 {
                json.count("cache_write_tokens", written);
            }
        });
        json.key("completion_tokens_details").object(|json| {
            json.count("reasoning_tokens", usage.reasoning);
            json.count("audio_tokens", usage.audio_output);
            json.count("accepted_prediction_tokens", usage.accepted_prediction);
            json.count("rejected_prediction_tokens", usage.rejected_prediction);
        });
        if usage.web_searches > 0 {
            json.key("server_tool_use").object(|json| json.count("web_search_requests", usage.web_searches));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str) -> Usage {
        read(json.as_bytes(), 0..json.len()).unwrap()
    }

    #[test]
    fn each_providers_way_of_counting_comes_to_the_same() {
        let counts = |json: &str| {
            let usage = check(json);
            (usage.input, usage.cached, usage.output, usage.reasoning)
        };
        let openai = r#"{"prompt_tokens":100,"completion_tokens":50,"total_tokens":150,"prompt_tokens_details":{"cached_tokens":40},"completion_tokens_details":{"reasoning_tokens":20}}"#;
        assert_eq!(counts(openai), (60, 40, 50, 20));
        let deepseek = r#"{"prompt_tokens":100,"completion_tokens":50,"total_tokens":150,"prompt_cache_hit_tokens":40,"prompt_cache_miss_tokens":60}"#;
        assert_eq!(counts(deepseek), (60, 40, 50, 0));
        let moonshot =
            r#"{"prompt_tokens":100,"completion_tokens":50,"total_tokens":150,"cached_tokens":40}"#;
        assert_eq!(counts(moonshot), (60, 40, 50, 0));
        let xai = r#"{"prompt_tokens":100,"completion_tokens":30,"total_tokens":150,"completion_tokens_details":{"reasoning_tokens":20}}"#;
        assert_eq!(counts(xai), (100, 0, 50, 20));
        let gemini = r#"{"prompt_tokens":100,"completion_tokens":30,"total_tokens":150}"#;
        assert_eq!(counts(gemini), (100, 0, 50, 20));
        let embeddings = r#"{"prompt_tokens":8,"total_tokens":8}"#;
        assert_eq!(counts(embeddings), (8, 0, 0, 0));
        let floats = r#"{"prompt_tokens":8.0,"completion_tokens":1e1,"total_tokens":18}"#;
        assert_eq!(counts(floats), (8, 0, 10, 0));
    }

    #[test]
    fn audio_beside_the_prompt_is_input() {
        let usage = check(
            r#"{"prompt_tokens":9,"total_tokens":585,"completion_tokens":201,"prompt_tokens_details":{"audio_tokens":375}}"#,
        );
        assert_eq!((usage.input, usage.audio_input, usage.output), (384, 375, 201));
    }

    #[test]
    fn what_is_written_is_read_back() {
        let usage = Usage {
            input: 5,
            cached: 3,
            cache_write_5m: 2,
            output: 7,
            reasoning: 4,
            web_searches: 1,
            ..Usage::default()
        };
        let mut out = bytes::BytesMut::new();
        write(&mut Json::new(&mut out), &usage);
        assert_eq!(read(&out, 0..out.len()), Some(usage));
    }

    #[test]
    fn a_tier_that_is_told_is_known_or_ordinary() {
        for (raw, expected) in [
            (r#""flex""#, Some(ServiceTier::Flex)),
            (r#""priority""#, Some(ServiceTier::Priority)),
            (r#""default""#, Some(ServiceTier::Standard)),
            (r#""on_demand""#, Some(ServiceTier::Standard)),
            ("\"\"", None),
            ("null", None),
            ("\"", None),
        ] {
            assert_eq!(tier(raw.as_bytes()), expected, "{raw}");
        }
    }

    #[test]
    fn nothing_told_is_nothing() {
        assert_eq!(read(b"{}", 0..2), None);
        assert_eq!(read(br#"{"prompt_tokens":null}"#, 0..22), None);
    }
}
