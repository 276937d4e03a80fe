//! Anthropic's dialect.

use http::Request;
use serde_json::{Value, json};

use super::{ask, post, see, simulator};

const MESSAGES: &str = "/v1/messages";

fn messages(more: Value) -> Value {
    let mut body =
        json!({"model": "claude", "max_tokens": 2_000, "messages": [{"role": "user", "content": "hello"}]});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

fn thinking() -> Value {
    json!({"type": "enabled", "budget_tokens": 1_024})
}

fn weather() -> Value {
    json!([{"name": "get_weather", "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}}}])
}

async fn check(more: Value, message: &str) {
    let seen = ask(MESSAGES, "", &messages(more)).await;
    let json = seen.json();
    assert_eq!((seen.status, json["error"]["message"].as_str()), (400, Some(message)));
    assert_eq!(json["error"]["type"], "invalid_request_error");
    assert_eq!(json["request_id"].as_str(), seen.headers.get("request-id").map(|id| id.to_str().unwrap()));
}

#[tokio::test(start_paused = true)]
async fn events_come_in_their_order() {
    let body = messages(json!({"stream": true, "thinking": thinking(), "tools": weather(),
        "messages": [{"role": "user", "content": "weather?"}]}));
    let events = ask(MESSAGES, "", &body).await.events();
    let mut kinds: Vec<String> =
        events.iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect();
    kinds.dedup();
    let block = ["content_block_start", "content_block_delta", "content_block_stop"];
    let expected =
        [&["message_start", "ping"][..], &block, &block, &["message_delta", "message_stop"]].concat();
    assert_eq!(kinds, expected);
    let deltas: Vec<&str> = events.iter().filter_map(|event| event["delta"]["type"].as_str()).collect();
    assert!(
        deltas.contains(&"thinking_delta")
            && deltas.contains(&"signature_delta")
            && deltas.contains(&"input_json_delta")
    );
    let arguments: String =
        events.iter().filter_map(|event| event["delta"]["partial_json"].as_str()).collect();
    assert!(serde_json::from_str::<Value>(&arguments).unwrap()["city"].is_string(), "{arguments}");
}

#[tokio::test(start_paused = true)]
async fn a_thought_must_come_back_as_it_went() {
    let first = messages(
        json!({"thinking": thinking(), "tools": weather(), "messages": [{"role": "user", "content": "weather?"}]}),
    );
    let content = ask(MESSAGES, "", &first).await.json()["content"].clone();
    let id = content[1]["id"].as_str().unwrap();
    let second = |content: &Value| {
        messages(json!({"thinking": thinking(), "tools": weather(), "messages": [
            {"role": "user", "content": "weather?"}, {"role": "assistant", "content": content},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": id, "content": "sunny"}]},
        ]}))
    };
    let seen = ask(MESSAGES, "", &second(&content)).await;
    let answer = seen.json();
    assert_eq!(answer["content"][1]["text"], "The tool answered: sunny", "{answer}");
    let complaint = |content: Value| async move {
        ask(MESSAGES, "", &second(&content)).await.json()["error"]["message"].as_str().unwrap().to_owned()
    };
    let mut changed = content.clone();
    changed[0]["thinking"] = json!("something else");
    assert_eq!(complaint(changed).await, "messages.1.content.0: Invalid `signature` in `thinking` block");
    let without = json!([content[1]]);
    assert!(complaint(without).await.contains("must start with a thinking block"));
}

#[tokio::test(start_paused = true)]
async fn marked_prompts_are_written_once_and_read_after() {
    let sim = simulator();
    let body = messages(
        json!({"system": [{"type": "text", "text": "be brief ".repeat(20), "cache_control": {"type": "ephemeral", "ttl": "1h"}}]}),
    );
    let mut usages = Vec::new();
    for _ in 0..2 {
        usages.push(see(&sim, post(MESSAGES, "", body.to_string())).await.json()["usage"].clone());
    }
    let written = usages[0]["cache_creation"]["ephemeral_1h_input_tokens"].as_u64().unwrap();
    assert!(written > 20, "{}", usages[0]);
    assert_eq!(usages[0]["cache_creation_input_tokens"], written);
    assert_eq!(
        (usages[1]["cache_read_input_tokens"].as_u64(), &usages[1]["cache_creation_input_tokens"]),
        (Some(written), &json!(0))
    );
    assert_eq!(usages[0]["input_tokens"], usages[1]["input_tokens"]);
}

#[tokio::test(start_paused = true)]
async fn mistakes_are_named_in_anthropics_words() {
    check(json!({"max_tokens": 0}), "max_tokens: must be greater than or equal to 1").await;
    check(json!({"top_logprobs": 1}), "top_logprobs: Extra inputs are not permitted").await;
    check(
        json!({"messages": [{"role": "tool", "content": "x"}]}),
        "messages.0.role: Input should be 'user' or 'assistant'",
    )
    .await;
    check(
        json!({"messages": [{"role": "user", "content": [{"type": "text", "text": ""}]}]}),
        "messages: text content blocks must be non-empty",
    )
    .await;
    check(json!({"temperature": 1.5}), "temperature: range: 0..1").await;
    check(
        json!({"tool_choice": {"type": "any"}}),
        "tool_choice may only be specified while providing tools.",
    )
    .await;
    check(
        json!({"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "so "}]}),
        "messages: final assistant content cannot end with trailing whitespace",
    )
    .await;
    check(json!({"messages": [{"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "x"}]}]}),
        "messages.0.content.0: unexpected `tool_use_id` found in `tool_result` blocks: t1. Each `tool_result` block must \
         have a corresponding `tool_use` block in the previous message.").await;
    let call = json!({"type": "tool_use", "id": "t1", "name": "f", "input": {}});
    check(json!({"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": [call]}, {"role": "user", "content": "?"}]}),
        "messages.1: `tool_use` ids were found without `tool_result` blocks immediately after: t1. Each `tool_use` block \
         must have a corresponding `tool_result` block in the next message.").await;
}

#[tokio::test(start_paused = true)]
async fn the_version_header_is_required() {
    let request = Request::post(MESSAGES).body(messages(json!({})).to_string().into()).unwrap();
    let seen = see(&simulator(), request).await;
    assert_eq!(
        (seen.status, seen.json()["error"]["message"].as_str()),
        (400, Some("anthropic-version: header is required"))
    );
}

#[tokio::test(start_paused = true)]
async fn tokens_are_counted_as_they_would_be_charged() {
    let asked = json!({"model": "claude", "messages": [{"role": "user", "content": "one two three"}], "system": "be brief"});
    let counted = ask("/v1/messages/count_tokens", "", &asked).await.json();
    let mut sent = asked.clone();
    sent["max_tokens"] = json!(5);
    assert_eq!(counted["input_tokens"], ask(MESSAGES, "", &sent).await.json()["usage"]["input_tokens"]);
    let refused = ask("/v1/messages/count_tokens", "", &sent).await;
    assert_eq!(refused.json()["error"]["message"], "max_tokens: Extra inputs are not permitted");
}

#[tokio::test(start_paused = true)]
async fn documents_are_cited() {
    let document = json!({"type": "document", "title": "t", "citations": {"enabled": true},
        "source": {"type": "text", "media_type": "text/plain", "data": "Tide is high. Sea is low."}});
    let body = |stream: bool| {
        messages(
            json!({"stream": stream, "messages": [{"role": "user", "content": [document, {"type": "text", "text": "?"}]}]}),
        )
    };
    let whole = ask(MESSAGES, "", &body(false)).await.json();
    assert_eq!(whole["content"][0]["citations"][0]["cited_text"], "Tide is high. ");
    let streamed = ask(MESSAGES, "", &body(true)).await.events();
    let cited = streamed.iter().find(|event| event["delta"]["type"] == "citations_delta").unwrap();
    assert_eq!(cited["delta"]["citation"], whole["content"][0]["citations"][0]);
}
