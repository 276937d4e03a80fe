//! The answers of the canned upstream, rendered once: JSON bodies and event streams of both dialects.

use std::fmt::Write;

use bytes::Bytes;
use serde_json::{Value, json};

use crate::options::UpstreamOptions;

/// Everything the upstream says in one dialect.
#[derive(Debug)]
pub(crate) struct Canned {
    /// A whole response with head and body.
    pub(crate) answer: Bytes,
    pub(crate) stream: Stream,
}

/// A stream as writes. Each is a chunk of the body with one event, the first with the response head before it.
#[derive(Debug)]
pub(crate) struct Stream {
    /// Until the first content.
    pub(crate) opening: Vec<Bytes>,
    pub(crate) content: Vec<Bytes>,
    pub(crate) closing: Vec<Bytes>,
    /// Sent after `closing` if usage was asked for (OpenAI).
    pub(crate) usage: Option<Bytes>,
    pub(crate) end: Bytes,
}

const STREAM_HEAD: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n";
const WORDS: [&str; 8] = [" the", " tide", " rises", " and", " falls", " with", " steady", " rhythm"];

fn answer(body: &Value) -> Bytes {
    let body = body.to_string();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    Bytes::from(head + &body)
}

fn text(options: &UpstreamOptions) -> String {
    let length = usize::try_from(options.answer_bytes).unwrap_or(usize::MAX);
    WORDS.iter().flat_map(|word| word.chars()).cycle().take(length).collect()
}

fn chunk(event: &str) -> Bytes {
    Bytes::from(format!("{:x}\r\n{event}\r\n", event.len()))
}

/// The end of a body: the last event and the last chunk in one write.
fn last(event: &str) -> Bytes {
    Bytes::from(format!("{:x}\r\n{event}\r\n0\r\n\r\n", event.len()))
}

fn words(options: &UpstreamOptions) -> impl Iterator<Item = &'static str> {
    let count = usize::try_from(options.chunks).unwrap_or(usize::MAX);
    WORDS.into_iter().cycle().take(count)
}

fn with_head(events: &[String]) -> Vec<Bytes> {
    let mut first = String::from(STREAM_HEAD);
    for event in events {
        _ = write!(first, "{:x}\r\n{event}\r\n", event.len());
    }
    vec![Bytes::from(first)]
}

pub(crate) fn openai(options: &UpstreamOptions) -> Canned {
    let usage = json!({
        "prompt_tokens": 256, "completion_tokens": options.chunks, "total_tokens": 256 + options.chunks,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
    });
    let chunk_of = |choices: Value, usage: Value| {
        let value = json!({
            "id": "chatcmpl-bench0000000000000000000000000", "object": "chat.completion.chunk", "created": 1_760_000_000,
            "model": "bench", "service_tier": "default", "system_fingerprint": "fp_bench00000",
            "choices": choices, "usage": usage,
        });
        format!("data: {value}\n\n")
    };
    let choice = |delta: Value, finish: Value| json!([{"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish}]);
    let opening = chunk_of(
        choice(json!({"role": "assistant", "content": "", "refusal": null}), Value::Null),
        Value::Null,
    );
    let content = words(options)
        .map(|word| chunk(&chunk_of(choice(json!({"content": word}), Value::Null), Value::Null)));
    Canned {
        answer: answer(&json!({
            "id": "chatcmpl-bench0000000000000000000000000", "object": "chat.completion", "created": 1_760_000_000,
            "model": "bench", "service_tier": "default", "system_fingerprint": "fp_bench00000",
            "choices": [{
                "index": 0, "logprobs": null, "finish_reason": "stop",
                "message": {"role": "assistant", "content": text(options), "refusal": null, "annotations": []},
            }],
            "usage": usage,
        })),
        stream: Stream {
            opening: with_head(&[opening]),
            content: content.collect(),
            closing: vec![chunk(&chunk_of(choice(json!({}), json!("stop")), Value::Null))],
            usage: Some(chunk(&chunk_of(json!([]), usage))),
            end: last("data: [DONE]\n\n"),
        },
    }
}

pub(crate) fn anthropic(options: &UpstreamOptions) -> Canned {
    let usage = |output: u32| {
        json!({
            "input_tokens": 256, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0,
            "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
            "output_tokens": output, "service_tier": "standard",
        })
    };
    let message = |content: Value, stop: Value, output: u32| {
        json!({
            "id": "msg_bench00000000000000000", "type": "message", "role": "assistant", "model": "bench",
            "content": content, "stop_reason": stop, "stop_sequence": null, "usage": usage(output),
        })
    };
    let event = |value: Value| {
        let name = value.get("type").and_then(Value::as_str).unwrap_or_default();
        format!("event: {name}\ndata: {value}\n\n")
    };
    let delta = |word: &str| {
        event(
            json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": word}}),
        )
    };
    let opening = [
        event(json!({"type": "message_start", "message": message(json!([]), Value::Null, 1)})),
        event(
            json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
        ),
    ];
    let closing = [
        event(json!({"type": "content_block_stop", "index": 0})),
        event(json!({
            "type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": null},
            "usage": {"output_tokens": options.chunks},
        })),
    ];
    Canned {
        answer: answer(&message(
            json!([{"type": "text", "text": text(options)}]),
            json!("end_turn"),
            options.chunks,
        )),
        stream: Stream {
            opening: with_head(&opening),
            content: words(options).map(|word| chunk(&delta(word))).collect(),
            closing: closing.iter().map(|event| chunk(event)).collect(),
            usage: None,
            end: last(&event(json!({"type": "message_stop"}))),
        },
    }
}
