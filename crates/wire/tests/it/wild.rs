//! Bodies with one thing wrong in them: whatever is understood can be said in every dialect, and each dialect reads what it says.

use bytes::{Bytes, BytesMut};
use ir::{Event, Format, Losses};
use proptest::prelude::*;
use serde_json::{Value, json};
use wire::{ChatCodec, Seed, Target, table::codec};

fn seed() -> Seed {
    Seed { id: "s".into(), created: 1, model: "m".into(), include_usage: true }
}

/// A request with nearly everything in it.
fn openai_request() -> Value {
    json!({
        "model": "m", "stream": true, "stream_options": {"include_usage": true}, "n": 1, "stop": ["a"], "max_tokens": 5, "user": "u",
        "temperature": 0.5, "reasoning": {"max_tokens": 9}, "logprobs": false, "metadata": {"a": "b"}, "service_tier": "auto",
        "messages": [
            {"role": "system", "content": "s"},
            {"role": "user", "content": [
                {"type": "text", "text": "t", "cache_control": {"type": "ephemeral", "ttl": "1h"}},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,QQ==", "detail": "low"}},
                {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,QQ=="}},
            ]},
            {"role": "assistant", "content": "x", "reasoning_content": "r", "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{\"a\":1}"}},
            ], "reasoning_details": [{"type": "reasoning.text", "text": "r", "signature": "s", "format": "anthropic-claude-v1"}]},
            {"role": "tool", "tool_call_id": "c1", "content": [{"type": "text", "text": "r"}]},
            {"role": "assistant", "content": null, "refusal": "no"},
            {"role": "user", "content": "last"},
        ],
        "tools": [{"type": "function", "function": {"name": "f", "description": "d", "parameters": {"type": "object"}, "strict": true}}],
        "tool_choice": {"type": "function", "function": {"name": "f"}}, "parallel_tool_calls": true,
        "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}, "strict": true}},
    })
}

fn anthropic_request() -> Value {
    json!({
        "model": "m", "max_tokens": 2000, "stream": false, "stop_sequences": ["a"], "metadata": {"user_id": "u"}, "top_k": 3,
        "system": [{"type": "text", "text": "s", "cache_control": {"type": "ephemeral"}}],
        "thinking": {"type": "enabled", "budget_tokens": 1024},
        "messages": [
            {"role": "user", "content": [
                {"type": "text", "text": "t"},
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "QQ=="}},
                {"type": "document", "title": "d", "source": {"type": "text", "media_type": "text/plain", "data": "x"}},
            ]},
            {"role": "assistant", "content": [
                {"type": "thinking", "thinking": "r", "signature": "s"},
                {"type": "redacted_thinking", "data": "d"},
                {"type": "text", "text": "x"},
                {"type": "tool_use", "id": "c1", "name": "f", "input": {"a": 1}},
            ]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c1", "is_error": true, "content": [{"type": "text", "text": "r"}]}]},
        ],
        "tools": [{"name": "f", "description": "d", "input_schema": {"type": "object"}}],
        "tool_choice": {"type": "auto", "disable_parallel_tool_use": true},
    })
}

fn openai_answer() -> Value {
    json!({
        "id": "i", "object": "chat.completion", "created": 1, "model": "m", "service_tier": "default",
        "choices": [{"index": 0, "finish_reason": "tool_calls", "logprobs": null, "message": {
            "role": "assistant", "content": "c", "refusal": null, "reasoning": "r", "images": [],
            "annotations": [{"type": "url_citation", "url_citation": {"url": "u", "title": "t", "start_index": 0, "end_index": 1}}],
            "reasoning_details": [{"type": "reasoning.encrypted", "data": "d", "format": "anthropic-claude-v1"}],
            "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
        }}],
        "usage": {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12, "prompt_tokens_details": {"cached_tokens": 2}},
    })
}

fn anthropic_answer() -> Value {
    json!({
        "id": "i", "type": "message", "role": "assistant", "model": "m", "stop_reason": "tool_use", "stop_sequence": null,
        "content": [
            {"type": "thinking", "thinking": "r", "signature": "s"},
            {"type": "text", "text": "c", "citations": [{"type": "web_search_result_location", "url": "u", "title": "t", "cited_text": "q"}]},
            {"type": "tool_use", "id": "c", "name": "f", "input": {}},
            {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}},
        ],
        "usage": {"input_tokens": 5, "output_tokens": 7, "cache_creation": {"ephemeral_5m_input_tokens": 1}},
    })
}

fn openai_chunks() -> Value {
    json!([
        {"id": "i", "model": "m", "choices": [{"index": 0, "delta": {"role": "assistant", "content": "", "reasoning_content": "r"}}]},
        {"id": "i", "choices": [{"index": 0, "delta": {"content": "c"}, "logprobs": {"content": []}}]},
        {"id": "i", "choices": [{"index": 0, "delta": {"tool_calls": [{"index": 0, "id": "c", "function": {"name": "f", "arguments": "{"}}]}}]},
        {"id": "i", "choices": [{"index": 0, "delta": {"tool_calls": [{"index": 1, "id": "d", "function": {"name": "g", "arguments": "{}"}}]}}]},
        {"id": "i", "choices": [{"index": 0, "delta": {"tool_calls": [{"index": 0, "function": {"arguments": "}"}}]}}]},
        {"id": "i", "choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]},
        {"id": "i", "choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 2}},
    ])
}

fn anthropic_chunks() -> Value {
    json!([
        {"type": "message_start", "message": {"id": "i", "model": "m", "usage": {"input_tokens": 1, "output_tokens": 1}}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": "", "signature": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "r"}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "signature_delta", "signature": "s"}},
        {"type": "content_block_stop", "index": 0},
        {"type": "content_block_start", "index": 1, "content_block": {"type": "tool_use", "id": "c", "name": "f", "input": {}}},
        {"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": "{}"}},
        {"type": "content_block_stop", "index": 1},
        {"type": "message_delta", "delta": {"stop_reason": "tool_use", "stop_sequence": null}, "usage": {"output_tokens": 5}},
        {"type": "message_stop"},
    ])
}

/// How many places there are in a value.
fn places(value: &Value) -> usize {
    1 + match value {
        Value::Array(list) => list.iter().map(places).sum(),
        Value::Object(map) => map.values().map(places).sum(),
        _ => 0,
    }
}

/// Replaces what stands at the `at`-th place, counted from the root down.
fn replace(value: &mut Value, at: &mut usize, with: &Value) -> bool {
    if *at == 0 {
        *value = with.clone();
        return true;
    }
    *at -= 1;
    match value {
        Value::Array(list) => list.iter_mut().any(|inner| replace(inner, at, with)),
        Value::Object(map) => map.values_mut().any(|inner| replace(inner, at, with)),
        _ => false,
    }
}

fn strange() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,6}".prop_map(Value::from),
        prop::sample::select(vec![
            "",
            "text",
            "tool_use",
            "thinking",
            "none",
            "auto",
            "image",
            "[DONE]",
            "error",
            "data:;base64,"
        ])
        .prop_map(Value::from),
        Just(json!([])),
        Just(json!({})),
        Just(json!([{}])),
        Just(json!([{"type": "text", "text": "x"}])),
        Just(json!({"type": "other", "a": [1, null]})),
        Just(json!("{\"a\":[1,{}]}")),
    ]
}

fn mutate(mut value: Value, changes: &[(prop::sample::Index, Value)]) -> Value {
    for (index, with) in changes {
        let mut at = index.index(places(&value));
        replace(&mut value, &mut at, with);
    }
    value
}

fn is_json(bytes: &[u8]) -> bool {
    stdx::json::validate(bytes).is_ok()
}

fn requests(own: &dyn ChatCodec, body: &Bytes) {
    let Ok(chat) = own.decode_request(body) else { return };
    for &format in Format::ALL {
        let target = Target { model: "target", max_output: Some(4096), legacy_max_tokens: false };
        let Ok(said) = codec(format).encode_request(&chat, &target, &mut Losses::default()) else { continue };
        assert!(is_json(&said), "{body:?}\nsaid to {format}: {said:?}");
        codec(format)
            .decode_request(&said)
            .unwrap_or_else(|bad| panic!("{body:?}\nsaid to {format}: {said:?}: {bad}"));
    }
}

fn answers(own: &dyn ChatCodec, body: &Bytes) {
    let Ok(response) = own.decode_response(body) else { return };
    for &format in Format::ALL {
        let said = codec(format).encode_response(&response, &seed(), &mut Losses::default());
        assert!(is_json(&said), "{body:?}\nsaid to {format}: {said:?}");
        codec(format)
            .decode_response(&said)
            .unwrap_or_else(|bad| panic!("{body:?}\nsaid to {format}: {said:?}: {bad}"));
    }
}

fn streams(own: &dyn ChatCodec, chunks: &Value) {
    let (mut reader, mut events) = (own.reader(), Vec::new());
    for chunk in chunks.as_array().into_iter().flatten() {
        reader.read(chunk["type"].as_str().unwrap_or(""), &chunk.to_string(), &mut events);
    }
    reader.finish(&mut events);
    let broke = events.iter().any(|event| matches!(event, Event::Fault(_)));
    for &format in Format::ALL {
        let (mut writer, mut said) = (codec(format).writer(seed()), BytesMut::new());
        events.iter().for_each(|event| writer.write(event, &mut said));
        let (mut reader, mut again) = (codec(format).reader(), Vec::new());
        let mut frames = wire::frame::sse::Reader::default();
        let mut show = |frame: wire::frame::sse::Frame<'_>| {
            assert!(
                &*frame.data == "[DONE]" || is_json(frame.data.as_bytes()),
                "{chunks}\nsaid to {format}: {}",
                frame.data
            );
            reader.read(&frame.event, &frame.data, &mut again);
        };
        frames.feed(&said.freeze(), &mut show).unwrap();
        reader.finish(&mut again);
        let broke_again = again.iter().any(|event| matches!(event, Event::Fault(_)));
        assert_eq!(broke, broke_again, "{chunks}\n{events:?}\nread again from {format}: {again:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn nothing_in_a_body_upsets_a_codec(changes in prop::collection::vec((any::<prop::sample::Index>(), strange()), 0..3)) {
        let both = [
            (Format::OpenAiChat, openai_request(), openai_answer(), openai_chunks()),
            (Format::AnthropicMessages, anthropic_request(), anthropic_answer(), anthropic_chunks()),
        ];
        for (format, request, answer, chunks) in both {
            let body = |value: Value| Bytes::from(mutate(value, &changes).to_string());
            requests(codec(format), &body(request));
            answers(codec(format), &body(answer));
            streams(codec(format), &mutate(chunks, &changes));
        }
    }
}
