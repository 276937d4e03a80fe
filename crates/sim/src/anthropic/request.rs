//! Reading and checking a messages request, with complaints in Anthropic's words.

use serde_json::Value;

use super::{blocks, order, tools};
use crate::ask::{Ask, Choice, Format, Reasoning};
use crate::fault::Fault;
use crate::request::{items, present, text};

const FIELDS: &[&str] = &[
    "cache_control",
    "container",
    "context_management",
    "diagnostics",
    "fallbacks",
    "inference_geo",
    "max_tokens",
    "mcp_servers",
    "messages",
    "metadata",
    "model",
    "output_config",
    "output_format",
    "service_tier",
    "speed",
    "stop_sequences",
    "stream",
    "system",
    "temperature",
    "thinking",
    "tool_choice",
    "tools",
    "top_k",
    "top_p",
    "user_profile_id",
];
/// What a count of tokens needs not and takes not.
const ONLY_IN_MESSAGES: &[&str] = &["max_tokens", "metadata", "service_tier", "stop_sequences", "stream"];
/// Part of a prompt that has the provider think where nobody can read it.
const REDACT_TRIGGER: &str = "ANTHROPIC_MAGIC_STRING_TRIGGER_REDACTED_THINKING";

/// A checked request and whether its thoughts are to be hidden.
pub(crate) struct Messages {
    pub(crate) ask: Ask,
    pub(crate) redacted: bool,
}

/// Reads a request that is an object. With `count` it is one for `count_tokens`. `strict` refuses unknown fields and
/// thoughts the simulator did not think.
pub(crate) fn read(body: &Value, strict: bool, count: bool) -> Result<Messages, Fault> {
    let unknown = |name: &&String| {
        !FIELDS.contains(&name.as_str()) || (count && ONLY_IN_MESSAGES.contains(&name.as_str()))
    };
    if let Some(name) =
        body.as_object().into_iter().flat_map(|body| body.keys()).find(unknown).filter(|_| strict)
    {
        return Err(Fault::invalid(format!("{name}: Extra inputs are not permitted")));
    }
    let model = match body.get("model") {
        None => return Err(required("model")),
        Some(Value::String(model)) if !model.is_empty() => model.clone(),
        Some(Value::String(_)) => {
            return Err(Fault::invalid("model: String should have at least 1 character"));
        }
        Some(_) => return Err(expected("model", "a valid string")),
    };
    let mut ask = Ask { model, answers: 1, parallel: true, ..Ask::default() };
    if !count {
        let most = body.get("max_tokens").ok_or_else(|| required("max_tokens"))?;
        let most = most.as_i64().ok_or_else(|| expected("max_tokens", "a valid integer"))?;
        let most = usize::try_from(most).ok().filter(|most| *most >= 1);
        ask.max_tokens =
            Some(most.ok_or_else(|| Fault::invalid("max_tokens: must be greater than or equal to 1"))?);
    }
    tools::read(body, &mut ask)?;
    blocks::read(body, &mut ask, strict)?;
    order::check(body)?;
    sampling(body, &mut ask)?;
    thinking(body, &mut ask)?;
    ask.format = format(body)?;
    let redacted = ask.prompt.contains(REDACT_TRIGGER);
    Ok(Messages { ask, redacted })
}

pub(super) fn required(path: &str) -> Fault {
    Fault::invalid(format!("{path}: Field required"))
}

pub(super) fn expected(path: &str, what: &str) -> Fault {
    Fault::invalid(format!("{path}: Input should be {what}"))
}

fn sampling(body: &Value, ask: &mut Ask) -> Result<(), Fault> {
    for name in ["temperature", "top_p"] {
        if let Some(value) = present(body, name) {
            let number = value.as_f64().ok_or_else(|| expected(name, "a valid number"))?;
            if !(0.0..=1.0).contains(&number) {
                return Err(Fault::invalid(format!("{name}: range: 0..1")));
            }
        }
    }
    if present(body, "top_k").is_some_and(|value| value.as_u64().is_none()) {
        return Err(expected("top_k", "a valid non-negative integer"));
    }
    if let Some(value) = present(body, "stop_sequences") {
        let list = value.as_array().ok_or_else(|| expected("stop_sequences", "a valid list"))?;
        for (index, item) in list.iter().enumerate() {
            let sequence = item
                .as_str()
                .ok_or_else(|| expected(&format!("stop_sequences.{index}"), "a valid string"))?;
            if sequence.trim().is_empty() {
                return Err(Fault::invalid("stop_sequences: each stop sequence must contain non-whitespace"));
            }
            ask.stop.push(sequence.to_owned());
        }
    }
    if let Some(value) = present(body, "stream") {
        ask.stream = value.as_bool().ok_or_else(|| expected("stream", "a valid boolean"))?;
    }
    match present(body, "service_tier").map(|tier| tier.as_str().unwrap_or_default()) {
        None | Some("auto" | "standard_only") => {}
        Some(_) => return Err(expected("service_tier", "'auto' or 'standard_only'")),
    }
    if let Some(metadata) = present(body, "metadata") {
        let known = |name: &String| name == "user_id";
        let object = metadata.as_object().ok_or_else(|| expected("metadata", "a valid dictionary"))?;
        if let Some(name) = object.keys().find(|name| !known(name)) {
            return Err(Fault::invalid(format!("metadata.{name}: Extra inputs are not permitted")));
        }
        if present(metadata, "user_id").is_some_and(|user| !user.is_string()) {
            return Err(expected("metadata.user_id", "a valid string"));
        }
    }
    Ok(())
}

fn thinking(body: &Value, ask: &mut Ask) -> Result<(), Fault> {
    let Some(thinking) = present(body, "thinking") else { return Ok(()) };
    match text(thinking, "type") {
        "disabled" => return Ok(()),
        "adaptive" => {}
        "enabled" => {
            let path = "thinking.enabled.budget_tokens";
            let budget = present(thinking, "budget_tokens").ok_or_else(|| required(path))?;
            let budget = budget.as_u64().filter(|budget| *budget >= 1_024);
            let budget = budget.ok_or_else(|| expected(path, "greater than or equal to 1024"))?;
            if ask.max_tokens.is_some_and(|most| most as u64 <= budget) {
                return Err(Fault::invalid("`max_tokens` must be greater than `thinking.budget_tokens`."));
            }
        }
        other => {
            let message = format!(
                "thinking: Input tag '{other}' found using 'type' does not match any of the expected tags: \
                 'adaptive', 'disabled', 'enabled'"
            );
            return Err(Fault::invalid(message));
        }
    }
    if matches!(ask.choice, Choice::Required | Choice::Named(_)) {
        return Err(Fault::invalid("Thinking may not be enabled when tool_choice forces tool use."));
    }
    if present(body, "temperature").and_then(Value::as_f64).is_some_and(|temperature| temperature != 1.0) {
        return Err(Fault::invalid("`temperature` may only be set to 1 when thinking is enabled."));
    }
    order::thinking_leads(items(body, "messages"))?;
    ask.reasoning = Reasoning::Shown;
    Ok(())
}

fn format(body: &Value) -> Result<Format, Fault> {
    let (path, format) = match body.get("output_config").and_then(|config| present(config, "format")) {
        Some(format) => ("output_config.format", format),
        None => match present(body, "output_format") {
            Some(format) => ("output_format", format),
            None => return Ok(Format::Text),
        },
    };
    if text(format, "type") != "json_schema" {
        return Err(expected(&format!("{path}.type"), "'json_schema'"));
    }
    let schema = present(format, "schema").ok_or_else(|| required(&format!("{path}.schema")))?;
    if text(schema, "type") == "object" && schema.get("additionalProperties") != Some(&Value::Bool(false)) {
        let message = format!(
            "{path}.schema: For 'object' type, 'additionalProperties' must be explicitly set to false"
        );
        return Err(Fault::invalid(message));
    }
    Ok(Format::Schema(schema.clone()))
}
