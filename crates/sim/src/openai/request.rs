//! Reading and checking a chat completion request, with complaints in OpenAI's words.

use serde_json::Value;

use super::{messages, tools};
use crate::ask::{Ask, Format, Reasoning};
use crate::fault::Fault;
use crate::request::{items, kind, present, strict_schema, text};

const FIELDS: &[&str] = &[
    "audio",
    "frequency_penalty",
    "logit_bias",
    "logprobs",
    "max_completion_tokens",
    "max_tokens",
    "messages",
    "metadata",
    "modalities",
    "model",
    "n",
    "parallel_tool_calls",
    "prediction",
    "presence_penalty",
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
    "reasoning_effort",
    "response_format",
    "safety_identifier",
    "seed",
    "service_tier",
    "stop",
    "store",
    "stream",
    "stream_options",
    "temperature",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "user",
    "verbosity",
    "web_search_options",
    "moderation",
];

/// Reads a request that is an object; `strict` refuses fields OpenAI does not know.
pub(crate) fn read(body: &Value, strict: bool) -> Result<Ask, Fault> {
    let model = match present(body, "model") {
        Some(Value::String(model)) if !model.is_empty() => model.clone(),
        None => return Err(Fault::invalid("you must provide a model parameter")),
        Some(other) => return Err(wrong_type("model", "a string", other)),
    };
    if strict {
        let unknown =
            body.as_object().into_iter().flatten().find(|(name, _)| !FIELDS.contains(&name.as_str()));
        if let Some((name, _)) = unknown {
            return Err(Fault::invalid(format!("Unrecognized request argument supplied: {name}")));
        }
    }
    let mut ask = Ask { model, answers: 1, parallel: true, ..Ask::default() };
    messages::read(body, &mut ask)?;
    tools::read(body, &mut ask)?;
    sampling(body)?;
    output(body, &mut ask)?;
    streaming(body, &mut ask)?;
    ask.reasoning = reasoning(body, &ask.model)?;
    let tier = choice(body, "service_tier", &["auto", "default", "flex", "priority", "scale"])?;
    ask.service_tier = Some(tier.filter(|tier| *tier != "auto").unwrap_or("default").to_owned());
    Ok(ask)
}

pub(crate) fn wrong_type(param: &str, expected: &str, found: &Value) -> Fault {
    let found = kind(found);
    Fault::invalid(format!("Invalid type for '{param}': expected {expected}, but got {found} instead."))
        .param(param)
        .code("invalid_type")
}

pub(crate) fn missing(param: &str) -> Fault {
    Fault::invalid(format!("Missing required parameter: '{param}'."))
        .param(param)
        .code("missing_required_parameter")
}

pub(crate) fn wrong_value(param: &str, found: &str, choices: &[&str]) -> Fault {
    let choices: Vec<String> = choices.iter().map(|choice| format!("'{choice}'")).collect();
    let message = format!("Invalid value: '{found}'. Supported values are: {}.", choices.join(", "));
    Fault::invalid(message).param(param).code("invalid_value")
}

fn integer(body: &Value, name: &str, low: i64, high: i64) -> Result<Option<i64>, Fault> {
    let Some(value) = present(body, name) else { return Ok(None) };
    let number = value.as_i64().ok_or_else(|| wrong_type(name, "an integer", value))?;
    let complain = |side: &str, relation: &str, bound: i64, code| {
        let message = format!(
            "Invalid '{name}': integer {side} value. Expected a value {relation} {bound}, but got {number} instead."
        );
        Err(Fault::invalid(message).param(name).code(code))
    };
    match number {
        number if number < low => complain("below minimum", ">=", low, "integer_below_min_value"),
        number if number > high => complain("above maximum", "<=", high, "integer_above_max_value"),
        number => Ok(Some(number)),
    }
}

fn decimal(body: &Value, name: &str, low: f64, high: f64) -> Result<(), Fault> {
    let Some(value) = present(body, name) else { return Ok(()) };
    let number = value.as_f64().ok_or_else(|| wrong_type(name, "a decimal", value))?;
    let complain = |side: &str, relation: &str, bound: f64, code| {
        let message = format!(
            "Invalid '{name}': decimal {side} value. Expected a value {relation} {bound}, but got {number} instead."
        );
        Err(Fault::invalid(message).param(name).code(code))
    };
    if number < low {
        complain("below minimum", ">=", low, "decimal_below_min_value")
    } else if number > high {
        complain("above maximum", "<=", high, "decimal_above_max_value")
    } else {
        Ok(())
    }
}

pub(crate) fn boolean(body: &Value, name: &str) -> Result<Option<bool>, Fault> {
    match present(body, name) {
        None => Ok(None),
        Some(value) => value.as_bool().map(Some).ok_or_else(|| wrong_type(name, "a boolean", value)),
    }
}

fn choice<'a>(body: &'a Value, name: &str, choices: &[&str]) -> Result<Option<&'a str>, Fault> {
    match present(body, name) {
        None => Ok(None),
        Some(Value::String(value)) if choices.contains(&value.as_str()) => Ok(Some(value)),
        Some(Value::String(value)) => Err(wrong_value(name, value, choices)),
        Some(other) => Err(wrong_type(name, "a string", other)),
    }
}

fn sampling(body: &Value) -> Result<(), Fault> {
    decimal(body, "temperature", 0.0, 2.0)?;
    decimal(body, "top_p", 0.0, 1.0)?;
    decimal(body, "frequency_penalty", -2.0, 2.0)?;
    decimal(body, "presence_penalty", -2.0, 2.0)?;
    integer(body, "seed", i64::MIN, i64::MAX)?;
    choice(body, "verbosity", &["low", "medium", "high"])?;
    for name in ["logit_bias", "metadata", "prediction", "web_search_options"] {
        if let Some(value) = present(body, name).filter(|value| !value.is_object()) {
            return Err(wrong_type(name, "an object", value));
        }
    }
    for name in ["user", "safety_identifier", "prompt_cache_key"] {
        if let Some(value) = present(body, name).filter(|value| !value.is_string()) {
            return Err(wrong_type(name, "a string", value));
        }
    }
    boolean(body, "store")?;
    if items(body, "modalities").iter().any(|modality| modality == "audio")
        || present(body, "audio").is_some()
    {
        return Err(Fault::invalid("The simulator does not speak: leave 'audio' out of 'modalities'.")
            .param("modalities"));
    }
    Ok(())
}

fn output(body: &Value, ask: &mut Ask) -> Result<(), Fault> {
    ask.answers = integer(body, "n", 1, 128)?.and_then(|n| usize::try_from(n).ok()).unwrap_or(1);
    let old = integer(body, "max_tokens", 1, i64::MAX)?;
    let new = integer(body, "max_completion_tokens", 1, i64::MAX)?;
    if old.is_some() && new.is_some() {
        let message = "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.";
        return Err(Fault::invalid(message).param("max_tokens").code("invalid_value"));
    }
    if old.is_some() && reasons_unseen(&ask.model) {
        let message = "Unsupported parameter: 'max_tokens' is not supported with this model. \
                       Use 'max_completion_tokens' instead.";
        return Err(Fault::invalid(message).param("max_tokens").code("unsupported_parameter"));
    }
    ask.max_tokens = old.or(new).and_then(|most| usize::try_from(most).ok());
    ask.stop = stop(body)?;
    let top = integer(body, "top_logprobs", 0, 20)?.and_then(|top| usize::try_from(top).ok());
    ask.logprobs = match boolean(body, "logprobs")? {
        Some(true) => Some(top.unwrap_or(0)),
        _ if top.is_some() => {
            let message = "Invalid value for 'top_logprobs': 'logprobs' must be true to use it.";
            return Err(Fault::invalid(message).param("top_logprobs").code("invalid_value"));
        }
        _ => None,
    };
    ask.format = format(body)?;
    Ok(())
}

fn stop(body: &Value) -> Result<Vec<String>, Fault> {
    let sequences = match present(body, "stop") {
        None => Vec::new(),
        Some(Value::String(sequence)) => vec![sequence.clone()],
        Some(Value::Array(list)) => {
            let strings = list.iter().map(|item| item.as_str().map(str::to_owned));
            let strings: Option<Vec<String>> = strings.collect();
            strings
                .ok_or_else(|| Fault::invalid("Invalid type for 'stop': expected strings.").param("stop"))?
        }
        Some(other) => return Err(wrong_type("stop", "a string or an array of strings", other)),
    };
    if sequences.len() > 4 {
        let message = format!(
            "Invalid 'stop': array too long. Expected an array with maximum length 4, but got an array with length {} \
             instead.",
            sequences.len()
        );
        return Err(Fault::invalid(message).param("stop").code("array_above_max_length"));
    }
    Ok(sequences.into_iter().filter(|sequence| !sequence.is_empty()).collect())
}

fn format(body: &Value) -> Result<Format, Fault> {
    let Some(format) = present(body, "response_format") else { return Ok(Format::Text) };
    match text(format, "type") {
        "text" => Ok(Format::Text),
        "json_object" => {
            let said = body.get("messages").map(Value::to_string).unwrap_or_default().to_lowercase();
            if said.contains("json") {
                return Ok(Format::Json);
            }
            let message = "'messages' must contain the word 'json' in some form, to use 'response_format' of type \
                           'json_object'.";
            Err(Fault::invalid(message).param("messages"))
        }
        "json_schema" => {
            let wrapped =
                present(format, "json_schema").ok_or_else(|| missing("response_format.json_schema"))?;
            let name = present(wrapped, "name").and_then(Value::as_str);
            let name = name.ok_or_else(|| missing("response_format.json_schema.name"))?;
            let schema =
                present(wrapped, "schema").cloned().unwrap_or_else(|| serde_json::json!({"type": "object"}));
            if wrapped.get("strict") == Some(&Value::Bool(true)) {
                let what = format!("response_format '{name}'");
                strict_schema(&schema, &what, "response_format", "invalid_json_schema")?;
            }
            Ok(Format::Schema(schema))
        }
        other => Err(wrong_value("response_format.type", other, &["json_object", "json_schema", "text"])),
    }
}

fn streaming(body: &Value, ask: &mut Ask) -> Result<(), Fault> {
    ask.stream = boolean(body, "stream")?.unwrap_or(false);
    if let Some(options) = present(body, "stream_options") {
        if !ask.stream {
            let message = "The 'stream_options' parameter is only allowed when 'stream' is enabled.";
            return Err(Fault::invalid(message).param("stream_options"));
        }
        ask.include_usage = boolean(options, "include_usage")?.unwrap_or(false);
    }
    Ok(())
}

/// Models that reason without showing it.
fn reasons_unseen(model: &str) -> bool {
    ["o1", "o3", "o4", "gpt-5"].iter().any(|family| model.starts_with(family))
}

fn reasoning(body: &Value, model: &str) -> Result<Reasoning, Fault> {
    let efforts = ["none", "minimal", "low", "medium", "high", "xhigh"];
    let effort = choice(body, "reasoning_effort", &efforts)?;
    Ok(match effort {
        Some("none") => Reasoning::None,
        _ if model.contains("reason") => Reasoning::Shown,
        _ if reasons_unseen(model) => Reasoning::Hidden,
        _ => Reasoning::None,
    })
}
