//! Whole answers, both ways.

use super::*;

#[test]
fn an_answer_survives_the_round() {
    let body = json!({
        "id": "i", "object": "chat.completion", "created": 3, "model": "gpt", "system_fingerprint": "fp", "service_tier": "default",
        "choices": [{"index": 0, "finish_reason": "tool_calls", "logprobs": {"content": [{"token": "a"}]}, "message": {
            "role": "assistant", "content": "grün", "refusal": null, "reasoning_content": "hm",
            "annotations": [{"type": "url_citation", "url_citation": {"url": "u", "title": "t", "start_index": 0, "end_index": 2}}],
            "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
        }}],
        "usage": {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12,
            "prompt_tokens_details": {"cached_tokens": 2, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 4, "audio_tokens": 0, "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0}},
    });
    let response = OpenAiChat.decode_response(&bytes(&body)).unwrap();
    let mut losses = Losses::default();
    let written = OpenAiChat.encode_response(&response, &seed(), &mut losses);
    assert_eq!(serde_json::from_slice::<Value>(&written).unwrap(), body);
    assert!(losses.is_empty(), "{losses:?}");
}

#[test]
fn answers_that_are_none_are_refused() {
    for body in [
        r#"{"error":{"message":"no"}}"#,
        r#"{"choices":[]}"#,
        "{}",
        "[]",
        "x",
        r#"{"choices":[{"message":{"content":5}}]}"#,
    ] {
        assert!(OpenAiChat.decode_response(&Bytes::from(body)).is_err(), "{body}");
    }
}

#[test]
fn a_refusal_ends_as_openai_ends_it() {
    let body = json!({"choices": [{"message": {"role": "assistant", "content": null, "refusal": "no"}, "finish_reason": "stop"}]});
    let response = OpenAiChat.decode_response(&bytes(&body)).unwrap();
    assert_eq!(response.finish, Some(Finish::Refusal));
    let written = OpenAiChat.encode_response(&response, &seed(), &mut Losses::default());
    let written: Value = serde_json::from_slice(&written).unwrap();
    assert_eq!(
        (&written["choices"][0]["finish_reason"], &written["choices"][0]["message"]["refusal"]),
        (&json!("stop"), &json!("no"))
    );
    assert_eq!(
        (&written["id"], &written["model"], &written["created"]),
        (&json!("chatcmpl-s"), &json!("shown"), &json!(5))
    );
}
