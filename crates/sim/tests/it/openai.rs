//! OpenAI's dialect.

use serde_json::{Value, json};

use super::{ask, post, see, simulator};

const CHAT: &str = "/v1/chat/completions";

fn chat(more: Value) -> Value {
    let mut body = json!({"model": "gpt-4.1", "messages": [{"role": "user", "content": "hello"}]});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

fn weather() -> Value {
    json!([{"type": "function", "function": {"name": "get_weather", "parameters": {
        "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"],
    }}}])
}

/// The complaint about a request that is `chat` with these fields: message, param and code.
async fn check(more: Value, message: &str, param: Value, code: Value) {
    let seen = ask(CHAT, "", &chat(more)).await;
    let expected = json!({"message": message, "type": "invalid_request_error", "param": param, "code": code});
    assert_eq!((seen.status, &seen.json()["error"]), (400, &expected));
}

#[tokio::test(start_paused = true)]
async fn the_same_request_gets_the_same_answer() {
    let one = ask(CHAT, "", &chat(json!({}))).await;
    let two = ask(CHAT, "", &chat(json!({}))).await;
    assert_eq!((one.status, one.text.as_str()), (200, two.text.as_str()));
    assert_eq!(one.json()["model"], "gpt-4.1");
    assert_eq!(
        one.json()["usage"]["total_tokens"].as_u64(),
        Some(
            one.json()["usage"]["prompt_tokens"].as_u64().unwrap()
                + one.json()["usage"]["completion_tokens"].as_u64().unwrap()
        )
    );
}

#[tokio::test(start_paused = true)]
async fn a_stream_says_what_the_whole_answer_says() {
    for more in [
        json!({}),
        json!({"n": 2}),
        json!({"model": "gpt-reasoner"}),
        json!({"tools": weather(), "tool_choice": "required"}),
    ] {
        let whole = ask(CHAT, "echo", &chat(more.clone())).await.json();
        let mut streamed = chat(more);
        streamed["stream"] = json!(true);
        streamed["stream_options"] = json!({"include_usage": true});
        let seen = ask(CHAT, "echo", &streamed).await;
        let events = seen.events();
        let (done, chunks) = events.split_last().unwrap();
        assert_eq!(done, "[DONE]");
        for choice in whole["choices"].as_array().unwrap() {
            let deltas = |field: &str| -> String {
                let choices = chunks.iter().flat_map(|chunk| chunk["choices"].as_array().unwrap());
                let ours = choices.filter(|other| other["index"] == choice["index"]);
                ours.filter_map(|other| other["delta"][field].as_str().map(str::to_owned)).collect()
            };
            let said = |field: &str| choice["message"][field].as_str().unwrap_or_default().to_owned();
            assert_eq!(deltas("content"), said("content"));
            assert_eq!(deltas("role"), "assistant");
            // Another body is another request, so made-up words differ; their presence must not.
            assert_eq!(deltas("reasoning_content").is_empty(), said("reasoning_content").is_empty());
        }
        let (last, before) = chunks.split_last().unwrap();
        assert_eq!(last["choices"], json!([]));
        assert!(last["usage"]["total_tokens"].is_u64());
        assert!(
            before
                .iter()
                .all(|chunk| chunk.as_object().unwrap().contains_key("usage") && chunk["usage"].is_null())
        );
    }
}

#[tokio::test(start_paused = true)]
async fn without_include_usage_no_chunk_has_any() {
    let seen = ask(CHAT, "", &chat(json!({"stream": true}))).await;
    let events = seen.events();
    let (_, chunks) = events.split_last().unwrap();
    assert!(chunks.iter().all(|chunk| chunk.get("usage").is_none() && chunk["choices"] != json!([])));
}

#[tokio::test(start_paused = true)]
async fn tool_arguments_are_streamed_in_pieces_and_parse() {
    let body = chat(json!({"stream": true, "tools": weather(), "tool_choice": "required"}));
    let seen = ask(CHAT, "tools=2", &body).await;
    let mut arguments = vec![String::new(); 2];
    let mut ids = Vec::new();
    for chunk in seen.events() {
        for call in chunk["choices"][0]["delta"]["tool_calls"].as_array().into_iter().flatten() {
            let index = usize::try_from(call["index"].as_u64().unwrap()).unwrap();
            arguments[index].push_str(call["function"]["arguments"].as_str().unwrap());
            ids.extend(call["id"].as_str().map(str::to_owned));
        }
    }
    assert!(
        arguments.iter().all(|text| serde_json::from_str::<Value>(text).unwrap()["city"].is_string()),
        "{arguments:?}"
    );
    assert!(ids.len() == 2 && ids[0] != ids[1], "{ids:?}");
    assert!(seen.text.contains("\"finish_reason\":\"tool_calls\""));
}

#[tokio::test(start_paused = true)]
async fn long_prompts_are_cached_by_themselves() {
    let sim = simulator();
    let body = chat(json!({"messages": [{"role": "user", "content": "tide ".repeat(2_000)}]})).to_string();
    let mut cached = Vec::new();
    for _ in 0..2 {
        let usage = &see(&sim, post(CHAT, "", body.clone())).await.json()["usage"];
        assert!(usage["prompt_tokens"].as_u64().unwrap() >= 2_000);
        cached.push(usage["prompt_tokens_details"]["cached_tokens"].as_u64().unwrap());
    }
    assert_eq!(cached[0], 0);
    assert!(cached[1] >= 1_920 && cached[1].is_multiple_of(128), "{cached:?}");
}

#[tokio::test(start_paused = true)]
async fn mistakes_are_named_in_openais_words() {
    check(
        json!({"messages": null}),
        "Missing required parameter: 'messages'.",
        json!("messages"),
        json!("missing_required_parameter"),
    )
    .await;
    check(
        json!({"messages": "hi"}),
        "Invalid type for 'messages': expected an array of objects, but got a string instead.",
        json!("messages"),
        json!("invalid_type"),
    )
    .await;
    check(
        json!({"stream_options": {}}),
        "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
        json!("stream_options"),
        Value::Null,
    )
    .await;
    check(
        json!({"temperature": 3}),
        "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 3 instead.",
        json!("temperature"),
        json!("decimal_above_max_value"),
    )
    .await;
    check(
        json!({"unheard_of": 1}),
        "Unrecognized request argument supplied: unheard_of",
        Value::Null,
        Value::Null,
    )
    .await;
    check(
        json!({"tool_choice": "auto"}),
        "Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified.",
        json!("tool_choice"),
        Value::Null,
    )
    .await;
    check(json!({"messages": [{"role": "tool", "tool_call_id": "x", "content": "1"}]}),
        "Invalid parameter: messages with role 'tool' must be a response to a preceding message with 'tool_calls'.",
        json!("messages.[0].role"), Value::Null).await;
    let call = json!({"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}});
    check(json!({"messages": [{"role": "assistant", "tool_calls": [call]}, {"role": "user", "content": "so?"}]}),
        "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. \
         The following tool_call_ids did not have response messages: c1",
        json!("messages.[1].role"), Value::Null).await;
}

#[tokio::test(start_paused = true)]
async fn bad_json_and_unknown_models_are_refused() {
    let seen = see(&simulator(), post(CHAT, "", "{\"model\": ")).await;
    assert_eq!((seen.status, seen.json()["error"]["type"].as_str()), (400, Some("invalid_request_error")));
    let seen = ask(CHAT, "", &chat(json!({"model": "nonexistent-1"}))).await;
    assert_eq!((seen.status, seen.json()["error"]["code"].as_str()), (404, Some("model_not_found")));
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(see(&simulator(), post(CHAT, "", deep)).await.status, 400);
}

#[tokio::test(start_paused = true)]
async fn embeddings_follow_from_the_text_in_both_encodings() {
    let body = |format: &str| json!({"model": "e", "input": ["a", "b", "a"], "dimensions": 4, "encoding_format": format});
    let floats = ask("/v1/embeddings", "", &body("float")).await.json();
    let texts = ask("/v1/embeddings", "", &body("base64")).await.json();
    let vector = &floats["data"][0]["embedding"];
    assert_eq!(vector, &floats["data"][2]["embedding"]);
    assert_ne!(vector, &floats["data"][1]["embedding"]);
    let length: f64 = vector.as_array().unwrap().iter().map(|number| number.as_f64().unwrap().powi(2)).sum();
    assert!((length - 1.0).abs() < 1e-5, "{length}");
    // Four little-endian floats are 16 bytes, 24 characters.
    assert_eq!(texts["data"][0]["embedding"].as_str().unwrap().len(), 24);
}
