//! The tools of a chat completion request and the choice among them.

use serde_json::Value;

use super::request::{boolean, missing, wrong_type, wrong_value};
use crate::ask::{Ask, Choice, Tool};
use crate::fault::Fault;
use crate::request::{is_identifier, items, present, strict_schema, text};

pub(super) fn read(body: &Value, ask: &mut Ask) -> Result<(), Fault> {
    match present(body, "tools") {
        None => {}
        Some(Value::Array(tools)) => {
            for (index, item) in tools.iter().enumerate() {
                ask.tools.push(tool(item, &format!("tools[{index}]"))?);
            }
        }
        Some(other) => return Err(wrong_type("tools", "an array of objects", other)),
    }
    let parallel = boolean(body, "parallel_tool_calls")?;
    for (name, given) in
        [("tool_choice", present(body, "tool_choice").is_some()), ("parallel_tool_calls", parallel.is_some())]
    {
        if given && ask.tools.is_empty() {
            let message =
                format!("Invalid value for '{name}': '{name}' is only allowed when 'tools' are specified.");
            return Err(Fault::invalid(message).param(name));
        }
    }
    ask.parallel = parallel.unwrap_or(true);
    ask.choice = choice(body, &mut ask.tools)?;
    Ok(())
}

fn tool(item: &Value, at: &str) -> Result<Tool, Fault> {
    let kind = present(item, "type").and_then(Value::as_str).ok_or_else(|| missing(&format!("{at}.type")))?;
    if !["function", "custom"].contains(&kind) {
        return Err(wrong_value(&format!("{at}.type"), kind, &["function", "custom"]));
    }
    let inner = present(item, kind).ok_or_else(|| missing(&format!("{at}.{kind}")))?;
    let param = format!("{at}.{kind}.name");
    let name = present(inner, "name").and_then(Value::as_str).ok_or_else(|| missing(&param))?;
    if !is_identifier(name, 64) {
        let message = format!(
            "Invalid '{param}': string does not match pattern. Expected a string that matches the pattern \
             '^[a-zA-Z0-9_-]+$'."
        );
        return Err(Fault::invalid(message).param(param).code("invalid_value"));
    }
    if kind == "custom" {
        return Ok(Tool { name: name.to_owned(), schema: None });
    }
    let param = format!("{at}.function.parameters");
    let schema = match present(inner, "parameters") {
        None => serde_json::json!({"type": "object", "properties": {}}),
        Some(schema @ Value::Object(_)) => schema.clone(),
        Some(other) => return Err(wrong_type(&param, "an object", other)),
    };
    if let Some(kind) = schema.get("type").filter(|kind| *kind != "object") {
        let message = format!(
            "Invalid schema for function '{name}': schema must be a JSON Schema of 'type: \"object\"', got 'type: {kind}'."
        );
        return Err(Fault::invalid(message).param(param).code("invalid_function_parameters"));
    }
    if inner.get("strict") == Some(&Value::Bool(true)) {
        strict_schema(&schema, &format!("function '{name}'"), &param, "invalid_function_parameters")?;
    }
    Ok(Tool { name: name.to_owned(), schema: Some(schema) })
}

/// Reads `tool_choice`; allowed tools narrow the list that was offered.
fn choice(body: &Value, tools: &mut Vec<Tool>) -> Result<Choice, Fault> {
    let value = match present(body, "tool_choice") {
        None => return Ok(Choice::Auto),
        Some(Value::String(mode)) => return mode_of(mode, "tool_choice"),
        Some(value @ Value::Object(_)) => value,
        Some(other) => return Err(wrong_type("tool_choice", "a string or an object", other)),
    };
    let kind = text(value, "type");
    match kind {
        "function" | "custom" => {
            let name = value.get(kind).map(|inner| text(inner, "name")).unwrap_or_default();
            if !tools.iter().any(|tool| tool.name == name) {
                let message = format!("Tool choice '{name}' not found in 'tools' parameter.");
                return Err(Fault::invalid(message).param("tool_choice"));
            }
            Ok(Choice::Named(name.to_owned()))
        }
        "allowed_tools" => {
            let allowed = present(value, kind).ok_or_else(|| missing("tool_choice.allowed_tools"))?;
            let named = |tool: &Tool| {
                let name =
                    |item: &Value| item.get(text(item, "type")).map(|inner| text(inner, "name").to_owned());
                items(allowed, "tools").iter().any(|item| name(item).as_deref() == Some(&tool.name))
            };
            tools.retain(named);
            mode_of(text(allowed, "mode"), "tool_choice.allowed_tools.mode")
        }
        other => Err(wrong_value("tool_choice.type", other, &["function", "custom", "allowed_tools"])),
    }
}

fn mode_of(mode: &str, param: &str) -> Result<Choice, Fault> {
    match mode {
        "none" => Ok(Choice::None),
        "auto" => Ok(Choice::Auto),
        "required" => Ok(Choice::Required),
        other => Err(wrong_value(param, other, &["none", "auto", "required"])),
    }
}
