//! What a request or an answer means, without how any dialect spells it: the measure by which a translation is judged.

use bytes::{Bytes, BytesMut};
use ir::{
    Assembler, ChatRequest, ChatResponse, Event, Fault, Finish, Format, Grammar, MediaSource, Part, Role,
    Usage,
};
use serde_json::{Value, json};
use wire::{
    Seed,
    frame::sse::{Frame, Reader},
    table,
};

pub(crate) fn seed() -> Seed {
    Seed { id: "seed".into(), created: 1_760_000_000, model: "asked-for".into(), include_usage: true }
}

/// What an answer says.
#[derive(Debug, PartialEq)]
pub(crate) struct Meaning {
    pub(crate) text: String,
    pub(crate) refusal: String,
    pub(crate) reasoning: String,
    /// Id, name and arguments of each call.
    pub(crate) calls: Vec<(String, String, Value)>,
    pub(crate) stop: &'static str,
    /// All input, cached input, output.
    pub(crate) usage: Option<(u64, u64, u64)>,
}

impl Meaning {
    pub(crate) fn of(response: &ChatResponse) -> Self {
        let collect =
            |pick: fn(&Part) -> Option<&str>| response.parts.iter().filter_map(pick).collect::<String>();
        let calls: Vec<_> = response
            .parts
            .iter()
            .filter_map(|part| if let Part::ToolCall(call) = part { Some(call) } else { None })
            .map(|call| (call.id.to_string(), call.name.to_string(), arguments(&call.arguments)))
            .collect();
        Self {
            text: collect(|part| if let Part::Text(text) = part { Some(&text.text) } else { None }),
            refusal: collect(|part| if let Part::Refusal(text) = part { Some(text) } else { None }),
            reasoning: collect(
                |part| if let Part::Reasoning(thought) = part { Some(&thought.text) } else { None },
            ),
            stop: stop(response.finish.as_ref(), !calls.is_empty()),
            calls,
            usage: response.usage.map(|usage: Usage| (usage.total_input(), usage.cached, usage.output)),
        }
    }

    /// As the target's SDK should see it.
    pub(crate) fn expectation(&self, client: Format, had_finish: bool) -> Value {
        let word = match (client, self.stop) {
            (Format::OpenAiChat, "tools") => "tool_calls",
            // OpenAI ends a refusal that says why like any answer.
            (Format::OpenAiChat, "refused") if !self.refusal.is_empty() => "stop",
            (Format::OpenAiChat, "refused") => "content_filter",
            (Format::OpenAiChat, other) => other,
            (Format::AnthropicMessages, "stop") if !self.refusal.is_empty() => "refusal",
            (Format::AnthropicMessages, "stop") => "end_turn",
            (Format::AnthropicMessages, "length") => "max_tokens",
            (Format::AnthropicMessages, "tools") => "tool_use",
            (Format::AnthropicMessages, _) => "refusal",
        };
        json!({
            "text": self.text,
            "refusal": self.refusal,
            "reasoning": self.reasoning,
            "tool_calls": self.calls.iter().map(|(id, name, arguments)| json!({"id": id, "name": name, "arguments": arguments})).collect::<Vec<_>>(),
            "stop": had_finish.then_some(word),
            "usage": self.usage.map(|(input, cached, output)| json!({"input": input, "cached": cached, "output": output})),
        })
    }
}

/// Arguments as a value: nothing is an empty object, and what is no object stands as its text.
fn arguments(text: &str) -> Value {
    match serde_json::from_str::<Value>(text) {
        Ok(value @ Value::Object(_)) => match value.get("arguments") {
            // How this dialect's writer wraps what is no object.
            Some(Value::String(inner)) if value.as_object().is_some_and(|map| map.len() == 1) => json!(inner),
            _ => value,
        },
        _ if text.trim().is_empty() => json!({}),
        _ => json!(text),
    }
}

/// Reasons to stop that every dialect has words for.
fn stop(finish: Option<&Finish>, has_calls: bool) -> &'static str {
    match finish {
        None | Some(Finish::Stop | Finish::Pause | Finish::Other(_)) if has_calls => "tools",
        None | Some(Finish::Stop | Finish::StopSequence(_) | Finish::Pause | Finish::Other(_)) => "stop",
        Some(Finish::Length | Finish::ContextWindow) => "length",
        Some(Finish::ToolCalls) => "tools",
        Some(Finish::Refusal | Finish::ContentFilter) => "refused",
    }
}

/// Reads a whole stream; the events keep the grammar or the test fails.
pub(crate) fn events(format: Format, stream: &Bytes) -> Vec<Event> {
    let (mut frames, mut reader, mut events) = (Reader::default(), table::codec(format).reader(), Vec::new());
    let mut show = |frame: Frame<'_>| reader.read(&frame.event, &frame.data, &mut events);
    frames.feed(stream, &mut show).unwrap();
    frames.finish(&mut show);
    if !matches!(events.last(), Some(Event::End | Event::Fault(_))) {
        reader.finish(&mut events);
    }
    if let Err(breach) = Grammar::check(&events) {
        panic!("{breach}\nin the events of {}", String::from_utf8_lossy(stream));
    }
    events
}

pub(crate) fn assemble(events: &[Event]) -> Result<ChatResponse, Fault> {
    let mut assembler = Assembler::default();
    events.iter().cloned().for_each(|event| assembler.push(event));
    assembler.finish()
}

pub(crate) fn write(format: Format, events: &[Event]) -> Bytes {
    let (mut writer, mut out) = (table::codec(format).writer(seed()), BytesMut::new());
    events.iter().for_each(|event| writer.write(event, &mut out));
    out.freeze()
}

/// What a request says: instructions, then the conversation, one line a part.
pub(crate) fn conversation(chat: &ChatRequest) -> Vec<String> {
    let is_system = |role: Role| matches!(role, Role::System | Role::Developer);
    let mut lines = Vec::new();
    for message in chat.messages.iter().filter(|message| is_system(message.role)) {
        message.parts.iter().for_each(|part| line("system", part, &mut lines));
    }
    for message in chat.messages.iter().filter(|message| !is_system(message.role)) {
        let who = if message.role == Role::Assistant { "assistant" } else { "user" };
        message.parts.iter().for_each(|part| line(who, part, &mut lines));
    }
    lines
}

fn line(who: &str, part: &Part, lines: &mut Vec<String>) {
    match part {
        Part::Text(text) if text.text.trim().is_empty() => {}
        Part::Text(text) => lines.push(format!("{who}: {}", text.text.trim_end())),
        Part::Refusal(text) => lines.push(format!("{who}: {text}")),
        Part::Media(media) => {
            let source = match &media.source {
                MediaSource::Text(text) => text.to_string(),
                MediaSource::Inline { mime, base64 } => {
                    format!("{mime} {} {base64:.20}", base64.as_bytes().len())
                }
                other => format!("{other:?}"),
            };
            lines.push(format!("{who}: {:?} {source}", media.kind));
        }
        Part::ToolCall(call) => {
            lines.push(format!("{who}: call {} {} {}", call.id, call.name, arguments(&call.arguments)))
        }
        Part::ToolResult(result) => {
            let mut inner = Vec::new();
            result.parts.iter().for_each(|part| line("", part, &mut inner));
            lines.push(format!("{who}: result {} {}", result.call, inner.join("|")));
        }
        Part::Reasoning(thought) => {
            // Only what is signed survives, and it survives whole.
            if let Some(opaque) = &thought.opaque {
                lines.push(format!("{who}: thought {} {opaque:?}", thought.text));
            }
        }
        Part::Foreign(foreign) => lines.push(format!("{who}: {} {}", foreign.kind, foreign.json.as_str())),
    }
}

/// Tools by name, with their schemas as values.
pub(crate) fn tools(chat: &ChatRequest) -> Vec<(String, Value)> {
    let function = |tool: &ir::Tool| match tool {
        ir::Tool::Function(tool) => {
            let schema =
                tool.parameters.as_ref().map_or(json!({}), |raw| serde_json::from_str(raw.as_str()).unwrap());
            (tool.name.to_string(), schema)
        }
        ir::Tool::Foreign(foreign) => {
            (foreign.kind.to_string(), serde_json::from_str(foreign.json.as_str()).unwrap())
        }
    };
    chat.tools.iter().map(function).collect()
}
