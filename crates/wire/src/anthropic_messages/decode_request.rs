//! A request, read.

use super::{
    ORIGIN, bad,
    block_in::{self, Place, cache, ext, missing},
    node::{Content, Source, Text, node},
    tools,
};
use crate::BadBody;
use bytes::Bytes;
use ir::{ChatRequest, Delivery, Ext, Message, Output, Part, Reasoning, Role};
use serde_json::value::RawValue;
use stdx::Str;

node! {
    /// The whole body.
    struct Request<'a> {
        "model" => model: Text<'a>,
        "messages" => messages: Vec<Turn<'a>>,
        "system" => system: Content<'a>,
        "max_tokens" => max_tokens: u64,
        "stream" => stream: bool,
        "temperature" => temperature: f64,
        "top_p" => top_p: f64,
        "top_k" => top_k: u64,
        "stop_sequences" => stop_sequences: Vec<Text<'a>>,
        "tools" => tools: Vec<&'a RawValue>,
        "tool_choice" => tool_choice: &'a RawValue,
        "thinking" => thinking: &'a RawValue,
        "output_config" => output_config: OutputConfig<'a>,
        "output_format" => output_format: &'a RawValue,
        "metadata" => metadata: Metadata<'a>,
        "service_tier" => service_tier: Text<'a>,
        "cache_control" => cache_control: &'a RawValue,
    }
}

node! {
    /// One message.
    struct Turn<'a> {
        "role" => role: Text<'a>,
        "content" => content: Content<'a>,
    }
}

node! {
    struct OutputConfig<'a> {
        "effort" => effort: Text<'a>,
        "format" => format: &'a RawValue,
    }
}

node! {
    struct OutputFormat<'a> {
        "type" => kind: Text<'a>,
        "schema" => schema: &'a RawValue,
        "name" => name: Text<'a>,
    }
}

node! {
    struct Thinking<'a> {
        "type" => kind: Text<'a>,
        "budget_tokens" => budget: u64,
    }
}

node! {
    struct Metadata<'a> {
        "user_id" => user_id: Text<'a>,
    }
}

pub(super) fn decode(body: &Bytes) -> Result<ChatRequest, BadBody> {
    let text = bad::checked(body)?;
    let wire: Request<'_> = stdx::json::from_str(text).map_err(|e| bad::bad(&e, text, ""))?;
    let source = Source::of(body);
    let mut ext = ext(source, wire.rest);
    let mut chat = ChatRequest {
        model: source.str(wire.model.ok_or_else(|| missing("", "model"))?),
        messages: messages(source, wire.system, wire.messages.ok_or_else(|| missing("", "messages"))?)?,
        max_output: wire.max_tokens,
        delivery: if wire.stream == Some(true) { Delivery::Stream { usage: true } } else { Delivery::Whole },
        user: user(source, wire.metadata, &mut ext),
        service_tier: wire.service_tier.map(|tier| source.str(tier)),
        cache: cache(source, wire.cache_control, &mut ext),
        ..ChatRequest::default()
    };
    chat.sampling.temperature = wire.temperature;
    chat.sampling.top_p = wire.top_p;
    chat.sampling.top_k = wire.top_k;
    chat.sampling.stops = wire.stop_sequences.into_iter().flatten().map(|stop| source.str(stop)).collect();
    chat.tools = tools::decode(source, wire.tools.unwrap_or_default())?;
    if let Some(raw) = wire.tool_choice {
        (chat.tool_choice, chat.parallel_tools) = tools::decode_choice(source, raw)?;
    }
    let config = wire.output_config.unwrap_or_default();
    chat.reasoning = reasoning(source, wire.thinking, config.effort, &mut ext)?;
    for (name, value) in config.rest {
        ext.push(ORIGIN, format!("output_config.{}", name.0), source.raw(value));
    }
    for (raw, at) in [(config.format, "output_config.format"), (wire.output_format, "output_format")] {
        if let Some(raw) = raw {
            chat.output = output(source, raw, at, &mut ext)?;
        }
    }
    chat.ext = ext;
    if chat.messages.is_empty() {
        return Err(BadBody::new(
            "messages".to_string(),
            "messages is empty, and a conversation is demanded",
        ));
    }
    Ok(chat)
}

fn user(source: Source<'_>, metadata: Option<Metadata<'_>>, ext: &mut Ext) -> Option<Str> {
    let metadata = metadata?;
    for (name, value) in metadata.rest {
        ext.push(ORIGIN, format!("metadata.{}", name.0), source.raw(value));
    }
    metadata.user_id.map(|id| source.str(id))
}

/// `thinking` and `effort` are one idea here. An effort beside a budget, or with thinking switched off, stays in `ext`:
/// it steers how much is said, not whether to reason.
fn reasoning(
    source: Source<'_>,
    raw: Option<&RawValue>,
    effort: Option<Text<'_>>,
    ext: &mut Ext,
) -> Result<Reasoning, BadBody> {
    let effort = effort.map(|effort| source.str(effort));
    let Some(raw) = raw else { return Ok(effort.map_or(Reasoning::Unset, Reasoning::Effort)) };
    let wire: Thinking<'_> =
        stdx::json::from_str(raw.get()).map_err(|e| bad::bad(&e, raw.get(), "thinking"))?;
    for (name, value) in wire.rest {
        ext.push(ORIGIN, format!("thinking.{}", name.0), source.raw(value));
    }
    let kind = wire.kind.ok_or_else(|| missing("thinking", "type"))?;
    let reasoning = match kind.0.as_ref() {
        "adaptive" => return Ok(Reasoning::Adaptive { effort }),
        "enabled" => Reasoning::Budget(wire.budget.ok_or_else(|| missing("thinking", "budget_tokens"))?),
        "disabled" => Reasoning::Off,
        _ => {
            let message = "thinking.type must be \"enabled\", \"disabled\" or \"adaptive\"";
            return Err(BadBody::new("thinking.type".to_owned(), message));
        }
    };
    if let Some(effort) = effort {
        ext.push(
            ORIGIN,
            "output_config.effort",
            stdx::RawJson::from_valid(crate::json::out::quoted(&effort)),
        );
    }
    Ok(reasoning)
}

fn output(source: Source<'_>, raw: &RawValue, at: &str, ext: &mut Ext) -> Result<Output, BadBody> {
    let wire: OutputFormat<'_> = stdx::json::from_str(raw.get()).map_err(|e| bad::bad(&e, raw.get(), at))?;
    match (wire.kind.as_ref().map(|kind| kind.0.as_ref()), wire.schema) {
        (Some("json_schema"), Some(schema)) => Ok(Output::Schema {
            name: wire.name.map(|name| source.str(name)),
            description: None,
            schema: source.raw(schema),
            strict: Some(true),
        }),
        (Some("json_schema"), None) => Err(missing(at, "schema")),
        (Some("text"), _) => Ok(Output::Text),
        (Some(_), _) => {
            ext.push(ORIGIN, at, source.raw(raw));
            Ok(Output::Text)
        }
        (None, _) => Err(missing(at, "type")),
    }
}

fn messages(
    source: Source<'_>,
    system: Option<Content<'_>>,
    turns: Vec<Turn<'_>>,
) -> Result<Vec<Message>, BadBody> {
    let mut messages = Vec::with_capacity(turns.len() + 1);
    if let Some(system) = system {
        let mut parts = Vec::new();
        block_in::content(source, system, "system", Place::Turn, &mut parts)?;
        if !parts.is_empty() {
            messages.push(Message { role: Role::System, parts, name: None, ext: Ext::default() });
        }
    }
    for (index, turn) in turns.into_iter().enumerate() {
        self::turn(source, turn, index, &mut messages)?;
    }
    Ok(messages)
}

fn turn(
    source: Source<'_>,
    turn: Turn<'_>,
    index: usize,
    messages: &mut Vec<Message>,
) -> Result<(), BadBody> {
    let at = || format!("messages[{index}]");
    let role = match turn.role.as_ref().map(|role| role.0.as_ref()) {
        Some("user") => Role::User,
        Some("assistant") => Role::Assistant,
        Some("system") => Role::System,
        Some(_) => {
            let path = format!("{}.role", at());
            let message = format!("{path} must be \"user\", \"assistant\" or \"system\"");
            return Err(BadBody::new(path, message));
        }
        None => return Err(missing(&at(), "role")),
    };
    let content = turn.content.ok_or_else(|| missing(&at(), "content"))?;
    let mut parts = Vec::new();
    block_in::content(source, content, &format!("messages[{index}].content"), Place::Turn, &mut parts)?;
    let ext = ext(source, turn.rest);
    if role == Role::User {
        push_runs(parts, ext, messages)
    } else {
        messages.push(Message { role, parts, name: None, ext })
    }
    Ok(())
}

/// A user turn may mix tool results with what the user says; each run becomes a message of its own role.
fn push_runs(parts: Vec<Part>, ext: Ext, messages: &mut Vec<Message>) {
    let role_of = |part: &Part| if matches!(part, Part::ToolResult(_)) { Role::Tool } else { Role::User };
    let mut run =
        Message { role: parts.first().map_or(Role::User, role_of), parts: Vec::new(), name: None, ext };
    for part in parts {
        let role = role_of(&part);
        if role != run.role {
            let next = Message { role, parts: Vec::new(), name: None, ext: Ext::default() };
            messages.push(std::mem::replace(&mut run, next));
        }
        run.parts.push(part);
    }
    messages.push(run);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<ChatRequest, BadBody> {
        decode(&Bytes::copy_from_slice(json.as_bytes()))
    }

    #[test]
    fn what_is_wrong_is_named() {
        let check = |json: &str, param: &str| {
            let bad = read(json).unwrap_err();
            assert_eq!(bad.param.as_deref().unwrap_or(""), param, "{json}: {bad}");
        };
        check(r#"{"messages":[]}"#, "model");
        check(r#"{"model":"m"}"#, "messages");
        check(r#"{"model":7,"messages":[]}"#, "model");
        check(r#"{"model":"m","model":"n","messages":[]}"#, "model");
        check(r#"{"model":"m","messages":{}}"#, "messages");
        check(r#"{"model":"m","messages":[{"content":"x"}]}"#, "messages[0].role");
        check(r#"{"model":"m","messages":[{"role":"user"}]}"#, "messages[0].content");
        check(r#"{"model":"m","messages":[{"role":"robot","content":"x"}]}"#, "messages[0].role");
        check(r#"{"model":"m","messages":[{"role":"user","content":7}]}"#, "messages[0].content");
        check(
            r#"{"model":"m","messages":[{"role":"user","content":[{"text":"x"}]}]}"#,
            "messages[0].content[0].type",
        );
        check(
            r#"{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":[]}]}]}"#,
            "messages[0].content[0].text",
        );
        check(
            r#"{"model":"m","messages":[{"role":"user","content":[{"type":"text"}]}]}"#,
            "messages[0].content[0].text",
        );
        check(r#"{"model":"m","messages":[]}"#, "messages");
        check(r#"{"model":"m","messages":[],"max_tokens":-1}"#, "max_tokens");
        check(r#"{"model":"m","messages":[],"temperature":"hot"}"#, "temperature");
        check(r#"{"model":"m","messages":[],"tools":[{"input_schema":{}}]}"#, "tools[0].name");
        check(r#"{"model":"m","messages":[],"thinking":{"type":"enabled"}}"#, "thinking.budget_tokens");
        check(r#"{"model":"m","messages":[],"tool_choice":{"type":"tool"}}"#, "tool_choice.name");
        check(r#"{"model":"m","#, "");
        check("[]", "");
    }

    #[test]
    fn results_and_words_of_one_turn_become_messages_of_their_roles() {
        let chat = read(
            r#"{"model":"m","messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":"1"},{"type":"text","text":"go on"}]}]}"#,
        )
        .unwrap();
        let roles: Vec<Role> = chat.messages.iter().map(|m| m.role).collect();
        assert_eq!(roles, [Role::Tool, Role::User]);
    }

    #[test]
    fn unknown_blocks_and_fields_are_kept_as_written() {
        let chat = read(
            r#"{"model":"m","container":"c_1","messages":[{"role":"assistant","content":[{"type":"compaction", "content":"s"}]}]}"#,
        )
        .unwrap();
        assert_eq!(chat.ext.of(ORIGIN)[0].0, "container");
        let Part::Foreign(foreign) = &chat.messages[0].parts[0] else { panic!("{:?}", chat.messages) };
        assert_eq!(foreign.json.as_str(), r#"{"type":"compaction", "content":"s"}"#);
    }

    #[test]
    fn a_deep_tree_is_refused_and_a_lesser_one_kept() {
        let read_at = |depth: usize| {
            let deep = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
            read(&format!(
                r#"{{"model":"m","messages":[{{"role":"user","content":"x"}}],"x":{deep},"tools":[{{"name":"t","input_schema":{deep}}}]}}"#
            ))
        };
        assert!(read_at(400).is_ok());
        assert!(read_at(100_000).is_err());
    }
}
