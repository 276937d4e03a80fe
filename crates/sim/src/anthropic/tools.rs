//! The tools of a messages request and the choice among them. Tools the provider would run itself are accepted and
//! never used.

use serde_json::Value;

use super::request::{expected, required};
use crate::ask::{Ask, Choice, Tool};
use crate::fault::Fault;
use crate::request::{is_identifier, present, text};

pub(super) fn read(body: &Value, ask: &mut Ask) -> Result<(), Fault> {
    let mut offered = 0;
    if let Some(tools) = present(body, "tools") {
        let tools = tools.as_array().ok_or_else(|| expected("tools", "a valid list"))?;
        offered = tools.len();
        for (index, tool) in tools.iter().enumerate() {
            ask.tools.extend(read_tool(tool, &format!("tools.{index}"))?);
        }
    }
    for (index, tool) in ask.tools.iter().enumerate() {
        if ask.tools.iter().take(index).any(|earlier| earlier.name == tool.name) {
            return Err(Fault::invalid("tools: Tool names must be unique."));
        }
    }
    let Some(choice) = present(body, "tool_choice") else { return Ok(()) };
    if offered == 0 {
        return Err(Fault::invalid("tool_choice may only be specified while providing tools."));
    }
    ask.parallel = choice.get("disable_parallel_tool_use") != Some(&Value::Bool(true));
    ask.choice = match text(choice, "type") {
        "auto" => Choice::Auto,
        "any" => Choice::Required,
        "none" => Choice::None,
        "tool" => {
            let name = present(choice, "name")
                .and_then(Value::as_str)
                .ok_or_else(|| required("tool_choice.tool.name"))?;
            if !ask.tools.iter().any(|tool| tool.name == name) {
                return Err(Fault::invalid(format!("Tool '{name}' not found in provided tools")));
            }
            Choice::Named(name.to_owned())
        }
        other => {
            let message = format!(
                "tool_choice: Input tag '{other}' found using 'type' does not match any of the expected tags: \
                 'any', 'auto', 'none', 'tool'"
            );
            return Err(Fault::invalid(message));
        }
    };
    Ok(())
}

fn read_tool(tool: &Value, path: &str) -> Result<Option<Tool>, Fault> {
    let custom = matches!(present(tool, "type").and_then(Value::as_str), None | Some("custom"));
    let path = if custom { format!("{path}.custom") } else { path.to_owned() };
    if !custom && text(tool, "type") == "mcp_toolset" {
        return Ok(None);
    }
    let name =
        present(tool, "name").and_then(Value::as_str).ok_or_else(|| required(&format!("{path}.name")))?;
    if !is_identifier(name, 128) {
        return Err(Fault::invalid(format!(
            "{path}.name: String should match pattern '^[a-zA-Z0-9_-]{{1,128}}$'"
        )));
    }
    if !custom {
        return Ok(None);
    }
    let schema = present(tool, "input_schema").ok_or_else(|| required(&format!("{path}.input_schema")))?;
    match schema.get("type") {
        None => Err(required(&format!("{path}.input_schema.type"))),
        Some(kind) if kind == "object" => {
            Ok(Some(Tool { name: name.to_owned(), schema: Some(schema.clone()) }))
        }
        Some(_) => Err(expected(&format!("{path}.input_schema.type"), "'object'")),
    }
}
