//! How the texts look in the JSON Schema.

use std::borrow::Cow;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

/// Declares schema-only types: name in `$defs`, and the schema.
macro_rules! texts {
    ($($name:ident $def:literal $schema:tt)*) => {$(
        pub(crate) struct $name;

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                $def.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    )*};
}

texts! {
    DurationText "duration" {
        "description": "A number and a unit, `ms`, `s`, `m`, `h` or `d`.",
        "type": "string",
        "examples": ["250ms", "30s"]
    }
    RangeText "duration-range" {
        "description": "Two durations, the shorter first, or one for both.",
        "type": "string",
        "examples": ["100ms..5s"]
    }
    SizeText "size" {
        "description": "A number of bytes, or a number and a unit: `KiB`, `MiB`, `GiB` (powers of 1,024), `kB`, `MB`, `GB`.",
        "type": ["string", "integer"],
        "examples": ["64KiB", "32MiB"]
    }
    MoneyText "amount" {
        "description": "US dollars as a decimal number with at most nine decimals.",
        "type": ["string", "number"],
        "examples": ["2.50"]
    }
    SecretText "secret" {
        "description": "Text, `${ENV}`, or `file:/path` for a file's content without the line end.",
        "type": "string",
        "examples": ["${OPENAI_API_KEY}", "file:/run/secrets/openai"]
    }
    AddressText "address" {
        "description": "`ip:port`, or `unix:/path`.",
        "type": "string",
        "examples": ["0.0.0.0:8080", "[::]:8080", "unix:/run/tidegate.sock"]
    }
    CidrText "network" {
        "description": "An IP address and a number of bits.",
        "type": "string",
        "examples": ["10.0.0.0/8"]
    }
    UrlText "url" {
        "description": "An `http` or `https` URL without query.",
        "type": "string",
        "examples": ["http://10.0.0.7:8000/v1"]
    }
    RetryText "failure" {
        "description": "A failure after which an attempt may follow.",
        "enum": ["connect", "429", 429, "5xx", "timeout"]
    }
    ModeText "mode" {
        "description": "Permissions as three or four octal digits.",
        "type": ["string", "integer"],
        "pattern": "^(0o?)?[0-7]{3}$",
        "examples": ["0660"]
    }
}

/// A value, or a list of them.
pub(crate) struct OneOrMany<T>(PhantomData<T>);

impl<T: JsonSchema> JsonSchema for OneOrMany<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("{} or list", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<T>();
        json_schema!({ "anyOf": [one.clone(), { "type": "array", "items": one, "minItems": 1 }] })
    }
}

/// A short text, or the whole resource.
pub(crate) struct TextOr<T>(PhantomData<T>);

impl<T: JsonSchema> JsonSchema for TextOr<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("text or {}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let whole = generator.subschema_for::<T>();
        json_schema!({ "anyOf": [{ "type": "string" }, whole] })
    }
}

/// Adds fields that stand in for another one, and are no field of the type: `first` before all others.
pub(crate) fn add_fields(schema: &mut Schema, first: &[(&str, serde_json::Value)]) {
    let properties = schema.ensure_object().entry("properties").or_insert_with(|| serde_json::json!({}));
    if let Some(properties) = properties.as_object_mut() {
        let others = std::mem::take(properties);
        properties.extend(first.iter().map(|(name, field)| ((*name).to_owned(), field.clone())));
        properties.extend(others);
    }
}
