//! The conversation of a chat completion request: roles, content parts and the order tool messages must keep.

use std::collections::HashSet;

use serde_json::Value;

use super::media_tokens;
use super::request::{missing, wrong_type, wrong_value};
use crate::ask::{Ask, Lifetime, Prefix};
use crate::fault::Fault;
use crate::random::hash;
use crate::request::{items, present, text};
use crate::text::tokens;

const ROLES: [&str; 6] = ["system", "assistant", "user", "function", "tool", "developer"];

pub(super) fn read(body: &Value, ask: &mut Ask) -> Result<(), Fault> {
    let messages = match body.get("messages") {
        Some(Value::Array(messages)) => messages,
        None | Some(Value::Null) => return Err(missing("messages")),
        Some(other) => return Err(wrong_type("messages", "an array of objects", other)),
    };
    if messages.is_empty() {
        let message = "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty \
                       array instead.";
        return Err(Fault::invalid(message).param("messages").code("empty_array"));
    }
    let offered = present(body, "tools").map(Value::to_string).unwrap_or_default();
    let mut prefix = hash(hash(0, ask.model.as_bytes()), offered.as_bytes());
    ask.input_tokens = 3 + tokens(&offered);
    let mut unanswered: Vec<String> = Vec::new();
    for (index, message) in messages.iter().enumerate() {
        let at = format!("messages[{index}]");
        check(message, &at)?;
        order(message, index, &mut unanswered)?;
        remember(message, ask);
        ask.input_tokens += 4 + message_tokens(message);
        prefix = hash(prefix, message.to_string().as_bytes());
        ask.prefixes.push(Prefix { hash: prefix, tokens: ask.input_tokens, lifetime: Lifetime::Automatic });
    }
    answered(&unanswered, messages.len())
}

fn check(message: &Value, at: &str) -> Result<(), Fault> {
    if !message.is_object() {
        return Err(wrong_type(at, "an object", message));
    }
    let role = match present(message, "role") {
        Some(Value::String(role)) => role.as_str(),
        None => return Err(missing(&format!("{at}.role"))),
        Some(other) => return Err(wrong_type(&format!("{at}.role"), "a string", other)),
    };
    if !ROLES.contains(&role) {
        return Err(wrong_value(&format!("{at}.role"), role, &ROLES));
    }
    if role == "tool" && present(message, "tool_call_id").is_none() {
        return Err(missing(&format!("{at}.tool_call_id")));
    }
    let param = format!("{at}.content");
    match message.get("content") {
        Some(Value::String(_)) => Ok(()),
        Some(Value::Array(parts)) => parts
            .iter()
            .enumerate()
            .try_for_each(|(index, part)| check_part(part, role, &format!("{param}[{index}]"))),
        Some(Value::Null) | None => {
            let speaks = ["tool_calls", "function_call", "refusal", "audio"];
            if role == "assistant" && speaks.iter().any(|field| present(message, field).is_some()) {
                return check_calls(message, at);
            }
            let found = if message.get("content").is_some() { "null" } else { "nothing" };
            let message = format!("Invalid value for 'content': expected a string, got {found}.");
            Err(Fault::invalid(message).param(format!("messages.[{}].content", digits(at))))
        }
        Some(other) => Err(wrong_type(&param, "one of a string or array of objects", other)),
    }?;
    check_calls(message, at)
}

fn digits(at: &str) -> &str {
    at.trim_start_matches("messages[").trim_end_matches(']')
}

fn check_part(part: &Value, role: &str, at: &str) -> Result<(), Fault> {
    let allowed: &[&str] = match role {
        "user" => &["text", "image_url", "input_audio", "file"],
        "assistant" => &["text", "refusal"],
        _ => &["text"],
    };
    let Some(kind) = present(part, "type").and_then(Value::as_str) else {
        return Err(missing(&format!("{at}.type")));
    };
    if !allowed.contains(&kind) {
        return Err(wrong_value(&format!("{at}.type"), kind, allowed));
    }
    let field = format!("{at}.{kind}");
    match (kind, present(part, kind)) {
        (_, None) => Err(missing(&field)),
        ("text" | "refusal", Some(Value::String(_))) => Ok(()),
        ("text" | "refusal", Some(other)) => Err(wrong_type(&field, "a string", other)),
        ("image_url", Some(image)) => match present(image, "url") {
            Some(Value::String(url)) if url.starts_with("http") || url.starts_with("data:image/") => Ok(()),
            Some(Value::String(_)) => {
                let message =
                    format!("Invalid '{field}.url'. Expected a valid URL or a data URL of an image.");
                Err(Fault::invalid(message).param(format!("{field}.url")).code("invalid_value"))
            }
            _ => Err(missing(&format!("{field}.url"))),
        },
        (_, Some(Value::Object(_))) => Ok(()),
        (_, Some(other)) => Err(wrong_type(&field, "an object", other)),
    }
}

fn check_calls(message: &Value, at: &str) -> Result<(), Fault> {
    match present(message, "tool_calls") {
        None => return Ok(()),
        Some(Value::Array(calls)) if calls.is_empty() => {
            let message = format!(
                "Invalid '{at}.tool_calls': empty array. Expected an array with minimum length 1, but got an empty \
                 array instead."
            );
            return Err(Fault::invalid(message).param(format!("{at}.tool_calls")).code("empty_array"));
        }
        Some(Value::Array(_)) => {}
        Some(other) => return Err(wrong_type(&format!("{at}.tool_calls"), "an array of objects", other)),
    }
    for (index, call) in items(message, "tool_calls").iter().enumerate() {
        let at = format!("{at}.tool_calls[{index}]");
        for field in ["id", "type"] {
            if present(call, field).and_then(Value::as_str).is_none() {
                return Err(missing(&format!("{at}.{field}")));
            }
        }
        let (kind, input) = match text(call, "type") {
            "function" => ("function", "arguments"),
            "custom" => ("custom", "input"),
            other => return Err(wrong_value(&format!("{at}.type"), other, &["function", "custom"])),
        };
        let called = present(call, kind).ok_or_else(|| missing(&format!("{at}.{kind}")))?;
        for field in ["name", input] {
            match called.get(field) {
                Some(Value::String(_)) => {}
                None | Some(Value::Null) => return Err(missing(&format!("{at}.{kind}.{field}"))),
                Some(other) => return Err(wrong_type(&format!("{at}.{kind}.{field}"), "a string", other)),
            }
        }
    }
    Ok(())
}

/// Tool messages must answer the calls of the assistant message before them, all of them.
fn order(message: &Value, index: usize, unanswered: &mut Vec<String>) -> Result<(), Fault> {
    if text(message, "role") == "tool" {
        let id = text(message, "tool_call_id");
        return match unanswered.iter().position(|call| call == id) {
            Some(at) => {
                unanswered.remove(at);
                Ok(())
            }
            None => {
                let message = "Invalid parameter: messages with role 'tool' must be a response to a preceding message \
                               with 'tool_calls'.";
                Err(Fault::invalid(message).param(format!("messages.[{index}].role")))
            }
        };
    }
    answered(unanswered, index)?;
    let ids: HashSet<&str> = items(message, "tool_calls").iter().map(|call| text(call, "id")).collect();
    unanswered.extend(ids.into_iter().map(str::to_owned));
    Ok(())
}

fn answered(unanswered: &[String], index: usize) -> Result<(), Fault> {
    if unanswered.is_empty() {
        return Ok(());
    }
    let message = format!(
        "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. \
         The following tool_call_ids did not have response messages: {}",
        unanswered.join(", ")
    );
    Err(Fault::invalid(message).param(format!("messages.[{index}].role")))
}

/// Keeps the last user text and the tool results since the last assistant message.
fn remember(message: &Value, ask: &mut Ask) {
    match text(message, "role") {
        "user" => {
            ask.prompt = said(message);
            ask.tool_results.clear();
        }
        "assistant" => ask.tool_results.clear(),
        "tool" => ask.tool_results.push(said(message)),
        _ => {}
    }
}

fn said(message: &Value) -> String {
    match message.get("content") {
        Some(Value::String(said)) => said.clone(),
        _ => items(message, "content").iter().map(|part| text(part, "text")).collect::<Vec<_>>().join("\n"),
    }
}

fn message_tokens(message: &Value) -> u64 {
    let content = match message.get("content") {
        Some(Value::String(content)) => tokens(content),
        _ => items(message, "content").iter().map(media_tokens).sum(),
    };
    content + present(message, "tool_calls").map_or(0, |calls| tokens(&calls.to_string()))
}
