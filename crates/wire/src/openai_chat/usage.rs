//! Usage as OpenAI and its imitators count it, to and from the normal form.
//!
//! OpenAI: `prompt_tokens` holds cached and cache-written tokens, `completion_tokens` holds reasoning. Who deviates is named where
//! it is dealt with; a deviation is told by the numbers, never by the provider's name.

use ir::Usage;
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
            (b"", b"prompt_cache_hit_tokens" | b"cached_tokens" | b"cache_read_input_tokens") => &mut self.cached,
            (b"prompt_tokens_details" | b"input_tokens_details", b"cached_tokens") => &mut self.cached,
            (b"", b"cache_creation_input_tokens") => &mut self.written,
            (b"prompt_tokens_details", b"cache_write_tokens" | b"cache_creation_tokens") => &mut self.written,
            (b"prompt_tokens_details", b"audio_tokens") => &mut self.audio_in,
            (b"prompt_tokens_details", b"image_tokens") => &mut self.image_in,
            (b"completion_tokens_details" | b"output_tokens_details", b"reasoning_tokens") => &mut self.reasoning,
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

/// A count; some servers write `12.0`.
fn number(raw: &[u8]) -> Option<u64> {
    crate::relay::count(raw)
}
