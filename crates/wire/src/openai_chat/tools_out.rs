//! Tools and how to choose among them, written.

use super::{ORIGIN, part_out::Walk};
use crate::{Refused, json::out::Json};
use ir::{ChatRequest, Foreign, FunctionTool, Tool, ToolChoice};

/// Writes `tools`, `tool_choice` and `parallel_tool_calls`.
pub(super) fn tools(chat: &ChatRequest, json: &mut Json<'_>, walk: &mut Walk<'_>) -> Result<(), Refused> {
    if !chat.tools.is_empty() {
        json.key("tools").open(b'[');
        for (index, tool) in chat.tools.iter().enumerate() {
            walk.at = format!("tools[{index}]");
            match tool {
                Tool::Function(function) => self::function(function, json, walk),
                Tool::Foreign(foreign) => raw(foreign, json.item(), walk, "type")?,
            }
        }
        json.close(b']');
    }
    walk.at = "tool_choice".to_string();
    match &chat.tool_choice {
        ToolChoice::Unset => {}
        ToolChoice::Auto => json.text("tool_choice", "auto"),
        ToolChoice::None => json.text("tool_choice", "none"),
        ToolChoice::Required => json.text("tool_choice", "required"),
        ToolChoice::Named(name) => json.key("tool_choice").object(|json| {
            let is_custom = |tool: &Tool| matches!(tool, Tool::Foreign(foreign) if foreign.origin == ORIGIN && foreign.kind == "custom" && named(foreign, name));
            let kind = if chat.tools.iter().any(is_custom) { "custom" } else { "function" };
            json.text("type", kind);
            json.key(kind).object(|json| json.text("name", name));
        }),
        ToolChoice::Foreign(foreign) => raw(foreign, json.key("tool_choice"), walk, "type")?,
    }
    // Without tools OpenAI refuses the field.
    if let Some(parallel) = chat.parallel_tools.filter(|_| !chat.tools.is_empty()) {
        json.key("parallel_tool_calls").bool(parallel);
    }
    Ok(())
}

fn named(custom: &Foreign, name: &str) -> bool {
    let tool = serde_json::from_str::<serde_json::Value>(custom.json.as_str()).unwrap_or_default();
    tool.get("custom").and_then(|custom| custom.get("name")).and_then(serde_json::Value::as_str) == Some(name)
}

fn raw(foreign: &Foreign, json: &mut Json<'_>, walk: &Walk<'_>, field: &str) -> Result<(), Refused> {
    if foreign.origin != ORIGIN {
        let why = format!("{} exists only at its own provider", foreign.kind);
        return Err(walk.refused(field, why));
    }
    json.raw(foreign.json.as_str());
    Ok(())
}

fn function(tool: &FunctionTool, json: &mut Json<'_>, walk: &mut Walk<'_>) {
    if tool.cache.is_some() {
        walk.losses.dropped("cache_control");
    }
    json.item().object(|json| {
        json.text("type", "function");
        json.key("function").object(|json| {
            json.text("name", &tool.name);
            json.optional_text("description", tool.description.as_ref());
            if let Some(schema) = &tool.parameters {
                json.key("parameters").raw(schema.as_str());
            }
            if let Some(strict) = tool.strict {
                json.key("strict").bool(strict);
            }
            walk.ext(&tool.ext, json);
        });
    });
}
