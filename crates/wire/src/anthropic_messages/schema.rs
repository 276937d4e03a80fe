//! JSON schemas made to fit: this dialect wants a tool's schema to say `type: object`, and compiles the schemas it must hold to,
//! which leaves no room for open objects or for bounds on numbers, strings and lists. Such bounds move into the description,
//! where the model still reads them. The order of properties stays: answers are written in it.

use super::{
    node::{Members, Rest, Text},
    out::quoted,
};
use serde_json::value::RawValue;
use std::borrow::Cow;
use stdx::RawJson;

/// Levels that are looked into; deeper parts are copied as they are.
const DEPTH: u32 = 64;

/// Bounds the compiler does not know.
const BOUNDS: &[&str] = &[
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
];

/// A schema as it goes out.
pub(super) struct Fitted<'a> {
    pub(super) text: Cow<'a, str>,
    /// It says less, or more, than the caller's.
    pub(super) changed: bool,
}

/// A tool's input schema.
pub(super) fn for_tool(schema: Option<&RawJson>, strict: bool) -> Fitted<'_> {
    let Some(schema) = schema else {
        return Fitted { text: Cow::Borrowed(r#"{"type":"object","properties":{}}"#), changed: false };
    };
    let mut fitted = if strict {
        for_output(schema)
    } else {
        Fitted { text: Cow::Borrowed(schema.as_str()), changed: false }
    };
    if let Some(members) = members(schema.as_str())
        && !members.iter().any(|(name, _)| name.0 == "type")
    {
        let tail = fitted.text.trim_start().strip_prefix('{').unwrap_or_default().trim_start().to_owned();
        let comma = if tail.starts_with('}') { "" } else { "," };
        fitted.text = Cow::Owned(format!("{{\"type\":\"object\"{comma}{tail}"));
    }
    fitted
}

/// A schema the answer is held to.
pub(super) fn for_output(schema: &RawJson) -> Fitted<'_> {
    let mut rewrite = Rewrite { out: String::with_capacity(schema.as_str().len() + 64), changed: false };
    rewrite.schema(schema.as_str(), DEPTH);
    if rewrite.changed {
        Fitted { text: Cow::Owned(rewrite.out), changed: true }
    } else {
        Fitted { text: Cow::Borrowed(schema.as_str()), changed: false }
    }
}

fn members(json: &str) -> Option<Rest<'_>> {
    stdx::json::from_str::<Members<'_>>(json).ok().map(|members| members.0)
}

struct Rewrite {
    out: String,
    changed: bool,
}

impl Rewrite {
    fn schema(&mut self, json: &str, depth: u32) {
        let Some(members) = members(json).filter(|_| depth > 0) else { return self.out.push_str(json) };
        let bounds: String = members
            .iter()
            .filter(|(name, raw)| is_bound(&name.0, raw))
            .map(bound_text)
            .collect::<Vec<_>>()
            .join(", ");
        let has = |wanted: &str| members.iter().any(|(name, _)| name.0 == wanted);
        let is_object = has("properties")
            || members.iter().any(|(name, raw)| name.0 == "type" && raw.get().contains("\"object\""));
        let (add_closed, add_description) =
            (is_object && !has("additionalProperties"), !bounds.is_empty() && !has("description"));
        self.out.push('{');
        for (name, raw) in members.iter().filter(|(name, raw)| !is_bound(&name.0, raw)) {
            self.name(&name.0);
            match name.0.as_ref() {
                "description" if !bounds.is_empty() => self.description(raw, &bounds),
                name => self.member(name, raw, depth - 1),
            }
        }
        if add_description {
            self.name("description");
            self.out.push_str(&quoted(&format!("{{{bounds}}}")));
        }
        if add_closed {
            self.name("additionalProperties");
            self.out.push_str("false");
        }
        self.changed |= add_closed || !bounds.is_empty();
        self.out.push('}');
    }

    fn name(&mut self, name: &str) {
        if !self.out.ends_with('{') {
            self.out.push(',');
        }
        self.out.push_str(&quoted(name));
        self.out.push(':');
    }

    fn member(&mut self, name: &str, raw: &RawValue, depth: u32) {
        match name {
            "properties" | "$defs" | "definitions" => {
                let Some(members) = members(raw.get()) else { return self.out.push_str(raw.get()) };
                self.out.push('{');
                for (name, raw) in &members {
                    self.name(&name.0);
                    self.schema(raw.get(), depth);
                }
                self.out.push('}');
            }
            "anyOf" | "allOf" | "oneOf" | "prefixItems" => {
                let Ok(list) = stdx::json::from_str::<Vec<&RawValue>>(raw.get()) else {
                    return self.out.push_str(raw.get());
                };
                self.out.push('[');
                for (index, raw) in list.into_iter().enumerate() {
                    if index > 0 {
                        self.out.push(',');
                    }
                    self.schema(raw.get(), depth);
                }
                self.out.push(']');
            }
            "items" => self.schema(raw.get(), depth),
            _ => self.out.push_str(raw.get()),
        }
    }

    fn description(&mut self, raw: &RawValue, bounds: &str) {
        let text = stdx::json::from_str::<Cow<'_, str>>(raw.get()).unwrap_or_default();
        self.out.push_str(&quoted(&format!("{text} {{{bounds}}}")));
    }
}

fn is_bound(name: &str, raw: &RawValue) -> bool {
    BOUNDS.contains(&name) || (name == "minItems" && !matches!(raw.get(), "0" | "1"))
}

fn bound_text((name, raw): &(Text<'_>, &RawValue)) -> String {
    format!("{}: {}", name.0, raw.get())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(schema: &str, expected: &str) {
        assert_eq!(for_output(&RawJson::from_valid(schema)).text, expected);
    }

    #[test]
    fn a_schema_that_fits_is_not_touched() {
        let schema = r#"{ "type": "object", "properties": {"b":{"type":"string"},"a":{}}, "additionalProperties": false }"#;
        check(schema, schema);
    }

    #[test]
    fn open_objects_are_closed_at_every_level() {
        check(
            r#"{"type":"object","properties":{"z":{"type":"array","items":{"properties":{}}}}}"#,
            r#"{"type":"object","properties":{"z":{"type":"array","items":{"properties":{},"additionalProperties":false}}},"additionalProperties":false}"#,
        );
    }

    #[test]
    fn bounds_become_words() {
        check(
            r#"{"type":"integer","description":"age","minimum":0,"maximum":9}"#,
            r#"{"type":"integer","description":"age {minimum: 0, maximum: 9}"}"#,
        );
        check(r#"{"type":"array","minItems":2}"#, r#"{"type":"array","description":"{minItems: 2}"}"#);
    }

    #[test]
    fn a_property_may_be_called_like_a_bound() {
        let schema =
            r#"{"type":"object","properties":{"minimum":{"type":"string"}},"additionalProperties":false}"#;
        check(schema, schema);
    }

    #[test]
    fn a_tool_always_takes_an_object() {
        assert_eq!(for_tool(None, false).text, r#"{"type":"object","properties":{}}"#);
        assert_eq!(for_tool(Some(&RawJson::from_valid("{ }")), false).text, r#"{"type":"object"}"#);
        let bare = RawJson::from_valid(r#"{"properties":{}}"#);
        assert_eq!(for_tool(Some(&bare), false).text, r#"{"type":"object","properties":{}}"#);
    }
}
