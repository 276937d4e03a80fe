//! A request, read.

use super::{
    message_in::Messages,
    part_in::{cache, ext, missing},
    tools_in,
};
use crate::{
    BadBody,
    json::{
        bad,
        node::{Source, Text, node},
    },
};
use bytes::Bytes;
use ir::{ChatRequest, Delivery, Output, Reasoning, Sampling, Tool};
use serde_json::value::RawValue;
use stdx::{Str, json};

node! {
    struct RequestWire<'a> {
        "model" => model: Text<'a>,
        "messages" => messages: Vec<&'a RawValue>,
        "tools" => tools: Vec<&'a RawValue>,
        "functions" => functions: Vec<&'a RawValue>,
        "tool_choice" => tool_choice: &'a RawValue,
        "function_call" => function_call: &'a RawValue,
        "parallel_tool_calls" => parallel_tool_calls: bool,
        "temperature" => temperature: f64,
        "top_p" => top_p: f64,
        "top_k" => top_k: i64,
        "seed" => seed: i64,
        "frequency_penalty" => frequency_penalty: f64,
        "presence_penalty" => presence_penalty: f64,
        "stop" => stop: &'a RawValue,
        "n" => n: u64,
        "max_tokens" => max_tokens: u64,
        "max_completion_tokens" => max_completion_tokens: u64,
        "response_format" => response_format: &'a RawValue,
        "reasoning_effort" => reasoning_effort: Text<'a>,
        "reasoning" => reasoning: &'a RawValue,
        "thinking" => thinking: &'a RawValue,
        "stream" => stream: bool,
        "stream_options" => stream_options: OptionsWire<'a>,
        "user" => user: Text<'a>,
        "safety_identifier" => safety_identifier: &'a RawValue,
        "service_tier" => service_tier: Text<'a>,
        "logprobs" => logprobs: bool,
        "top_logprobs" => top_logprobs: u32,
        "cache_control" => cache_control: &'a RawValue,
    }
}

node! {
    struct OptionsWire<'a> {
        "include_usage" => include_usage: bool,
    }
}

node! {
    struct FormatWire<'a> {
        "type" => kind: Text<'a>,
        "json_schema" => json_schema: SchemaWire<'a>,
        "schema" => schema: &'a RawValue,
    }
}

node! {
    struct SchemaWire<'a> {
        "name" => name: Text<'a>,
        "description" => description: Text<'a>,
        "schema" => schema: &'a RawValue,
        "strict" => strict: bool,
    }
}

node! {
    /// OpenRouter's `reasoning`, and the `thinking` some servers took over from Anthropic.
    struct ReasoningWire<'a> {
        "effort" => effort: Text<'a>,
        "max_tokens" => max_tokens: u64,
        "budget_tokens" => budget_tokens: u64,
        "enabled" => enabled: bool,
        "type" => kind: Text<'a>,
    }
}

/// How deep a body may nest. What is kept raw may come to stand a few levels deeper in another dialect, within `json::MAX_DEPTH`.
const MAX_DEPTH: usize = json::MAX_DEPTH - 12;

/// The body as text, once it is known to be JSON that does not nest too deeply; then no raw part of it needs another look.
pub(super) fn checked(body: &Bytes) -> Result<&str, BadBody> {
    let wrong =
        |what: &dyn std::fmt::Display| BadBody::new(None, format!("the body is not valid JSON: {what}"));
    json::validate_within(body, MAX_DEPTH).map_err(|bad| wrong(&bad))?;
    std::str::from_utf8(body).map_err(|bad| wrong(&bad))
}

pub(super) fn decode(body: &Bytes) -> Result<ChatRequest, BadBody> {
    let text = checked(body)?;
    let mut wire: RequestWire<'_> = stdx::json::from_str(text).map_err(|error| bad::bad(&error, text, ""))?;
    let source = Source::of(body);
    let mut messages = Messages::default();
    let list = wire.messages.take().ok_or_else(|| missing("", "messages"))?;
    for (index, raw) in list.into_iter().enumerate() {
        messages.read(source, raw, index)?;
    }
    let (sampling, output, reasoning) =
        (sampling(source, &mut wire)?, output(source, &mut wire)?, reasoning(source, &mut wire));
    let tools = tools(source, &mut wire)?;
    let mut chat = ChatRequest {
        model: source.str(wire.model.ok_or_else(|| missing("", "model"))?),
        messages: messages.list,
        tools,
        tool_choice: match (wire.tool_choice, wire.function_call) {
            (Some(raw), _) => tools_in::choice(source, raw, "tool_choice")?,
            (None, Some(raw)) => tools_in::choice(source, raw, "function_call")?,
            (None, None) => ir::ToolChoice::Unset,
        },
        parallel_tools: wire.parallel_tool_calls,
        sampling,
        max_output: wire.max_completion_tokens.or(wire.max_tokens),
        output,
        reasoning,
        delivery: match wire.stream {
            Some(true) => Delivery::Stream {
                usage: wire.stream_options.and_then(|options| options.include_usage) == Some(true),
            },
            _ => Delivery::Whole,
        },
        user: wire.user.map(|user| source.str(user)),
        service_tier: wire.service_tier.map(|tier| source.str(tier)),
        logprobs: wire.logprobs.filter(|wanted| *wanted).map(|_| wire.top_logprobs.unwrap_or(0)),
        cache: None,
        ext: ext(source, wire.rest),
    };
    chat.cache = cache(source, wire.cache_control, &mut chat.ext);
    if let Some(raw) = wire.safety_identifier {
        match (&chat.user, stdx::json::from_str::<Text<'_>>(raw.get())) {
            (None, Ok(id)) => chat.user = Some(source.str(id)),
            _ => chat.ext.push(super::ORIGIN, "safety_identifier", source.raw(raw)),
        }
    }
    if chat.messages.is_empty() {
        return Err(BadBody::new(
            "messages".to_string(),
            "messages is empty, and a conversation is demanded",
        ));
    }
    Ok(chat)
}

fn tools(source: Source<'_>, wire: &mut RequestWire<'_>) -> Result<Vec<Tool>, BadBody> {
    let mut tools = Vec::new();
    for (index, raw) in wire.tools.take().unwrap_or_default().into_iter().enumerate() {
        tools.push(tools_in::tool(source, raw, &|| format!("tools[{index}]"))?);
    }
    for (index, raw) in wire.functions.take().unwrap_or_default().into_iter().enumerate() {
        tools.push(Tool::Function(tools_in::function(source, raw, &|| format!("functions[{index}]"))?));
    }
    Ok(tools)
}

fn sampling(source: Source<'_>, wire: &mut RequestWire<'_>) -> Result<Sampling, BadBody> {
    let stops = match wire.stop.take() {
        None => Vec::new(),
        Some(raw) if raw.get().starts_with('"') => {
            vec![
                stdx::json::from_str::<Text<'_>>(raw.get())
                    .map_err(|error| bad::bad(&error, raw.get(), "stop"))?,
            ]
        }
        Some(raw) => stdx::json::from_str(raw.get()).map_err(|error| bad::bad(&error, raw.get(), "stop"))?,
    };
    Ok(Sampling {
        temperature: wire.temperature,
        top_p: wire.top_p,
        // Servers that know it take -1 for "all".
        top_k: wire.top_k.and_then(|k| u64::try_from(k).ok()),
        seed: wire.seed,
        frequency_penalty: wire.frequency_penalty,
        presence_penalty: wire.presence_penalty,
        stops: stops.into_iter().map(|stop| source.str(stop)).collect(),
        choices: wire.n,
    })
}

fn output(source: Source<'_>, wire: &mut RequestWire<'_>) -> Result<Output, BadBody> {
    let Some(raw) = wire.response_format.take() else { return Ok(Output::Text) };
    let format: FormatWire<'_> =
        stdx::json::from_str(raw.get()).map_err(|error| bad::bad(&error, raw.get(), "response_format"))?;
    let Some(kind) = format.kind else { return Err(missing("response_format", "type")) };
    match (&*kind.0, format.json_schema, format.schema) {
        ("text", ..) => Ok(Output::Text),
        ("json_object", _, None) => Ok(Output::Json),
        ("json_schema", Some(schema), _) => Ok(Output::Schema {
            name: schema.name.map(|name| source.str(name)),
            description: schema.description.map(|text| source.str(text)),
            schema: schema
                .schema
                .map(|raw| source.raw(raw))
                .ok_or_else(|| missing("response_format.json_schema", "schema"))?,
            strict: schema.strict,
        }),
        // Together and others put the schema beside `json_object`.
        ("json_object" | "json_schema", None, Some(schema)) => {
            Ok(Output::Schema { name: None, description: None, schema: source.raw(schema), strict: None })
        }
        ("json_schema", None, None) => Err(missing("response_format", "json_schema")),
        _ => {
            let message = "response_format.type must be text, json_object or json_schema";
            Err(BadBody::new("response_format.type".to_string(), message))
        }
    }
}

fn reasoning(source: Source<'_>, wire: &mut RequestWire<'_>) -> Reasoning {
    let effort = |effort: Str| if effort == "none" { Reasoning::Off } else { Reasoning::Effort(effort) };
    let mut found = wire.reasoning_effort.take().map(|text| effort(source.str(text)));
    for (field, raw) in [("reasoning", wire.reasoning.take()), ("thinking", wire.thinking.take())] {
        let Some(raw) = raw else { continue };
        let meant = stdx::json::from_str::<ReasoningWire<'_>>(raw.get()).ok().and_then(|wire| {
            let off = wire.enabled == Some(false) || wire.kind.is_some_and(|kind| kind.0 == "disabled");
            match (off, wire.max_tokens.or(wire.budget_tokens), wire.effort) {
                (true, ..) => Some(Reasoning::Off),
                (_, Some(tokens), _) => Some(Reasoning::Budget(tokens)),
                (_, None, Some(text)) => Some(effort(source.str(text))),
                _ => None,
            }
        });
        match (&found, meant) {
            (None, Some(meant)) => found = Some(meant),
            // A form there is no word for, or a second opinion: as written, for servers of this dialect.
            _ => wire.rest.push((Text(field.into()), raw)),
        }
    }
    found.unwrap_or_default()
}
