//! A message as one JSON object, and what it has in common with a streamed one: its blocks and its usage.

use serde_json::{Value, json};

use super::signature;
use crate::Behaviour;
use crate::ask::{Ask, Reasoning};
use crate::cache::Cached;
use crate::random::Random;
use crate::script::{Call, Finish, Script, first_sentence};

/// One content block of an answer.
pub(crate) enum Block<'a> {
    Thinking(&'a [String]),
    Redacted(String),
    Text { pieces: &'a [String], citation: Option<Value> },
    ToolUse(&'a Call),
}

/// The blocks of an answer in order.
pub(crate) fn blocks<'a>(script: &'a Script, ask: &Ask, redacted: bool) -> Vec<Block<'a>> {
    let mut blocks = Vec::new();
    if ask.reasoning == Reasoning::Shown && !script.reasoning.is_empty() {
        blocks.push(match redacted {
            true => Block::Redacted(signature::redact(&script.reasoning.concat())),
            false => Block::Thinking(&script.reasoning),
        });
    }
    // A refusal is a stop reason without content.
    if !script.text.is_empty() && script.finish != Finish::Refusal {
        blocks.push(Block::Text { pieces: &script.text, citation: citation(ask) });
    }
    blocks.extend(script.calls.iter().map(Block::ToolUse));
    blocks
}

fn citation(ask: &Ask) -> Option<Value> {
    let document = ask.documents.first()?;
    let cited = first_sentence(&document.text);
    Some(json!({
        "type": "char_location", "cited_text": cited, "document_index": document.index,
        "document_title": document.title, "file_id": null,
        "start_char_index": 0, "end_char_index": cited.chars().count(),
    }))
}

pub(crate) fn tool_id(call: &Call) -> String {
    format!("toolu_{}", call.id)
}

/// The message without content and stop reason: what a stream starts with.
pub(crate) fn head(ask: &Ask, seed: u64) -> Value {
    let id = Random::new(seed ^ ask.fingerprint).id("msg_01", 22);
    json!({
        "model": ask.model, "id": id, "type": "message", "role": "assistant", "content": [],
        "stop_reason": null, "stop_sequence": null, "stop_details": null,
    })
}

/// The stop reason with its sequence and details.
pub(crate) fn stop(finish: &Finish) -> Value {
    let (reason, sequence) = match finish {
        Finish::End => ("end_turn", None),
        Finish::Length => ("max_tokens", None),
        Finish::StopSequence(sequence) => ("stop_sequence", Some(sequence)),
        Finish::ToolCalls => ("tool_use", None),
        Finish::Refusal | Finish::Filter => ("refusal", None),
    };
    let details = (reason == "refusal").then(|| {
        json!({"type": "refusal", "category": null, "explanation": "The simulator was told to refuse (simulated)."})
    });
    json!({"stop_reason": reason, "stop_sequence": sequence, "stop_details": details})
}

/// Usage as of the start of an answer (`output` 1) or its end. Input tokens leave cached ones out.
pub(crate) fn usage(ask: &Ask, cached: Cached, output: u64) -> Value {
    let written = cached.written_5m + cached.written_1h;
    json!({
        "input_tokens": ask.input_tokens.saturating_sub(cached.read + written),
        "cache_creation_input_tokens": written,
        "cache_read_input_tokens": cached.read,
        "cache_creation": {
            "ephemeral_5m_input_tokens": cached.written_5m, "ephemeral_1h_input_tokens": cached.written_1h,
        },
        "output_tokens": output,
        "service_tier": "standard",
    })
}

pub(crate) fn body(
    ask: &Ask,
    behaviour: &Behaviour,
    redacted: bool,
    seed: u64,
    script: &Script,
    cached: Cached,
) -> Value {
    let content = blocks(script, ask, redacted).into_iter().map(|block| match block {
        Block::Thinking(pieces) => {
            let thinking = pieces.concat();
            let signature = signature::of(&thinking);
            json!({"type": "thinking", "thinking": thinking, "signature": signature})
        }
        Block::Redacted(data) => json!({"type": "redacted_thinking", "data": data}),
        Block::Text { pieces, citation } => {
            let text = pieces.concat();
            match citation {
                Some(citation) => json!({"citations": [citation], "type": "text", "text": text}),
                // Not `"citations": null`: some clients refuse it.
                None => json!({"type": "text", "text": text}),
            }
        }
        Block::ToolUse(call) => {
            let input = call.arguments.concat();
            // Arguments cut off by max_tokens are not JSON any more; the provider shows what it has of them.
            let input = serde_json::from_str(&input).unwrap_or_else(|_| json!({}));
            json!({"type": "tool_use", "id": tool_id(call), "name": call.name, "input": input})
        }
    });
    let content: Vec<Value> = content.collect();
    let mut body = head(ask, seed);
    if let (Some(body), Value::Object(stop)) = (body.as_object_mut(), stop(&script.finish)) {
        body.insert("content".into(), json!(content));
        body.extend(stop);
        if !behaviour.no_usage {
            body.insert("usage".into(), usage(ask, cached, script.output_tokens()));
        }
    }
    body
}
