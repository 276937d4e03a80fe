//! Tools and how the model is told to choose among them, both ways.

use super::{
    ORIGIN, bad,
    block_in::{cache, ext, missing},
    ids, models,
    node::{Source, Text, node},
    options::cache_control,
    out::Json,
    schema,
};
use crate::{BadBody, Refused, codec::Target};
use ir::{ChatRequest, Foreign, FunctionTool, Losses, Tool, ToolChoice};
use serde_json::value::RawValue;

node! {
    struct ToolWire<'a> {
        "type" => kind: Text<'a>,
        "name" => name: Text<'a>,
        "description" => description: Text<'a>,
        "input_schema" => input_schema: &'a RawValue,
        "strict" => strict: bool,
        "cache_control" => cache_control: &'a RawValue,
    }
}

node! {
    struct ChoiceWire<'a> {
        "type" => kind: Text<'a>,
        "name" => name: Text<'a>,
        "disable_parallel_tool_use" => disable_parallel: bool,
    }
}

pub(super) fn decode(source: Source<'_>, tools: Vec<&RawValue>) -> Result<Vec<Tool>, BadBody> {
    tools.into_iter().enumerate().map(|(index, raw)| tool(source, raw, index)).collect()
}

fn tool(source: Source<'_>, raw: &RawValue, index: usize) -> Result<Tool, BadBody> {
    let at = || format!("tools[{index}]");
    let wire: ToolWire<'_> = stdx::json::from_str(raw.get()).map_err(|e| bad::bad(&e, raw.get(), &at()))?;
    if let Some(kind) = wire.kind.filter(|kind| kind.0 != "custom") {
        return Ok(Tool::Foreign(Foreign { origin: ORIGIN, kind: source.str(kind), json: source.raw(raw) }));
    }
    let mut ext = ext(source, wire.rest);
    Ok(Tool::Function(FunctionTool {
        name: source.str(wire.name.ok_or_else(|| missing(&at(), "name"))?),
        description: wire.description.map(|text| source.str(text)),
        parameters: wire.input_schema.map(|schema| source.raw(schema)),
        strict: wire.strict,
        cache: cache(source, wire.cache_control, &mut ext),
        ext,
    }))
}

pub(super) fn decode_choice(
    source: Source<'_>,
    raw: &RawValue,
) -> Result<(ToolChoice, Option<bool>), BadBody> {
    let wire: ChoiceWire<'_> =
        stdx::json::from_str(raw.get()).map_err(|e| bad::bad(&e, raw.get(), "tool_choice"))?;
    let kind = wire.kind.ok_or_else(|| missing("tool_choice", "type"))?;
    let choice = match kind.0.as_ref() {
        "auto" => ToolChoice::Auto,
        "any" => ToolChoice::Required,
        "none" => ToolChoice::None,
        "tool" => ToolChoice::Named(source.str(wire.name.ok_or_else(|| missing("tool_choice", "name"))?)),
        _ => ToolChoice::Foreign(Foreign { origin: ORIGIN, kind: source.str(kind), json: source.raw(raw) }),
    };
    Ok((choice, wire.disable_parallel.map(|disabled| !disabled)))
}

/// Writes `tools` and `tool_choice`, where there are any.
pub(super) fn encode(
    json: &mut Json<'_>,
    chat: &ChatRequest,
    target: &Target<'_>,
    losses: &mut Losses,
) -> Result<(), Refused> {
    if chat.tools.is_empty() {
        // This dialect takes a choice only beside tools; without any there is nothing to choose.
        return Ok(());
    }
    json.key("tools").open(b'[');
    for (index, tool) in chat.tools.iter().enumerate() {
        match tool {
            Tool::Function(tool) => encode_function(json.item(), tool, index, target, losses)?,
            Tool::Foreign(foreign) if foreign.origin == ORIGIN => json.item().raw(foreign.json.as_str()),
            Tool::Foreign(foreign) => {
                return Err(Refused {
                    what: format!("tools[{index}]"),
                    why: format!("a tool of type \"{}\" has no counterpart there", printable(&foreign.kind))
                        .into(),
                });
            }
        }
    }
    json.close(b']');
    encode_choice(json, chat)
}

fn encode_function(
    json: &mut Json<'_>,
    tool: &FunctionTool,
    index: usize,
    target: &Target<'_>,
    losses: &mut Losses,
) -> Result<(), Refused> {
    let name = ids::escape(&tool.name);
    if name.is_empty() || name.len() > ids::NAME_MAX {
        return Err(Refused {
            what: format!("tools[{index}].name"),
            why: format!("a tool's name must have 1 to {} characters there", ids::NAME_MAX).into(),
        });
    }
    let strict = tool.strict.filter(|strict| *strict && models::has_structured_output(target.model));
    if tool.strict == Some(true) && strict.is_none() {
        losses.dropped(format!("tools[{index}].strict"));
    }
    for (field, _) in tool.ext.foreign_to(ORIGIN) {
        losses.dropped(format!("tools[{index}].{field}"));
    }
    json.object(|json| {
        json.text("name", &name);
        json.optional_text("description", tool.description.as_ref());
        let schema = schema::for_tool(tool.parameters.as_ref(), strict.is_some());
        if schema.changed {
            losses.approximated(format!("tools[{index}].parameters"));
        }
        json.key("input_schema").raw(&schema.text);
        if strict.is_some() {
            json.key("strict").bool(true);
        }
        cache_control(json, tool.cache);
        for (field, value) in tool.ext.of(ORIGIN) {
            json.member(field, value);
        }
    });
    Ok(())
}

fn encode_choice(json: &mut Json<'_>, chat: &ChatRequest) -> Result<(), Refused> {
    let serial = chat.parallel_tools.filter(|parallel| !parallel).is_some();
    let kind = match &chat.tool_choice {
        ToolChoice::Unset if !serial => return Ok(()),
        ToolChoice::Unset | ToolChoice::Auto => "auto",
        ToolChoice::None => "none",
        ToolChoice::Required => "any",
        ToolChoice::Named(_) => "tool",
        ToolChoice::Foreign(foreign) if foreign.origin == ORIGIN => {
            json.key("tool_choice").raw(foreign.json.as_str());
            return Ok(());
        }
        ToolChoice::Foreign(foreign) => {
            return Err(Refused {
                what: "tool_choice".to_owned(),
                why: format!("a choice of type \"{}\" has no counterpart there", printable(&foreign.kind))
                    .into(),
            });
        }
    };
    json.key("tool_choice").object(|json| {
        json.text("type", kind);
        if let ToolChoice::Named(name) = &chat.tool_choice {
            json.text("name", &ids::escape(name));
        }
        if chat.tool_choice != ToolChoice::None
            && let Some(parallel) = chat.parallel_tools
        {
            json.key("disable_parallel_tool_use").bool(!parallel);
        }
    });
    Ok(())
}

/// A type name of somebody else's, short and plain enough for a message.
pub(super) fn printable(kind: &str) -> String {
    kind.chars().filter(|c| c.is_ascii_graphic()).take(64).collect()
}
