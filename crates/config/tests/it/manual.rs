//! `docs/configuration.md`: its tables come from the schema, its example of a report from a real one.
//! `TIDEGATE_BLESS=1 cargo test -p config` writes them anew.

use std::fmt::Write as _;
use std::path::Path;

use config::schema;
use serde_json::{Map, Value};

use crate::machine::report;

/// The objects of the schema with the place they have in a file, in the manual's order.
const SECTIONS: [(&str, &str); 23] = [
    ("", "the file"),
    ("Server", "server"),
    ("ServerTls", "server.tls"),
    ("ProxyProtocol", "server.proxy_protocol"),
    ("Limits", "server.limits"),
    ("Logs", "logs"),
    ("AccessLog", "logs.access"),
    ("Provider", "providers.NAME"),
    ("Credential", "providers.NAME.credentials[]"),
    ("ClientTls", "providers.NAME.tls"),
    ("Timeouts", "timeouts"),
    ("Model", "models.NAME"),
    ("Target", "models.NAME.targets[]"),
    ("Retries", "models.NAME.retries"),
    ("Price", "models.NAME.price"),
    ("Access", "access"),
    ("Key", "access.keys.NAME"),
    ("Anonymous", "access.anonymous"),
    ("Policies", "policies"),
    ("Headers", "policies.headers"),
    ("HeaderEdit", "policies.headers.request, policies.headers.response"),
    ("Body", "policies.body"),
    ("RateLimit", "policies.rate, limits[]"),
];

/// Words for values, described in the manual's section on units.
const TEXTS: [&str; 10] = [
    "duration",
    "duration-range",
    "size",
    "amount",
    "secret",
    "address",
    "network",
    "url",
    "mode",
    "failure",
];

fn tables() -> String {
    let schema = schema();
    let mut page = String::new();
    for (name, path) in SECTIONS {
        let object = if name.is_empty() { &schema } else { &schema["$defs"][name] };
        let title =
            if name.is_empty() { path.to_owned() } else { format!("`{}`", path.replace(", ", "`, `")) };
        let _ = writeln!(page, "### {title}\n\n{}\n", object["description"].as_str().unwrap());
        let _ = writeln!(page, "| field | value | default | |\n| --- | --- | --- | --- |");
        for (field, described) in object["properties"].as_object().unwrap() {
            let default = default(object, field, described);
            let value = value(described, &schema).replace('|', "\\|");
            let description = described["description"].as_str().unwrap();
            let _ = writeln!(page, "| `{field}` | {value} | {default} | {description} |");
        }
        page.push('\n');
    }
    page
}

fn default(object: &Value, field: &str, described: &Value) -> String {
    let required = object["required"].as_array().is_some_and(|all| all.iter().any(|name| name == field));
    match &described["default"] {
        _ if required => "required".to_owned(),
        Value::Null => String::new(),
        Value::String(text) => format!("`{text}`"),
        Value::Array(items) if items.is_empty() => String::new(),
        Value::Array(items) => {
            format!("`[{}]`", items.iter().map(|item| item.as_str().unwrap()).collect::<Vec<_>>().join(", "))
        }
        Value::Object(_) => String::new(),
        other => format!("`{other}`"),
    }
}

/// What may stand in a field, in words.
fn value(schema: &Value, root: &Value) -> String {
    let schema = schema.as_object().unwrap();
    if let Some(name) = schema.get("$ref").and_then(|name| name.as_str()?.strip_prefix("#/$defs/")) {
        return named(name, root);
    }
    if let Some(choices) = schema.get("anyOf").and_then(Value::as_array) {
        // The pattern for variables and the null for "left out" say nothing a reader wants to know.
        let said =
            choices.iter().filter(|choice| choice["type"] != "null" && choice.get("pattern").is_none());
        let mut words: Vec<String> = said.map(|choice| value(choice, root)).collect();
        words.dedup();
        return words.join(" or ");
    }
    if let Some(words) = words(schema) {
        return words;
    }
    let kind = schema.get("type").map(|kind| kind.as_array().map_or(kind, |all| &all[0]));
    match kind.and_then(Value::as_str) {
        Some("array") => format!("list of {}", value(&schema["items"], root)),
        Some("object") => format!("map of names to {}", value(&schema["additionalProperties"], root)),
        Some("boolean") => "`true` or `false`".to_owned(),
        Some("integer" | "number") => range(schema),
        Some("string") => "text".to_owned(),
        other => panic!("no word for {other:?}: {schema:?}"),
    }
}

/// A name of the schema's definitions: a word of the manual, a section of it, or a few choices.
fn named(name: &str, root: &Value) -> String {
    if TEXTS.contains(&name) {
        return format!("[{}](#values)", name.replace('-', " "));
    }
    if let Some((_, path)) = SECTIONS.iter().find(|(section, _)| *section == name) {
        let title = path.split(", ").next().unwrap();
        let anchor: String = path
            .to_lowercase()
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | ' '))
            .collect();
        return format!("[{title}](#{})", anchor.replace(' ', "-"));
    }
    value(&root["$defs"][name], root)
}

fn words(schema: &Map<String, Value>) -> Option<String> {
    let quoted = |word: &Value| format!("`{}`", word.as_str().unwrap_or_default());
    if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        return Some(words.iter().map(quoted).collect::<Vec<_>>().join(", "));
    }
    let words = schema.get("oneOf")?.as_array()?;
    Some(words.iter().map(|word| quoted(&word["const"])).collect::<Vec<_>>().join(", "))
}

fn range(schema: &Map<String, Value>) -> String {
    match (schema.get("minimum"), schema.get("maximum")) {
        (Some(least), Some(most)) => format!("number from {least} to {most}"),
        (Some(least), None) => format!("number from {least}"),
        _ => "number".to_owned(),
    }
}

const MISTAKEN: &str = "\
server:
  listen: 0.0.0.0:8080
  drain: 30
providers:
  openai: { kind: openai, credentials: [{ key: \"${OPENAI_KEY}\" }] }
models:
  assistant:
    targets: [opnai/gpt-4.1]
    fallbak: [small]
";

fn example() -> String {
    format!("```yaml\n{MISTAKEN}```\n\n```text\n{}```\n", report(MISTAKEN))
}

/// The text with what stands between the two marks replaced.
fn spliced(text: &str, mark: &str, inner: &str) -> String {
    let (begin, end) = (format!("<!-- {mark}: generated -->\n"), format!("<!-- {mark}: end -->"));
    let (before, rest) = text.split_once(&begin).unwrap_or_else(|| panic!("no mark for {mark}"));
    let (_, after) = rest.split_once(&end).unwrap_or_else(|| panic!("no end of {mark}"));
    format!("{before}{begin}\n{}\n\n{end}{after}", inner.trim())
}

#[test]
fn the_manual_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/configuration.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let fresh = spliced(&spliced(&text, "fields", &tables()), "report", &example());
    if std::env::var_os("TIDEGATE_BLESS").is_some() {
        return std::fs::write(&path, &fresh).unwrap();
    }
    assert!(text == fresh, "docs/configuration.md is stale: run `TIDEGATE_BLESS=1 cargo test -p config`");
}

#[test]
fn every_object_has_a_section() {
    let schema = schema();
    let definitions = schema["$defs"].as_object().unwrap();
    for (name, _) in definitions.iter().filter(|(_, definition)| definition["properties"].is_object()) {
        assert!(SECTIONS.iter().any(|(section, _)| section == name), "{name} has no section");
    }
}

#[test]
fn every_example_is_in_the_manual() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let text = std::fs::read_to_string(root.join("docs/configuration.md")).unwrap();
    for entry in std::fs::read_dir(root.join("examples")).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        assert!(
            text.contains(&format!("(../examples/{name})")),
            "docs/configuration.md does not mention {name}"
        );
    }
}
