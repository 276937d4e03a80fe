//! The examples of `docs/translation.md`: what is printed there is what the codecs make of it.

use crate::meaning::{events, write};
use ir::{Format, Losses};
use std::{fmt::Write, ops::Range};
use stdx::json::{Member, elements, members};
use wire::{Target, table};

/// Title, whose dialect, the model asked, and the request.
const REQUESTS: &[(&str, Format, &str, &str)] = &[
    (
        "An OpenAI client asks Claude",
        Format::OpenAiChat,
        "claude-opus-4-8",
        r#"{"model":"smart","messages":[{"role":"developer","content":"Be brief."},{"role":"user","content":"Weather in Oslo?"},{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Oslo\"}"}}]},{"role":"tool","tool_call_id":"call_1","content":"4 degrees"}],"tools":[{"type":"function","function":{"name":"weather","parameters":{"type":"object","properties":{"city":{"type":"string"}}}}}],"reasoning_effort":"low","seed":7,"max_completion_tokens":500}"#,
    ),
    (
        "An Anthropic client asks an OpenAI model",
        Format::AnthropicMessages,
        "gpt-5",
        r#"{"model":"smart","max_tokens":500,"system":"Be brief.","messages":[{"role":"user","content":[{"type":"text","text":"What is this?","cache_control":{"type":"ephemeral"}},{"type":"image","source":{"type":"url","url":"https://example.org/cat.png"}}]}],"thinking":{"type":"enabled","budget_tokens":4096},"top_k":40}"#,
    ),
];

/// Two calls whose arguments come by turns, as OpenAI allows.
const STREAM: &str = concat!(
    "data: {\"id\":\"chatcmpl-1\",\"model\":\"gpt-5\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"tool_calls\":[{\"index\":0,\"id\":\"call_1\",\"type\":\"function\",\"function\":{\"name\":\"a\",\"arguments\":\"\"}}]}}]}\n\n",
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":1,\"id\":\"call_2\",\"type\":\"function\",\"function\":{\"name\":\"b\",\"arguments\":\"\"}}]}}]}\n\n",
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":1,\"function\":{\"arguments\":\"{\\\"y\\\":2}\"}}]}}]}\n\n",
    "data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{\\\"x\\\":1}\"}}]}}]}\n\n",
    "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\n",
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":20,\"completion_tokens\":9,\"total_tokens\":29}}\n\n",
    "data: [DONE]\n\n",
);

/// Small values on one line, larger ones member by member, in the order they were written, which a value tree would not keep.
fn pretty(json: &str, depth: usize) -> String {
    let is_object = json.starts_with('{');
    if json.len() + 2 * depth <= 100 || !(is_object || json.starts_with('[')) {
        return json.to_owned();
    }
    let mut lines = Vec::new();
    let (bytes, indent) = (json.as_bytes(), "  ".repeat(depth + 1));
    if is_object {
        let visit = &mut |member: &Member| {
            lines.push(format!(
                "{indent}{}: {}",
                &json[member.key.clone()],
                pretty(&json[member.value.clone()], depth + 1)
            ));
        };
        members(bytes, visit).unwrap();
    } else {
        let visit =
            &mut |item: Range<usize>, _| lines.push(format!("{indent}{}", pretty(&json[item], depth + 1)));
        elements(bytes, 0..bytes.len(), visit).unwrap();
    }
    let (open, close) = if is_object { ('{', '}') } else { ('[', ']') };
    format!("{open}\n{}\n{}{close}", lines.join(",\n"), "  ".repeat(depth))
}

pub(super) fn text() -> String {
    let mut text = String::new();
    for &(title, from, model, request) in REQUESTS {
        let to = if from == Format::OpenAiChat { Format::AnthropicMessages } else { Format::OpenAiChat };
        let chat = table::codec(from).decode_request(&request.into()).unwrap();
        let mut losses = Losses::default();
        let target = Target { model, max_output: None, legacy_max_tokens: false };
        let said = table::codec(to).encode_request(&chat, &target, &mut losses).unwrap();
        writeln!(text, "\n**{title}.** It sends\n\n```json\n{}\n```\n", pretty(request, 0)).unwrap();
        writeln!(
            text,
            "and `{model}` is asked\n\n```json\n{}\n```\n",
            pretty(std::str::from_utf8(&said).unwrap(), 0)
        )
        .unwrap();
        writeln!(text, "with `x-tidegate-loss: {}`.", losses.header()).unwrap();
    }
    let written = write(Format::AnthropicMessages, &events(Format::OpenAiChat, &STREAM.into()));
    writeln!(text, "\n**Two tool calls side by side.** An OpenAI model streams\n\n```text\n{}```\n", STREAM)
        .unwrap();
    writeln!(
        text,
        "and the Anthropic client receives one block after the other\n\n```text\n{}```\n",
        String::from_utf8_lossy(&written)
    )
    .unwrap();
    text
}
