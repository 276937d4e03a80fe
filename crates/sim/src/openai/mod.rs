//! OpenAI's dialect: chat completions, embeddings and models.

pub(crate) mod answer;
pub(crate) mod embeddings;
mod messages;
pub(crate) mod models;
pub(crate) mod request;
pub(crate) mod stream;
mod tools;

use crate::script::{Finish, Script};
use crate::text;

/// `finish_reason` of an answer.
fn finish_reason(finish: &Finish) -> &'static str {
    match finish {
        Finish::End | Finish::StopSequence(_) | Finish::Refusal => "stop",
        Finish::Length => "length",
        Finish::ToolCalls => "tool_calls",
        Finish::Filter => "content_filter",
    }
}

/// Probability of a token and of `count` alternatives, made up from the token itself.
fn logprob(piece: &str, count: usize) -> serde_json::Value {
    let entry = |piece: &str, rank: usize| {
        let weight = -0.01 - 0.75 * rank as f64 - 0.01 * (piece.len() % 7) as f64;
        serde_json::json!({"token": piece, "logprob": weight, "bytes": piece.as_bytes()})
    };
    let mut whole = entry(piece, 0);
    let alternatives = (0..count).map(|rank| match rank {
        0 => entry(piece, 0),
        _ => entry(&format!(" alternative{rank}"), rank),
    });
    if let Some(whole) = whole.as_object_mut() {
        whole.insert("top_logprobs".into(), alternatives.collect());
    }
    whole
}

/// A citation of a made-up page that covers the text.
fn annotation(text: &str) -> serde_json::Value {
    serde_json::json!({"type": "url_citation", "url_citation": {
        "start_index": 0, "end_index": text.chars().count(),
        "title": "Tide tables (simulated)", "url": "https://example.com/tides",
    }})
}

/// The message of `calls` as they appear in an answer and in the first part of a streamed one.
fn call_id(call: &crate::script::Call) -> String {
    format!("call_{}", call.id)
}

/// Tokens of all answers together.
pub(crate) fn output_tokens(scripts: &[Script]) -> u64 {
    scripts.iter().map(Script::output_tokens).sum()
}

/// Tokens of a prompt part that is not text.
fn media_tokens(part: &serde_json::Value) -> u64 {
    match part.get("type").and_then(serde_json::Value::as_str) {
        Some("image_url") => 85,
        Some("input_audio") => 100,
        Some("file") => 250,
        _ => part
            .get("text")
            .or(part.get("refusal"))
            .and_then(serde_json::Value::as_str)
            .map_or(0, text::tokens),
    }
}
