//! A value that satisfies a JSON Schema, chosen by seed: for tool arguments and structured output. It covers what
//! providers accept in strict mode (types, enums, references, combinators, ranges, common formats); patterns are
//! beyond it.

use serde_json::{Map, Number, Value, json};

use crate::random::Random;

/// Nesting after which optional parts are left out, and after which generation gives up with null.
const OPTIONAL_DEPTH: usize = 6;
const LAST_DEPTH: usize = 24;
/// Most properties and items made, whatever the schema asks for.
const MOST: usize = 1_000;

/// Makes a value for `schema`, whose references are relative to itself.
pub(crate) fn sample(schema: &Value, random: &mut Random) -> Value {
    Sampler { root: schema, random, made: 0 }.value(schema, "", 0)
}

struct Sampler<'a> {
    root: &'a Value,
    random: &'a mut Random,
    made: usize,
}

impl Sampler<'_> {
    fn value(&mut self, schema: &Value, name: &str, depth: usize) -> Value {
        self.made += 1;
        if depth > LAST_DEPTH || self.made > MOST {
            return Value::Null;
        }
        if let Some(fixed) = schema.get("const") {
            return fixed.clone();
        }
        if let Some(choices) = schema.get("enum").and_then(Value::as_array) {
            return choices.get(self.random.below(choices.len())).cloned().unwrap_or(Value::Null);
        }
        if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
            let target = target.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer)).cloned();
            return target.map_or(Value::Null, |target| self.value(&target, name, depth + 1));
        }
        for key in ["anyOf", "oneOf"] {
            if let Some(choices) = schema.get(key).and_then(Value::as_array) {
                return self.one_of(choices, name, depth);
            }
        }
        if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
            return self.value(&merged(schema, parts), name, depth + 1);
        }
        self.typed(schema, name, depth)
    }

    fn one_of(&mut self, choices: &[Value], name: &str, depth: usize) -> Value {
        let is_null = |choice: &&Value| choice.get("type").and_then(Value::as_str) == Some("null");
        let null = choices.iter().find(is_null);
        let real = choices.iter().find(|choice| !is_null(choice));
        let choice = if depth >= OPTIONAL_DEPTH { null.or(real) } else { real.or(null) };
        choice.cloned().map_or(Value::Null, |choice| self.value(&choice, name, depth + 1))
    }

    fn typed(&mut self, schema: &Value, name: &str, depth: usize) -> Value {
        let kind = match schema.get("type") {
            Some(Value::String(kind)) => kind.as_str(),
            Some(Value::Array(kinds)) => {
                kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null").unwrap_or("null")
            }
            _ if schema.get("properties").is_some() => "object",
            _ if schema.get("items").is_some() => "array",
            _ => "string",
        };
        match kind {
            "object" => self.object(schema, depth),
            "array" => self.array(schema, name, depth),
            "integer" => json!(self.integer(schema)),
            "number" => self.number(schema),
            "boolean" => json!(self.random.happens(0.5)),
            "null" => Value::Null,
            _ => json!(self.string(schema, name)),
        }
    }

    fn object(&mut self, schema: &Value, depth: usize) -> Value {
        let required: Vec<&str> = list(schema, "required").iter().filter_map(Value::as_str).collect();
        let mut object = Map::new();
        for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            if depth < OPTIONAL_DEPTH || required.contains(&name.as_str()) {
                object.insert(name.clone(), self.value(property, name, depth + 1));
            }
        }
        for name in required {
            if !object.contains_key(name) {
                object.insert(name.into(), json!(word(name, self.random)));
            }
        }
        Value::Object(object)
    }

    fn array(&mut self, schema: &Value, name: &str, depth: usize) -> Value {
        let bound =
            |key: &str| schema.get(key).and_then(Value::as_u64).and_then(|bound| usize::try_from(bound).ok());
        let least = bound("minItems").unwrap_or(0);
        let usual = if depth >= OPTIONAL_DEPTH { 0 } else { 2 };
        let count = usual.max(least).min(bound("maxItems").unwrap_or(MOST)).min(MOST);
        let any = json!({"type": "string"});
        let prefix = list(schema, "prefixItems");
        let items = schema.get("items").filter(|items| items.is_object()).unwrap_or(&any);
        let count = count.max(prefix.len());
        (0..count).map(|index| self.value(prefix.get(index).unwrap_or(items), name, depth + 1)).collect()
    }

    fn integer(&mut self, schema: &Value) -> i64 {
        let low = bound(schema, "minimum", "exclusiveMinimum", 1.0).map(f64::ceil);
        let high = bound(schema, "maximum", "exclusiveMaximum", -1.0).map(f64::floor);
        let low = low.unwrap_or_else(|| high.map_or(1.0, |high| high.min(1.0)));
        let high = high.unwrap_or(low + 99.0).max(low);
        let step =
            schema.get("multipleOf").and_then(Value::as_f64).filter(|step| *step >= 1.0).unwrap_or(1.0);
        let drawn = (low + self.random.unit() * (high - low + 1.0)).floor().min(high);
        // Rounding up to a multiple may leave the range, rounding down from there cannot while one lies inside.
        let up = (drawn / step).ceil() * step;
        (if up > high { up - step } else { up }) as i64
    }

    fn number(&mut self, schema: &Value) -> Value {
        let low = bound(schema, "minimum", "exclusiveMinimum", 0.25).unwrap_or(0.0);
        let high = bound(schema, "maximum", "exclusiveMaximum", -0.25).unwrap_or(low + 100.0).max(low);
        let step = schema.get("multipleOf").and_then(Value::as_f64).filter(|step| *step > 0.0);
        let drawn = low + self.random.unit() * (high - low);
        let rounded = match step {
            Some(step) => (drawn / step).round() * step,
            None => ((drawn * 4.0).floor() / 4.0).max(low),
        };
        Number::from_f64(rounded).map_or(Value::Null, Value::Number)
    }

    fn string(&mut self, schema: &Value, name: &str) -> String {
        match schema.get("format").and_then(Value::as_str) {
            Some("date-time") => return "2025-03-14T09:26:53Z".into(),
            Some("date") => return "2025-03-14".into(),
            Some("time") => return "09:26:53Z".into(),
            Some("duration") => return "P1D".into(),
            Some("email") => return "sim@example.com".into(),
            Some("hostname") => return "example.com".into(),
            Some("ipv4") => return "192.0.2.1".into(),
            Some("ipv6") => return "2001:db8::1".into(),
            Some("uri" | "url") => return "https://example.com/sim".into(),
            Some("uuid") => return "3d6f0a1e-5c2b-4e8f-9a7d-1b2c3d4e5f60".into(),
            _ => {}
        }
        let bound =
            |key: &str| schema.get(key).and_then(Value::as_u64).and_then(|bound| usize::try_from(bound).ok());
        let mut text = word(name, self.random);
        while text.chars().count() < bound("minLength").unwrap_or(0).min(10_000) {
            text.push('x');
        }
        text.chars().take(bound("maxLength").unwrap_or(usize::MAX)).collect()
    }
}

/// A plausible value for a field of this name.
fn word(name: &str, random: &mut Random) -> String {
    let pick: &[&str] = match name {
        "location" | "city" | "place" => &["Lisbon", "Oslo", "Paris", "Kyoto"],
        "unit" | "units" => &["celsius"],
        "name" => &["Ada", "Grace", "Edsger"],
        "country" => &["Portugal", "Norway", "Japan"],
        "query" | "q" => &["high tide today"],
        _ => &["harbour", "lighthouse", "estuary", "breakwater"],
    };
    pick.get(random.below(pick.len())).copied().unwrap_or("harbour").to_owned()
}

fn list<'a>(schema: &'a Value, key: &str) -> &'a [Value] {
    schema.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn bound(schema: &Value, inclusive: &str, exclusive: &str, inside: f64) -> Option<f64> {
    let number = |key: &str| schema.get(key).and_then(Value::as_f64);
    number(inclusive).or_else(|| number(exclusive).map(|edge| edge + inside))
}

/// One schema in place of `allOf`: keys of the parts added, properties and required names joined.
fn merged(schema: &Value, parts: &[Value]) -> Value {
    let mut whole = schema.as_object().cloned().unwrap_or_default();
    whole.remove("allOf");
    for (key, value) in parts.iter().filter_map(Value::as_object).flatten() {
        match (whole.get_mut(key), value) {
            (Some(Value::Object(ours)), Value::Object(theirs)) => ours.extend(theirs.clone()),
            (Some(Value::Array(ours)), Value::Array(theirs)) => ours.extend(theirs.iter().cloned()),
            _ => _ = whole.insert(key.clone(), value.clone()),
        }
    }
    Value::Object(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(schema: Value, holds: impl Fn(&Value) -> bool) {
        for seed in 0..200 {
            let value = sample(&schema, &mut Random::new(seed));
            assert!(holds(&value), "{schema} gave {value}");
        }
    }

    #[test]
    fn ranges_and_steps_are_kept() {
        check(json!({"type": "integer", "minimum": 3, "maximum": 5}), |v| {
            (3..=5).contains(&v.as_i64().unwrap())
        });
        check(json!({"type": "integer", "maximum": -7}), |v| v.as_i64().unwrap() <= -7);
        check(json!({"type": "integer", "exclusiveMinimum": 10, "multipleOf": 5, "maximum": 20}), |v| {
            [15, 20].contains(&v.as_i64().unwrap())
        });
        check(json!({"type": "number", "exclusiveMinimum": 0, "maximum": 1}), |v| {
            let number = v.as_f64().unwrap();
            number > 0.0 && number <= 1.0
        });
    }

    #[test]
    fn strings_keep_their_length_and_format() {
        check(json!({"type": "string", "minLength": 20, "maxLength": 21}), |v| {
            (20..=21).contains(&v.as_str().unwrap().chars().count())
        });
        check(json!({"type": "string", "format": "date"}), |v| v == "2025-03-14");
        check(json!({"enum": ["a", "b"]}), |v| v == "a" || v == "b");
    }

    #[test]
    fn objects_have_their_required_fields_and_arrays_their_items() {
        let schema = json!({
            "type": "object", "required": ["city", "days", "ghost"],
            "properties": {
                "city": {"type": "string"}, "maybe": {"type": ["integer", "null"]},
                "days": {"type": "array", "minItems": 3, "items": {"$ref": "#/$defs/day"}},
            },
            "$defs": {"day": {"allOf": [{"type": "object", "properties": {"high": {"type": "number"}}}, {"required": ["high"]}]}},
        });
        check(schema, |v| {
            let days = v["days"].as_array().unwrap();
            v["city"].is_string()
                && v["ghost"].is_string()
                && v["maybe"].is_i64()
                && days.len() == 3
                && days.iter().all(|day| day["high"].is_number())
        });
    }

    #[test]
    fn recursion_ends() {
        let tree = json!({"type": "object", "required": ["next"], "properties": {
            "next": {"anyOf": [{"$ref": "#"}, {"type": "null"}]}, "all": {"type": "array", "items": {"$ref": "#"}},
        }});
        check(tree, |v| v["next"].is_object());
        check(json!({"$ref": "#"}), Value::is_null);
    }
}
