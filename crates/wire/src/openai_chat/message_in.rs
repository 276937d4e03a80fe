//! Messages, read: roles, content, tool calls and results, thoughts. Requests and answers share the assistant's shape.

use super::{
    ORIGIN, details,
    part_in::{At, content, ext, missing},
};
use crate::{
    BadBody,
    json::{
        bad,
        node::{Content, Source, Text, node},
    },
};
use ir::{Citation, Ext, Foreign, Message, Part, Role, ToolCall, ToolResult};
use serde_json::value::RawValue;
use stdx::Str;

node! {
    struct MessageWire<'a> {
        "role" => role: Text<'a>,
        "content" => content: Content<'a>,
        "name" => name: Text<'a>,
        "refusal" => refusal: Text<'a>,
        "tool_calls" => tool_calls: Vec<&'a RawValue>,
        "tool_call_id" => tool_call_id: Text<'a>,
        "function_call" => function_call: CallWire<'a>,
        "reasoning_content" => reasoning_content: Text<'a>,
        "reasoning" => reasoning: &'a RawValue,
        "reasoning_details" => reasoning_details: &'a RawValue,
        "annotations" => annotations: Vec<&'a RawValue>,
        "images" => images: &'a RawValue,
    }
}

node! {
    struct ToolCallWire<'a> {
        "id" => id: Text<'a>,
        "type" => kind: Text<'a>,
        "function" => function: CallWire<'a>,
        "custom" => custom: CustomWire<'a>,
        "index" => index: &'a RawValue,
    }
}

node! {
    struct CallWire<'a> {
        "name" => name: Text<'a>,
        "arguments" => arguments: &'a RawValue,
    }
}

node! {
    struct CustomWire<'a> {
        "name" => name: Text<'a>,
        "input" => input: Text<'a>,
    }
}

node! {
    struct AnnotationWire<'a> {
        "type" => kind: Text<'a>,
        "url_citation" => url_citation: UrlWire<'a>,
    }
}

node! {
    struct UrlWire<'a> {
        "url" => url: Text<'a>,
        "title" => title: Text<'a>,
        "content" => content: Text<'a>,
        "start_index" => start: u64,
        "end_index" => end: u64,
    }
}

/// Reads the messages of a request, in order.
#[derive(Default)]
pub(super) struct Messages {
    pub(super) list: Vec<Message>,
    /// The made-up id of the last call in the old `function_call` form, which has none.
    last_call: Option<Str>,
}

impl Messages {
    pub(super) fn read(&mut self, source: Source<'_>, raw: &RawValue, index: usize) -> Result<(), BadBody> {
        let at = || format!("messages[{index}]");
        let wire: MessageWire<'_> =
            stdx::json::from_str(raw.get()).map_err(|error| bad::bad(&error, raw.get(), &at()))?;
        let Some(role) = &wire.role else { return Err(missing(&at(), "role")) };
        let role = match &*role.0 {
            "system" => Role::System,
            "developer" => Role::Developer,
            "user" => Role::User,
            "assistant" => Role::Assistant,
            "tool" | "function" => return self.result(source, wire, &at),
            _ => {
                let path = bad::join(&at(), "role");
                let message = format!("{path} must be system, developer, user, assistant, tool or function");
                return Err(BadBody::new(path, message));
            }
        };
        let message = if role == Role::Assistant {
            let call_id = Str::from(format!("call_{index}"));
            let mut said = said(source, wire, &at, &call_id)?;
            self.last_call = said.parts.iter().rev().find_map(call_of);
            said.message.parts = said.parts;
            said.message
        } else {
            plain(source, wire, role, &at)?
        };
        self.list.push(message);
        Ok(())
    }

    fn result(&mut self, source: Source<'_>, wire: MessageWire<'_>, at: At<'_>) -> Result<(), BadBody> {
        let legacy = wire.role.is_some_and(|role| role.0 == "function");
        let call = match wire.tool_call_id {
            Some(id) => source.str(id),
            None if legacy => self.last_call.clone().unwrap_or_else(|| Str::from_static("call_0")),
            None => return Err(missing(&at(), "tool_call_id")),
        };
        let mut parts = Vec::new();
        if let Some(wire) = wire.content {
            content(source, wire, &|| bad::join(&at(), "content"), &mut parts)?;
        }
        let name = wire.name.map(|name| source.str(name));
        let mut ext = ext(source, wire.rest);
        if let (Some(name), false) = (name, legacy) {
            ext.push(ORIGIN, "name", crate::openai_chat::part_out::quoted(&name));
        }
        let result = ToolResult { call, parts, failed: false, cache: None, ext };
        self.list.push(Message {
            role: Role::Tool,
            parts: vec![Part::ToolResult(result)],
            name: None,
            ext: Ext::default(),
        });
        Ok(())
    }
}

fn call_of(part: &Part) -> Option<Str> {
    match part {
        Part::ToolCall(call) => Some(call.id.clone()),
        _ => None,
    }
}

fn plain(source: Source<'_>, wire: MessageWire<'_>, role: Role, at: At<'_>) -> Result<Message, BadBody> {
    let mut parts = Vec::new();
    let inside = || bad::join(&at(), "content");
    content(source, wire.content.ok_or_else(|| missing(&at(), "content"))?, &inside, &mut parts)?;
    Ok(Message { role, parts, name: wire.name.map(|name| source.str(name)), ext: ext(source, wire.rest) })
}

/// What an assistant said, with the message it stands in (whose own parts are still empty).
pub(super) struct Said {
    pub(super) message: Message,
    pub(super) parts: Vec<Part>,
}

/// Reads an assistant's message out of an answer.
pub(super) fn answer(source: Source<'_>, raw: &RawValue, at: At<'_>) -> Result<Said, BadBody> {
    let wire: MessageWire<'_> =
        stdx::json::from_str(raw.get()).map_err(|error| bad::bad(&error, raw.get(), &at()))?;
    said(source, wire, at, &Str::from_static("call_0"))
}

fn said(source: Source<'_>, wire: MessageWire<'_>, at: At<'_>, call_id: &Str) -> Result<Said, BadBody> {
    let mut parts = Vec::new();
    let plain_reasoning = match (wire.reasoning_content, wire.reasoning) {
        (Some(text), _) if !text.0.is_empty() => Some((source.str(text), "reasoning_content")),
        (_, Some(raw)) => {
            stdx::json::from_str::<Text<'_>>(raw.get()).ok().map(|text| (source.str(text), "reasoning"))
        }
        _ => None,
    };
    let sealed = wire.reasoning_details.map(|raw| details::read(source, raw)).unwrap_or_default();
    parts.extend(details::thoughts(plain_reasoning, sealed).into_iter().map(Part::Reasoning));
    if let Some(wire) = wire.content {
        content(source, wire, &|| bad::join(&at(), "content"), &mut parts)?;
    }
    // An empty string beside tool calls is how many servers spell null.
    parts.retain(|part| !matches!(part, Part::Text(text) if text.text.is_empty() && text.cache.is_none() && text.ext.is_empty()));
    cite(source, wire.annotations.unwrap_or_default(), &mut parts);
    if let Some(refusal) = wire.refusal.filter(|text| !text.0.is_empty()) {
        parts.push(Part::Refusal(source.str(refusal)));
    }
    if let Some(raw) = wire.images {
        parts.push(Part::Foreign(Foreign { origin: ORIGIN, kind: "images".into(), json: source.raw(raw) }));
    }
    for (index, raw) in wire.tool_calls.unwrap_or_default().into_iter().enumerate() {
        parts.push(Part::ToolCall(tool_call(source, raw, index, &|| {
            format!("{}.tool_calls[{index}]", at())
        })?));
    }
    // Some servers send the old form beside the new one, with nothing in it.
    if let Some(call) =
        wire.function_call.filter(|call| call.name.as_ref().is_some_and(|name| !name.0.is_empty()))
    {
        parts.push(Part::ToolCall(function(source, call, call_id.clone(), &|| {
            bad::join(&at(), "function_call")
        })?));
    }
    let name = wire.name.map(|name| source.str(name));
    let message = Message { role: Role::Assistant, parts: Vec::new(), name, ext: ext(source, wire.rest) };
    Ok(Said { message, parts })
}

fn tool_call(source: Source<'_>, raw: &RawValue, index: usize, at: At<'_>) -> Result<ToolCall, BadBody> {
    let wire: ToolCallWire<'_> =
        stdx::json::from_str(raw.get()).map_err(|error| bad::bad(&error, raw.get(), &at()))?;
    // Some servers leave the id out or empty (Gemini's compatible endpoint among them).
    let id = wire
        .id
        .filter(|id| !id.0.is_empty())
        .map_or_else(|| format!("call_{index}").into(), |id| source.str(id));
    let is_custom = wire.kind.as_ref().is_some_and(|kind| kind.0 == "custom");
    let mut call = match (wire.function.filter(|_| !is_custom), wire.custom) {
        (Some(call), _) => function(source, call, id, &|| bad::join(&at(), "function"))?,
        (None, Some(custom)) => ToolCall {
            id,
            name: source.str(custom.name.ok_or_else(|| missing(&at(), "custom.name"))?),
            arguments: custom.input.map(|input| source.str(input)).unwrap_or_default(),
            freeform: true,
            cache: None,
            ext: Ext::default(),
        },
        (None, None) => return Err(missing(&at(), "function")),
    };
    call.ext = ext(source, wire.rest);
    Ok(call)
}

fn function(source: Source<'_>, wire: CallWire<'_>, id: Str, at: At<'_>) -> Result<ToolCall, BadBody> {
    let name = source.str(wire.name.ok_or_else(|| missing(&at(), "name"))?);
    let arguments = match wire.arguments {
        None => Str::default(),
        // Arguments belong in a string; some servers send the object itself.
        Some(raw) if !raw.get().starts_with('"') => raw.get().into(),
        Some(raw) => {
            let text = stdx::json::from_str::<Text<'_>>(raw.get());
            source.str(text.map_err(|error| bad::bad(&error, raw.get(), &bad::join(&at(), "arguments")))?)
        }
    };
    Ok(ToolCall { id, name, arguments, freeform: false, cache: None, ext: Ext::default() })
}

/// Puts citations at the text they belong to: OpenAI counts characters of the whole, so that is the first text.
fn cite(source: Source<'_>, annotations: Vec<&RawValue>, parts: &mut [Part]) {
    let text = parts.iter_mut().find_map(|part| match part {
        Part::Text(text) => Some(text),
        _ => None,
    });
    let Some(text) = text else { return };
    text.citations.extend(annotations.into_iter().filter_map(|raw| citation(source, raw)));
}

/// A citation of a web page, the one kind there is.
pub(super) fn citation(source: Source<'_>, raw: &RawValue) -> Option<Citation> {
    let url = stdx::json::from_str::<AnnotationWire<'_>>(raw.get()).ok()?.url_citation?;
    Some(Citation {
        url: url.url.map(|text| source.str(text)),
        title: url.title.map(|text| source.str(text)),
        quote: url.content.map(|text| source.str(text)),
        span: url.start.zip(url.end),
        origin: ORIGIN,
        raw: source.raw(raw),
    })
}
