//! Messages, written. A turn that holds tool results becomes one `tool` message each, then what else the turn says;
//! media in a result, for which a `tool` message has no room, follows in a user's message that names the call.

use super::{
    ORIGIN, details,
    part_out::{self, Walk},
};
use crate::{Refused, json::out::Json};
use ir::{Message, Part, Role, Text, Thought, ToolCall, ToolResult};

/// Writes one message, as one or several of OpenAI's.
pub(super) fn message(message: &Message, json: &mut Json<'_>, walk: &mut Walk<'_>) -> Result<(), Refused> {
    if message.role == Role::Assistant {
        json.item();
        return assistant(message, json, walk);
    }
    let mut moved = Vec::new();
    for part in &message.parts {
        if let Part::ToolResult(result) = part {
            json.item();
            tool(result, json, walk, &mut moved)?;
        }
    }
    let rest: Vec<&Part> = message.parts.iter().filter(|part| !matches!(part, Part::ToolResult(_))).collect();
    if rest.len() < message.parts.len() && rest.is_empty() && moved.is_empty() {
        return Ok(());
    }
    let role = match message.role {
        Role::System => "system",
        Role::Developer => "developer",
        Role::User | Role::Tool | Role::Assistant => "user",
    };
    json.item().open(b'{');
    json.text("role", role);
    json.optional_text("name", message.name.as_ref());
    content(&moved, &rest, json, walk)?;
    walk.ext(&message.ext, json);
    json.close(b'}');
    Ok(())
}

/// Media that a tool returned, and the call it belongs to.
struct Moved<'a> {
    call: &'a str,
    part: &'a Part,
}

/// Writes `content`: one plain text as a string, which every server takes, else a list.
fn content(
    moved: &[Moved<'_>],
    parts: &[&Part],
    json: &mut Json<'_>,
    walk: &mut Walk<'_>,
) -> Result<(), Refused> {
    json.key("content");
    match parts {
        [] if moved.is_empty() => json.str(""),
        [Part::Text(text)] if moved.is_empty() && text.ext.of(ORIGIN).is_empty() => plain(text, json, walk),
        _ => {
            json.open(b'[');
            for moved in moved {
                json.item().object(|json| {
                    json.text("type", "text");
                    json.text("text", &format!("Attachment returned by tool call {}:", moved.call));
                });
                part_out::part(moved.part, json, walk)?;
            }
            for part in parts {
                part_out::part(part, json, walk)?;
            }
            json.close(b']');
        }
    }
    Ok(())
}

fn plain(text: &Text, json: &mut Json<'_>, walk: &mut Walk<'_>) {
    if text.cache.is_some() {
        walk.losses.dropped("cache_control");
    }
    walk.foreign(&text.ext);
    json.str(&text.text);
}

fn tool<'a>(
    result: &'a ToolResult,
    json: &mut Json<'_>,
    walk: &mut Walk<'_>,
    moved: &mut Vec<Moved<'a>>,
) -> Result<(), Refused> {
    if result.failed {
        walk.dropped("is_error");
    }
    if result.cache.is_some() {
        walk.losses.dropped("cache_control");
    }
    let mut texts = Vec::new();
    for part in &result.parts {
        match part {
            Part::Text(_) => texts.push(part),
            Part::Media(_) => {
                walk.approximated("tool_result");
                moved.push(Moved { call: &result.call, part });
            }
            Part::Foreign(foreign) if foreign.origin == ORIGIN => texts.push(part),
            Part::Foreign(foreign) => {
                return Err(walk.refused(&foreign.kind, "there is no such tool result in OpenAI chat"));
            }
            _ => walk.dropped("tool_result"),
        }
    }
    json.open(b'{');
    json.text("role", "tool");
    json.text("tool_call_id", &result.call);
    content(&[], &texts, json, walk)?;
    walk.ext(&result.ext, json);
    json.close(b'}');
    Ok(())
}

fn assistant(message: &Message, json: &mut Json<'_>, walk: &mut Walk<'_>) -> Result<(), Refused> {
    json.open(b'{');
    json.text("role", "assistant");
    json.optional_text("name", message.name.as_ref());
    let mut texts = Vec::new();
    for part in &message.parts {
        match part {
            Part::Text(_) => texts.push(part),
            Part::Foreign(foreign) if foreign.origin == ORIGIN && foreign.kind != "images" => {
                texts.push(part)
            }
            Part::Foreign(foreign) if is_of_a_server_tool(&foreign.kind) || foreign.kind == "images" => {
                walk.dropped(&foreign.kind)
            }
            Part::Foreign(foreign) => {
                return Err(walk.refused(&foreign.kind, "there is no such content in OpenAI chat"));
            }
            Part::Media(_) => {
                return Err(walk.refused("content", "OpenAI chat takes no media from the assistant"));
            }
            Part::ToolResult(_) => walk.dropped("tool_result"),
            Part::Refusal(_) | Part::ToolCall(_) | Part::Reasoning(_) => {}
        }
    }
    let calls: Vec<&ToolCall> = message.parts.iter().filter_map(as_call).collect();
    let refusal =
        message.parts.iter().find_map(|part| if let Part::Refusal(text) = part { Some(text) } else { None });
    if texts.is_empty() && (!calls.is_empty() || refusal.is_some()) {
        json.key("content").null();
    } else {
        content(&[], &texts, json, walk)?;
    }
    json.optional_text("refusal", refusal);
    thoughts(&message.parts, json, walk);
    if !calls.is_empty() {
        json.key("tool_calls").list(|json| {
            for call in calls {
                tool_call(call, json, walk);
            }
        });
    }
    walk.ext(&message.ext, json);
    json.close(b'}');
    Ok(())
}

const fn as_call(part: &Part) -> Option<&ToolCall> {
    if let Part::ToolCall(call) = part { Some(call) } else { None }
}

/// Blocks of a tool the provider ran itself: what the model made of them stands in its text.
pub(super) fn is_of_a_server_tool(kind: &str) -> bool {
    kind == "server_tool_use" || kind == "mcp_tool_use" || kind.ends_with("_tool_result")
}

/// Thoughts go back to who issued them: ones of this dialect under the name they came by. A request's thoughts from elsewhere
/// stay out, since many servers refuse fields they do not know.
fn thoughts(parts: &[Part], json: &mut Json<'_>, walk: &mut Walk<'_>) {
    let thoughts: Vec<&Thought> = parts
        .iter()
        .filter_map(|part| if let Part::Reasoning(thought) = part { Some(thought) } else { None })
        .collect();
    let mut sealed = Vec::new();
    let mut plain: Option<(&'static str, String)> = None;
    for thought in thoughts {
        match &thought.opaque {
            Some(seal) if seal.origin != ORIGIN => walk.dropped("thinking"),
            Some(seal) => match details::marked(&seal.token) {
                Some(field) => plain.get_or_insert_with(|| (field, String::new())).1.push_str(&thought.text),
                None => sealed.push((seal, thought)),
            },
            None => walk.dropped("thinking"),
        }
    }
    if let Some((field, text)) = plain {
        json.text(field, &text);
    }
    if !sealed.is_empty() {
        json.key("reasoning_details").list(|json| {
            for (index, (seal, thought)) in sealed.into_iter().enumerate() {
                details::write(json, seal, Some(&thought.text), thought.redacted, index);
            }
        });
    }
}

/// Writes one call, of a request or an answer.
pub(super) fn tool_call(call: &ToolCall, json: &mut Json<'_>, walk: &mut Walk<'_>) {
    if call.cache.is_some() {
        walk.losses.dropped("cache_control");
    }
    json.item().object(|json| {
        json.text("id", &call.id);
        if call.freeform {
            json.text("type", "custom");
            json.key("custom").object(|json| {
                json.text("name", &call.name);
                json.text("input", &call.arguments);
            });
        } else {
            json.text("type", "function");
            json.key("function").object(|json| {
                json.text("name", &call.name);
                // Clients parse the text as JSON, which nothing is not.
                json.text("arguments", if call.arguments.is_empty() { "{}" } else { &call.arguments });
            });
        }
        walk.ext(&call.ext, json);
    });
}
