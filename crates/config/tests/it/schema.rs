//! The schema and the readers say the same.

use config::schema;
use serde_json::Value;

use crate::machine::{findings, machine};

/// For each object of the schema, a text in which `{}` stands for further fields of it.
const OBJECTS: [(&str, &str); 20] = [
    ("", "{}"),
    ("Server", "server: { {} }"),
    ("ServerTls", "server: { tls: { cert: cert.pem, key: key.pem, client_ca: cert.pem, {} } }"),
    ("ProxyProtocol", "server: { proxy_protocol: { trusted: [10.0.0.0/8], {} } }"),
    ("Limits", "server: { limits: { {} } }"),
    ("Logs", "logs: { {} }"),
    ("AccessLog", "logs: { access: { {} } }"),
    ("Provider", "providers: { p: { kind: openai, base_url: 'http://h/v1', {} } }"),
    ("Credential", "providers: { p: { kind: openai, credentials: [{ key: k, {} }] } }"),
    ("ClientTls", "providers: { p: { kind: openai, base_url: 'https://h/v1', tls: { {} } } }"),
    ("Timeouts", "providers: { p: { kind: openai, base_url: 'http://h/v1', timeouts: { {} } } }"),
    ("Model", "providers: { p: { kind: openai, base_url: 'http://h' } }\nmodels: { m: { target: p/x, {} } }"),
    (
        "Target",
        "providers: { p: { kind: openai, base_url: 'http://h' } }\nmodels: { m: { target: { provider: p, model: m, {} } } }",
    ),
    (
        "Retries",
        "providers: { p: { kind: openai, base_url: 'http://h' } }\nmodels: { m: { target: p/x, retries: { {} } } }",
    ),
    (
        "Price",
        "providers: { p: { kind: openai, base_url: 'http://h' } }\nmodels: { m: { target: p/x, price: { {} } } }",
    ),
    ("Access", "access: { {} }"),
    ("Key", "access: { keys: { k: { key: secret, {} } } }"),
    ("Anonymous", "access: { anonymous: { {} } }"),
    ("RateLimit", "access: { anonymous: { limits: [{ requests: 1, per: second, {} }] } }"),
    ("Policies", "policies: { {} }"),
];

/// The same for those whose text would not fit in a line above.
const FURTHER: [(&str, &str); 3] = [
    ("Headers", "policies: { headers: { {} } }"),
    ("HeaderEdit", "policies: { headers: { request: { {} } } }"),
    ("Body", "policies: { body: { max: 1MiB, {} } }"),
];

fn objects() -> impl Iterator<Item = (&'static str, &'static str)> {
    OBJECTS.into_iter().chain(FURTHER)
}

fn properties<'s>(schema: &'s Value, name: &str) -> &'s serde_json::Map<String, Value> {
    let object = if name.is_empty() { schema } else { &schema["$defs"][name] };
    object["properties"].as_object().unwrap_or_else(|| panic!("no object {name:?} in the schema"))
}

#[test]
fn the_schema_has_the_fields_the_readers_ask_for() {
    let schema = schema();
    for (name, text) in objects() {
        let findings = findings(&text.replace("{}", "qqqqqqqqqqqqqqqqqqqq: 1"));
        let unknown = findings.iter().find_map(|finding| finding.split_once("| fields here: "));
        let (_, fields) = unknown.unwrap_or_else(|| panic!("{name}: {findings:?}"));
        let mut read: Vec<&str> = fields.split(", ").collect();
        let mut described: Vec<&str> = properties(&schema, name).keys().map(String::as_str).collect();
        read.sort();
        described.sort();
        assert_eq!(read, described, "{name}");
    }
}

#[test]
fn every_object_of_the_schema_is_looked_at() {
    let schema = schema();
    let definitions = schema["$defs"].as_object().unwrap();
    for (name, _) in definitions.iter().filter(|(_, definition)| definition["properties"].is_object()) {
        assert!(objects().any(|(known, _)| known == name), "{name} is not among the objects of this test");
    }
}

#[test]
fn the_schema_names_the_defaults_the_readers_have() {
    let schema = schema();
    let mut compared = 0;
    for (name, text) in objects() {
        for (field, described) in properties(&schema, name) {
            let Some(default) = described.get("default").filter(|default| !default.is_null()) else {
                continue;
            };
            let said = format!("{field}: {default}");
            let (with, without) = (text.replace("{}", &said), text.replace("{}", ""));
            assert_eq!(placeless(&with), placeless(&without), "{name}.{said}");
            compared += 1;
        }
    }
    assert!(compared >= 20, "only {compared} defaults");
}

/// The configuration as text, without the places, which differ between what is written and what is left out.
fn placeless(text: &str) -> String {
    let config = format!("{:?}", machine().good(text)).replace("(default)", "tidegate.yaml:0:0");
    let mut parts = config.split("tidegate.yaml:");
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        whole.push_str(part.trim_start_matches(|c: char| c.is_ascii_digit() || c == ':'));
    }
    whole
}

#[test]
fn every_field_is_described() {
    let schema = schema();
    for (name, _) in objects() {
        for (field, described) in properties(&schema, name) {
            let description = described["description"].as_str().unwrap_or_default();
            assert!(
                description.ends_with('.') || description.ends_with(')'),
                "{name}.{field}: {description:?}"
            );
        }
    }
}

#[test]
fn only_what_has_no_default_is_required() {
    let schema = schema();
    assert_eq!(schema.get("required"), None);
    assert_eq!(schema["$defs"]["Server"].get("required"), None);
    assert_eq!(schema["$defs"]["Provider"]["required"], serde_json::json!(["kind"]));
    assert_eq!(schema["$defs"]["RateLimit"]["required"], serde_json::json!(["requests", "per"]));
}
