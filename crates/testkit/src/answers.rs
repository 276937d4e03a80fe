//! What providers say, written by hand: whole answers and streams in both dialects, small enough to read in a test.

use crate::Step;
use bytes::Bytes;
use serde_json::{Value, json};

/// A whole answer with a JSON body; `headers` are lines that end in CRLF.
pub fn http_answer(status: u16, headers: &str, body: &str) -> Step {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n{headers}\r\n"
    );
    Step::Send(format!("{head}{body}").into())
}

/// The head of an event stream that ends with the connection.
pub fn sse_head() -> Step {
    Step::Send(Bytes::from_static(
        b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n",
    ))
}

/// The head of an event stream that ends with its last chunk, so that the connection can be used again.
pub fn chunked_head() -> Step {
    Step::Send(Bytes::from_static(
        b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n",
    ))
}

/// One chunk of a chunked body; an empty one ends it.
pub fn chunk(text: &str) -> Step {
    Step::Send(format!("{:x}\r\n{text}\r\n", text.len()).into())
}

/// Text as it is.
pub fn raw(text: &str) -> Step {
    Step::Send(text.to_owned().into())
}

/// A chat completion that says `text`, with usage.
pub fn completion(text: &str, input: u64, output: u64) -> String {
    json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "up-1",
        "choices": [{ "index": 0, "message": { "role": "assistant", "content": text }, "finish_reason": "stop" }],
        "usage": { "prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output },
    })
    .to_string()
}

/// A message that says `text`, with usage.
pub fn message(text: &str, input: u64, output: u64) -> String {
    json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "up-1",
        "content": [{ "type": "text", "text": text }], "stop_reason": "end_turn", "stop_sequence": null,
        "usage": { "input_tokens": input, "output_tokens": output },
    })
    .to_string()
}

/// One event of an OpenAI stream.
pub fn data(value: &Value) -> String {
    format!("data: {value}\n\n")
}

fn part(choices: Value, usage: Value) -> Value {
    json!({ "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "up-1", "choices": choices, "usage": usage })
}

/// The events of an OpenAI stream.
pub mod openai {
    use super::*;

    /// The first chunk: a role and no content.
    pub fn role() -> String {
        data(&part(
            json!([{ "index": 0, "delta": { "role": "assistant", "content": "" }, "finish_reason": null }]),
            Value::Null,
        ))
    }

    pub fn text(text: &str) -> String {
        data(&part(json!([{ "index": 0, "delta": { "content": text }, "finish_reason": null }]), Value::Null))
    }

    pub fn stop() -> String {
        data(&part(json!([{ "index": 0, "delta": {}, "finish_reason": "stop" }]), Value::Null))
    }

    /// The chunk that holds nothing but usage.
    pub fn usage(input: u64, output: u64) -> String {
        let usage =
            json!({ "prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output });
        data(&part(json!([]), usage))
    }

    pub const DONE: &str = "data: [DONE]\n\n";

    /// A whole stream that says `words`.
    pub fn stream(words: &[&str], input: u64, output: u64) -> String {
        let words: String = words.iter().map(|word| text(word)).collect();
        [role(), words, stop(), usage(input, output), DONE.to_owned()].concat()
    }
}

/// The events of an Anthropic stream.
pub mod anthropic {
    use super::*;

    fn event(value: &Value) -> String {
        format!("event: {}\ndata: {value}\n\n", value["type"].as_str().unwrap())
    }

    pub fn start(input: u64) -> String {
        event(&json!({ "type": "message_start", "message": {
            "id": "msg_1", "type": "message", "role": "assistant", "model": "up-1", "content": [],
            "stop_reason": null, "stop_sequence": null, "usage": { "input_tokens": input, "output_tokens": 1 },
        } }))
    }

    pub fn block() -> String {
        event(
            &json!({ "type": "content_block_start", "index": 0, "content_block": { "type": "text", "text": "" } }),
        )
    }

    pub fn text(text: &str) -> String {
        event(
            &json!({ "type": "content_block_delta", "index": 0, "delta": { "type": "text_delta", "text": text } }),
        )
    }

    pub fn stop(output: u64) -> String {
        [
            event(&json!({ "type": "content_block_stop", "index": 0 })),
            event(&json!({ "type": "message_delta", "delta": { "stop_reason": "end_turn", "stop_sequence": null },
                "usage": { "output_tokens": output } })),
            event(&json!({ "type": "message_stop" })),
        ]
        .concat()
    }

    /// A whole stream that says `words`.
    pub fn stream(words: &[&str], input: u64, output: u64) -> String {
        let words: String = words.iter().map(|word| text(word)).collect();
        [start(input), block(), words, stop(output)].concat()
    }
}

/// A whole stream as one answer.
pub fn sse(events: &str) -> Vec<Step> {
    vec![sse_head(), raw(events), Step::Close]
}
