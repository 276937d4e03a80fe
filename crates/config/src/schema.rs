//! The JSON Schema of the configuration, from the same types the readers fill. A test reads every field the
//! schema names, and one compares its defaults with the readers'.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::doc::Config;

/// JSON Schema (2020-12) of a configuration file, for editors and checkers. It describes what may be written;
/// what only [`load`](crate::load) can know, such as whether a provider of that name exists, is not in it.
pub fn schema() -> Value {
    let mut schema =
        SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Config>().to_value();
    tidy(&mut schema);
    schema
}

/// What holds for all fields alike: one with a default may be left out, numbers and words may come from a
/// variable, and a description is one paragraph.
fn tidy(schema: &mut Value) {
    // From the inside out, since what is wrapped here must not be met again.
    match schema {
        Value::Object(fields) => fields.values_mut().for_each(tidy),
        Value::Array(items) => items.iter_mut().for_each(tidy),
        _ => {}
    }
    if let Value::Object(fields) = schema {
        if let Some(Value::String(description)) = fields.get_mut("description") {
            *description = description.replace('\n', " ");
        }
        not_null(fields);
        optional(fields);
        variable(fields);
    }
}

/// What may be left out is left out: a null among the choices would only blur what an editor complains about.
fn not_null(schema: &mut Map<String, Value>) {
    let is_null = |choice: &Value| choice.get("type").is_some_and(|kind| kind == "null");
    if let Some(Value::Array(choices)) = schema.get_mut("anyOf")
        && choices.iter().any(is_null)
    {
        choices.retain(|choice| !is_null(choice));
        if let [Value::Object(only)] = choices.as_slice() {
            let only = only.clone();
            schema.remove("anyOf");
            let own = std::mem::replace(schema, only);
            schema.extend(own);
        }
    }
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|kind| kind != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            schema.insert("type".to_owned(), only);
        }
    }
    if schema.get("default").is_some_and(Value::is_null) {
        schema.remove("default");
    }
}

fn optional(schema: &mut Map<String, Value>) {
    let has_default = |name: &Value| {
        let field = name.as_str().and_then(|name| schema.get("properties")?.get(name));
        field.is_some_and(|field| field.get("default").is_some())
    };
    let Some(Value::Array(required)) = schema.get("required") else { return };
    let required: Vec<Value> = required.iter().filter(|name| !has_default(name)).cloned().collect();
    match required.is_empty() {
        true => schema.remove("required"),
        false => schema.insert("required".to_owned(), required.into()),
    };
}

/// Lets `${NAME}` stand for a number, a truth value or one of a few words.
fn variable(schema: &mut Map<String, Value>) {
    const VARIABLE: &str = r"\$\{";
    let mut types: Vec<Value> = match schema.get("type") {
        Some(Value::Array(types)) => types.clone(),
        Some(one @ Value::String(_)) => vec![one.clone()],
        _ => Vec::new(),
    };
    let scalar = ["integer", "number", "boolean"].iter().any(|kind| types.contains(&json!(kind)));
    if scalar && !types.contains(&json!("string")) {
        types.push(json!("string"));
        schema.insert("type".to_owned(), types.into());
        schema.insert("pattern".to_owned(), VARIABLE.into());
        return;
    }
    let words = schema.get("oneOf").and_then(Value::as_array).is_some_and(|all| all.iter().all(is_word));
    if schema.contains_key("enum") || words {
        let description = schema.remove("description");
        let variable = json!({ "type": "string", "pattern": VARIABLE });
        let choice = std::mem::take(schema);
        schema.insert("anyOf".to_owned(), json!([choice, variable]));
        schema.extend(description.map(|description| ("description".to_owned(), description)));
    }
}

fn is_word(schema: &Value) -> bool {
    schema.get("const").is_some()
}
