//! Tools and how to choose among them, read; the older `functions` included.

use super::{
    ORIGIN,
    part_in::{At, cache, ext, missing},
};
use crate::{
    BadBody,
    json::{
        bad,
        node::{Source, Text, node},
    },
};
use ir::{Foreign, FunctionTool, Tool, ToolChoice};
use serde_json::value::RawValue;

node! {
    struct ToolWire<'a> {
        "type" => kind: Text<'a>,
        "function" => function: &'a RawValue,
        "cache_control" => cache_control: &'a RawValue,
    }
}

node! {
    struct FunctionWire<'a> {
        "name" => name: Text<'a>,
        "description" => description: Text<'a>,
        "parameters" => parameters: &'a RawValue,
        "strict" => strict: bool,
    }
}

node! {
    struct ChoiceWire<'a> {
        "type" => kind: Text<'a>,
        "function" => function: NameWire<'a>,
        "custom" => custom: NameWire<'a>,
        "name" => name: Text<'a>,
    }
}

node! {
    struct NameWire<'a> {
        "name" => name: Text<'a>,
    }
}

/// Reads one of `tools`.
pub(super) fn tool(source: Source<'_>, raw: &RawValue, at: At<'_>) -> Result<Tool, BadBody> {
    let wire: ToolWire<'_> =
        stdx::json::from_str(raw.get()).map_err(|error| bad::bad(&error, raw.get(), &at()))?;
    let Some(kind) = wire.kind else { return Err(missing(&at(), "type")) };
    if kind.0 != "function" {
        return Ok(Tool::Foreign(Foreign { origin: ORIGIN, kind: source.str(kind), json: source.raw(raw) }));
    }
    let inner = wire.function.ok_or_else(|| missing(&at(), "function"))?;
    let mut tool = function(source, inner, &|| bad::join(&at(), "function"))?;
    tool.cache = cache(source, wire.cache_control, &mut tool.ext);
    Ok(Tool::Function(tool))
}

/// Reads a function: what stands under `function`, or one of the older `functions`.
pub(super) fn function(source: Source<'_>, raw: &RawValue, at: At<'_>) -> Result<FunctionTool, BadBody> {
    let wire: FunctionWire<'_> =
        stdx::json::from_str(raw.get()).map_err(|error| bad::bad(&error, raw.get(), &at()))?;
    Ok(FunctionTool {
        name: source.str(wire.name.ok_or_else(|| missing(&at(), "name"))?),
        description: wire.description.map(|text| source.str(text)),
        parameters: wire.parameters.map(|raw| source.raw(raw)),
        strict: wire.strict,
        cache: None,
        ext: ext(source, wire.rest),
    })
}

/// Reads `tool_choice`, or the older `function_call` of a request.
pub(super) fn choice(source: Source<'_>, raw: &RawValue, field: &str) -> Result<ToolChoice, BadBody> {
    let wrong = || BadBody::new(field.to_string(), format!("{field} must be none, auto, required or a tool"));
    let read = |error: serde_json::Error| bad::bad(&error, raw.get(), field);
    if raw.get().starts_with('"') {
        let word: Text<'_> = stdx::json::from_str(raw.get()).map_err(read)?;
        return Ok(match &*word.0 {
            "none" => ToolChoice::None,
            "auto" => ToolChoice::Auto,
            "required" | "any" => ToolChoice::Required,
            _ => return Err(wrong()),
        });
    }
    let wire: ChoiceWire<'_> = stdx::json::from_str(raw.get()).map_err(read)?;
    let named = wire.function.or(wire.custom).and_then(|tool| tool.name).or(wire.name);
    match (wire.kind, named) {
        (_, Some(name)) => Ok(ToolChoice::Named(source.str(name))),
        (Some(kind), None) => {
            Ok(ToolChoice::Foreign(Foreign { origin: ORIGIN, kind: source.str(kind), json: source.raw(raw) }))
        }
        (None, None) => Err(wrong()),
    }
}
