//! Anthropic's dialect in small cases: how a request of another origin is spelled, and what damaged streams become.

use crate::meaning::{assemble, events};
use ir::{Event, Finish, Format, Losses, Part};
use serde_json::{Value, json};
use wire::{Refused, Target, table};

const FROM: Format = Format::OpenAiChat;
const TO: Format = Format::AnthropicMessages;

fn said_for(model: &str, max_output: Option<u64>, request: Value) -> Result<(Value, String), Refused> {
    let chat = table::codec(FROM).decode_request(&request.to_string().into()).unwrap();
    let mut losses = Losses::default();
    let target = Target { model, max_output, legacy_max_tokens: false };
    let said = table::codec(TO).encode_request(&chat, &target, &mut losses)?;
    Ok((serde_json::from_slice(&said).unwrap(), losses.header()))
}

fn said(request: Value) -> (Value, String) {
    said_for("claude-sonnet-4-5", Some(64_000), request).unwrap()
}

#[test]
fn turns_are_merged_and_results_come_first() {
    let (said, losses) = said(json!({"model": "m", "messages": [
        {"role": "user", "content": "one"},
        {"role": "user", "content": "two"},
        {"role": "assistant", "content": "", "tool_calls": [
            {"id": "functions.a:0", "type": "function", "function": {"name": "a", "arguments": ""}},
            {"id": "b", "type": "function", "function": {"name": "b", "arguments": "{\"x\":1}"}},
        ]},
        {"role": "tool", "tool_call_id": "functions.a:0", "content": "A"},
        {"role": "tool", "tool_call_id": "b", "content": ""},
        {"role": "user", "content": "three"},
    ]}));
    let text = |text: &str| json!({"type": "text", "text": text});
    assert_eq!(
        said["messages"],
        json!([
            {"role": "user", "content": [text("one"), text("two")]},
            {"role": "assistant", "content": [
                {"type": "tool_use", "id": "functions_u2E_a_u3A_0", "name": "a", "input": {}},
                {"type": "tool_use", "id": "b", "name": "b", "input": {"x": 1}},
            ]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "functions_u2E_a_u3A_0", "content": [text("A")]},
                {"type": "tool_result", "tool_use_id": "b"},
                text("three"),
            ]},
        ])
    );
    assert_eq!((losses.as_str(), &said["max_tokens"]), ("", &json!(64_000)));
}

#[test]
fn a_request_of_instructions_only_becomes_a_users() {
    let (said, losses) = said(json!({"model": "m", "messages": [{"role": "developer", "content": "hello"}]}));
    assert_eq!(said["messages"][0]["role"], "user");
    assert_eq!(said["system"], Value::Null);
    assert_eq!(losses, "approximated=messages[0].role");
}

#[test]
fn a_conversation_of_blank_text_is_refused_here_rather_than_there() {
    let blank = json!({"model": "m", "messages": [{"role": "user", "content": " \n"}]});
    let refused = said_for("m", None, blank).unwrap_err();
    assert!(refused.to_string().contains("messages"), "{refused}");
}

#[test]
fn late_instructions_stay_where_the_model_takes_them() {
    let request = |last: &str| {
        json!({"model": "m", "messages": [
            {"role": "user", "content": "one"}, {"role": "system", "content": "late"}, {"role": last, "content": "two"},
        ]})
    };
    let roles = |model: &str, last: &str| {
        let (said, _) = said_for(model, None, request(last)).unwrap();
        said["messages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|m| m["role"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(roles("claude-opus-4-8", "assistant"), ["user", "system", "assistant"]);
    assert_eq!(roles("claude-opus-4-8", "user"), ["user"], "not before another user's turn");
    assert_eq!(roles("claude-opus-4-5", "assistant"), ["user", "assistant"]);
}

#[test]
fn reasoning_and_what_rules_it_out() {
    let tools = json!([{"type": "function", "function": {"name": "f"}}]);
    let base = |more: Value| {
        let mut request = json!({"model": "m", "messages": [{"role": "user", "content": "hi"}], "reasoning_effort": "high"});
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        request
    };
    let thinking =
        |model: &str, more: Value| said_for(model, Some(64_000), base(more)).unwrap().0["thinking"].clone();
    assert_eq!(thinking("claude-opus-4-8", json!({})), json!({"type": "adaptive"}));
    assert_eq!(thinking("claude-sonnet-4-5", json!({})), json!({"type": "enabled", "budget_tokens": 16_384}));
    assert_eq!(
        thinking("claude-sonnet-4-5", json!({"max_tokens": 4000})),
        json!({"type": "enabled", "budget_tokens": 2000})
    );
    assert_eq!(thinking("claude-sonnet-4-5", json!({"max_tokens": 500})), Value::Null);
    assert_eq!(thinking("claude-3-5-haiku-20241022", json!({})), Value::Null);
    assert_eq!(
        thinking("claude-sonnet-4-5", json!({"tools": tools, "tool_choice": "required"})),
        Value::Null
    );
    let resumed = json!({"messages": [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": null, "tool_calls": [{"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "a", "content": "x"},
    ]});
    assert_eq!(
        thinking("claude-sonnet-4-5", resumed.clone()),
        Value::Null,
        "its thought is not there to begin with"
    );
    assert_eq!(
        thinking("claude-opus-4-8", resumed),
        json!({"type": "adaptive"}),
        "which only a budget demands"
    );
    let (said, losses) =
        said_for("claude-sonnet-4-5", Some(64_000), base(json!({"temperature": 0.2}))).unwrap();
    assert_eq!((said.get("temperature"), losses.contains("dropped=temperature")), (None, true));
}

#[test]
fn what_would_change_the_answer_is_refused_by_name() {
    for (field, what) in [
        (json!({"n": 2}), "n"),
        (json!({"logprobs": true}), "logprobs"),
        (json!({"modalities": ["audio"]}), "modalities"),
        (json!({"web_search_options": {}}), "web_search_options"),
        (json!({"tools": [{"type": "custom", "custom": {"name": "c"}}]}), "tools[0]"),
        (json!({"tools": [{"type": "function", "function": {"name": "x".repeat(129)}}]}), "tools[0].name"),
    ] {
        let mut request = json!({"model": "m", "messages": [{"role": "user", "content": "hi"}]});
        request.as_object_mut().unwrap().extend(field.as_object().unwrap().clone());
        let refused = said_for("claude-sonnet-4-5", None, request).unwrap_err();
        assert_eq!(refused.what, what, "{refused}");
    }
}

#[test]
fn a_tool_name_that_was_made_to_fit_is_read_back() {
    let (said, _) = said(json!({"model": "m", "messages": [{"role": "user", "content": "hi"}],
        "tools": [{"type": "function", "function": {"name": "repo/read.file"}}]}));
    let name = said["tools"][0]["name"].as_str().unwrap();
    let answer = json!({"type": "message", "content": [{"type": "tool_use", "id": "a", "name": name, "input": {}}], "stop_reason": "tool_use"});
    let response = table::codec(TO).decode_response(&answer.to_string().into()).unwrap();
    let Part::ToolCall(call) = &response.parts[0] else { panic!("{response:?}") };
    assert_eq!(call.name, "repo/read.file");
    let stream = format!(
        "data: {{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{{\"type\":\"tool_use\",\"id\":\"a\",\"name\":\"{name}\",\"input\":{{}}}}}}\n\n"
    );
    assert!(format!("{:?}", events(TO, &stream.into())).contains("repo/read.file"));
}

/// A stream from its events' data, and what it comes to.
fn stream(data: &[Value]) -> Vec<Event> {
    let text: String = data
        .iter()
        .map(|data| format!("event: {}\ndata: {data}\n\n", data["type"].as_str().unwrap()))
        .collect();
    events(TO, &text.into())
}

fn start() -> Value {
    json!({"type": "message_start", "message": {"id": "msg_1", "model": "m", "content": [], "usage": {"input_tokens": 3, "output_tokens": 1}}})
}

fn block(index: u64, block: Value) -> Value {
    json!({"type": "content_block_start", "index": index, "content_block": block})
}

fn delta(index: u64, delta: Value) -> Value {
    json!({"type": "content_block_delta", "index": index, "delta": delta})
}

fn end(reason: &str) -> [Value; 2] {
    [
        json!({"type": "message_delta", "delta": {"stop_reason": reason}, "usage": {"output_tokens": 9}}),
        json!({"type": "message_stop"}),
    ]
}

#[test]
fn a_whole_block_in_its_start_is_read() {
    let [delta_event, stop] = end("tool_use");
    let read = stream(&[
        start(),
        block(0, json!({"type": "text", "text": "whole"})),
        json!({"type": "content_block_stop", "index": 0}),
        block(1, json!({"type": "tool_use", "id": "a", "name": "f", "input": {"x": 1}})),
        json!({"type": "content_block_stop", "index": 1}),
        block(2, json!({"type": "tool_use", "id": "b", "name": "g", "input": {}})),
        delta_event,
        stop,
    ]);
    let response = assemble(&read).unwrap();
    let arguments: Vec<_> = response
        .parts
        .iter()
        .filter_map(|part| if let Part::ToolCall(call) = part { Some(&*call.arguments) } else { None })
        .collect();
    assert_eq!(arguments, [r#"{"x":1}"#, "{}"]);
    assert_eq!(response.usage.unwrap().output, 9);
}

#[test]
fn blocks_without_a_start_or_a_stop_are_read_all_the_same() {
    let [delta_event, stop] = end("end_turn");
    let read = stream(&[
        start(),
        delta(0, json!({"type": "text_delta", "text": "a"})),
        block(1, json!({"type": "thinking", "thinking": ""})),
        delta(1, json!({"type": "thinking_delta", "thinking": "b"})),
        json!({"type": "brand_new", "x": 1}),
        delta_event,
        stop,
    ]);
    assert_eq!(assemble(&read).unwrap().parts.len(), 2);
}

#[test]
fn server_tools_are_kept_whole_with_their_streamed_input() {
    let [delta_event, stop] = end("end_turn");
    let read = stream(&[
        start(),
        block(0, json!({"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}})),
        delta(0, json!({"type": "input_json_delta", "partial_json": "{\"q\":"})),
        delta(0, json!({"type": "input_json_delta", "partial_json": "1}"})),
        json!({"type": "content_block_stop", "index": 0}),
        delta_event,
        stop,
    ]);
    let Some(Part::Foreign(foreign)) = assemble(&read).unwrap().parts.pop() else { panic!() };
    let json: Value = serde_json::from_str(foreign.json.as_str()).unwrap();
    assert_eq!(json["input"], json!({"q": 1}));
}

#[test]
fn what_cannot_be_an_answer_is_a_fault() {
    let ends_in_fault =
        |data: &[Value]| assert!(matches!(stream(data).last(), Some(Event::Fault(_))), "{data:?}");
    ends_in_fault(&[]);
    ends_in_fault(&[start()]);
    ends_in_fault(&[start(), delta(0, json!({"type": "input_json_delta", "partial_json": "{}"}))]);
    ends_in_fault(&[start(), json!({"type": "message_stop"})]);
    ends_in_fault(&[start(), json!({"type": "message_start", "message": {"id": "msg_2"}})]);
    ends_in_fault(&[
        start(),
        json!({"type": "error", "error": {"type": "overloaded_error", "message": "m"}}),
    ]);
    ends_in_fault(&[start(), json!({"type": "content_block_start", "index": "x"})]);
    let [delta_event, _] = end("end_turn");
    ends_in_fault(&[start(), delta_event]);
}

#[test]
fn the_same_message_started_twice_is_a_stutter() {
    let [delta_event, stop] = end("stop_sequence");
    let read = stream(&[start(), start(), delta_event, stop]);
    assert_eq!(assemble(&read).unwrap().finish, Some(Finish::StopSequence(None)));
}

#[test]
fn a_signed_thought_leads_its_turn_and_lets_thinking_go_on() {
    let (said, losses) = said(json!({"model": "m", "reasoning_effort": "low", "messages": [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": "let me see", "reasoning_content": "hm",
         "reasoning_details": [{"type": "reasoning.text", "text": "hm", "signature": "c2ln", "format": "anthropic-claude-v1"}],
         "tool_calls": [{"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "a", "content": "x"},
    ]}));
    let kinds: Vec<_> = said["messages"][1]["content"]
        .as_array()
        .unwrap()
        .iter()
        .map(|block| block["type"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["thinking", "text", "tool_use"]);
    assert_eq!(said["thinking"], json!({"type": "enabled", "budget_tokens": 2048}));
    assert_eq!(losses, "approximated=reasoning");
}
