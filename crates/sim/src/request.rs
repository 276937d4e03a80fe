//! Reading requests: which provider is addressed, JSON with room for complaints, and directives hidden in prompts.

use serde_json::Value;

use crate::fault::Fault;

/// Whose wire format is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    OpenAi,
    Anthropic,
}

/// The operation addressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    Chat,
    Embeddings,
    Messages,
    CountTokens,
    Models,
    Model(String),
    Control(String),
    Unknown,
}

/// Finds the operation by path. `/openai` and `/anthropic` may stand in front, and `/v1` may be left out for OpenAI,
/// so that any base URL a client is configured with works.
pub(crate) fn route(path: &str) -> Route {
    if let Some(name) = path.strip_prefix("/sim/") {
        return Route::Control(name.to_owned());
    }
    let path = path.strip_prefix("/openai").or_else(|| path.strip_prefix("/anthropic")).unwrap_or(path);
    let path = path.strip_prefix("/v1").unwrap_or(path);
    match path.trim_end_matches('/') {
        "/chat/completions" => Route::Chat,
        "/embeddings" => Route::Embeddings,
        "/messages" => Route::Messages,
        "/messages/count_tokens" => Route::CountTokens,
        "/models" => Route::Models,
        path => match path.strip_prefix("/models/") {
            Some(model) if !model.is_empty() => Route::Model(model.to_owned()),
            _ => Route::Unknown,
        },
    }
}

/// Separates directive lines (`sim: …`) from the rest of a prompt.
pub(crate) fn directives(prompt: &str) -> (String, Vec<String>) {
    let mut found = Vec::new();
    let mut rest = Vec::new();
    for line in prompt.lines() {
        match line.trim_start().strip_prefix("sim:") {
            Some(directives) => found.push(directives.to_owned()),
            None => rest.push(line),
        }
    }
    if found.is_empty() { (prompt.to_owned(), found) } else { (rest.join("\n"), found) }
}

/// The type of a JSON value with its article, as OpenAI names it.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(number) if number.is_f64() => "a decimal",
        Value::Number(_) => "an integer",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// A field that is neither absent nor null.
pub(crate) fn present<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    value.get(name).filter(|value| !value.is_null())
}

/// The elements of an array field; nothing for any other value.
pub(crate) fn items<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A string field; nothing for any other value.
pub(crate) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Whether a name is one to 64 (OpenAI) or 128 (Anthropic) letters, digits, dashes and underscores.
pub(crate) fn is_identifier(name: &str, longest: usize) -> bool {
    let fits = (1..=longest).contains(&name.len());
    fits && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

/// Complains in OpenAI's words when an object schema is not what `strict` demands.
pub(crate) fn strict_schema(
    schema: &Value,
    what: &str,
    param: &str,
    code: &'static str,
) -> Result<(), Fault> {
    let complain = |message: &str| {
        Err(Fault::invalid(format!("Invalid schema for {what}: In context=(), {message}"))
            .param(param)
            .code(code))
    };
    if schema.get("type").and_then(Value::as_str) != Some("object") {
        return complain("schema must be a JSON Schema of 'type: \"object\"'.");
    }
    if schema.get("additionalProperties") != Some(&Value::Bool(false)) {
        return complain("'additionalProperties' is required to be supplied and to be false.");
    }
    let required = items(schema, "required");
    let properties = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    for (name, _) in properties {
        if !required.iter().any(|listed| listed.as_str() == Some(name)) {
            return complain(&format!(
                "'required' is required to be supplied and to be an array including every key in properties. \
                 Missing '{name}'."
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_base_url_reaches_the_operation() {
        for (path, expected) in [
            ("/v1/chat/completions", Route::Chat),
            ("/openai/v1/chat/completions", Route::Chat),
            ("/chat/completions", Route::Chat),
            ("/anthropic/v1/messages", Route::Messages),
            ("/v1/messages/count_tokens", Route::CountTokens),
            ("/v1/models", Route::Models),
            ("/v1/models/gpt-4.1", Route::Model("gpt-4.1".into())),
            ("/sim/stats", Route::Control("stats".into())),
            ("/v1/files", Route::Unknown),
        ] {
            assert_eq!(route(path), expected, "{path}");
        }
    }

    #[test]
    fn directive_lines_are_taken_out_of_the_prompt() {
        let (rest, found) = directives("hello\n sim: echo\nworld");
        assert_eq!((rest.as_str(), found), ("hello\nworld", vec![" echo".to_owned()]));
        assert_eq!(directives("trailing\n"), ("trailing\n".to_owned(), vec![]));
    }
}
