//! The members of a stream chunk that anybody here reads.

use crate::anthropic_messages::node::{Content, Text, node};
use serde_json::value::RawValue;

node! {
    struct ChunkWire<'a> {
        "id" => id: Text<'a>,
        "model" => model: Text<'a>,
        "created" => created: f64,
        "service_tier" => service_tier: &'a RawValue,
        "choices" => choices: Vec<ChoiceWire<'a>>,
        "usage" => usage: &'a RawValue,
        "x_groq" => x_groq: GroqWire<'a>,
        "error" => error: &'a RawValue,
    }
}

node! {
    struct GroqWire<'a> {
        "usage" => usage: &'a RawValue,
        "error" => error: &'a RawValue,
    }
}

node! {
    struct ChoiceWire<'a> {
        "index" => index: u64,
        "delta" => delta: DeltaWire<'a>,
        "finish_reason" => finish_reason: Text<'a>,
        "logprobs" => logprobs: &'a RawValue,
        "usage" => usage: &'a RawValue,
    }
}

node! {
    struct DeltaWire<'a> {
        "content" => content: Content<'a>,
        "refusal" => refusal: Text<'a>,
        "reasoning_content" => reasoning_content: Text<'a>,
        "reasoning" => reasoning: &'a RawValue,
        "reasoning_details" => reasoning_details: &'a RawValue,
        "tool_calls" => tool_calls: Vec<CallWire<'a>>,
        "function_call" => function_call: FunctionWire<'a>,
        "annotations" => annotations: Vec<&'a RawValue>,
        "images" => images: &'a RawValue,
    }
}

node! {
    struct CallWire<'a> {
        "index" => index: &'a RawValue,
        "id" => id: Text<'a>,
        "function" => function: FunctionWire<'a>,
    }
}

node! {
    struct FunctionWire<'a> {
        "name" => name: Text<'a>,
        "arguments" => arguments: &'a RawValue,
    }
}
