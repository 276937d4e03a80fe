//! The engine as its callers and its providers see it: real bytes on loopback sockets, no listener of its own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::print_stdout)]
#![allow(clippy::disallowed_methods, reason = "what is measured here is real time")]

mod aborts;
mod attempts;
mod credentials;
mod fallback;
mod hostile;
mod listing;
mod policies;
mod pressure;
mod records;
mod relay;
mod relay_headers;
mod reload;
mod routing;
mod secrets;
mod streams;
mod streams_broken;
mod timers;
mod translate;

use serde_json::Value;

/// A provider `up` of OpenAI's dialect at `url`, and a model `m` that stands for its `up-1`; 2.50 $ and 10 $ a million tokens.
/// `more` are further lines of the model, indented by four.
fn openai(url: &str, more: &str) -> String {
    one("openai", &format!("{url}/v1"), more)
}

/// The same in Anthropic's dialect.
fn anthropic(url: &str, more: &str) -> String {
    one("anthropic", url, more)
}

fn one(kind: &str, base: &str, more: &str) -> String {
    format!(
        "providers:
  up: {{ kind: {kind}, base_url: '{base}', credentials: [{{ key: sk-up }}] }}
models:
  m:
    target: up/up-1
    price: {{ input: 2.50, output: 10 }}
{more}"
    )
}

/// Two providers of OpenAI's dialect, `a` and `b`, and a model `m` that goes to `a` first.
fn two(a: &str, b: &str, more: &str) -> String {
    format!(
        "providers:
  a: {{ kind: openai, base_url: '{a}/v1', credentials: [{{ key: sk-a }}] }}
  b: {{ kind: openai, base_url: '{b}/v1', credentials: [{{ key: sk-b }}] }}
models:
  m:
    targets: [a/one, b/two]
{more}"
    )
}

/// Lines of a model that make its retries quick.
const QUICK: &str = "    retries: { attempts: 3, backoff: 1ms..5ms }\n";

const CHAT: &str = "/v1/chat/completions";
const MESSAGES: &str = "/v1/messages";
const HELLO: &str = r#"{"model":"m","messages":[{"role":"user","content":"hello there"}]}"#;
const HELLO_STREAM: &str =
    r#"{"model":"m","stream":true,"messages":[{"role":"user","content":"hello there"}]}"#;
const HELLO_CLAUDE: &str =
    r#"{"model":"m","max_tokens":64,"messages":[{"role":"user","content":"hello there"}]}"#;
const HELLO_CLAUDE_STREAM: &str =
    r#"{"model":"m","max_tokens":64,"stream":true,"messages":[{"role":"user","content":"hello there"}]}"#;

/// The attempts of a record: provider and outcome of each.
fn attempts(record: &Value) -> Vec<String> {
    let word = |attempt: &Value, name: &str| attempt[name].as_str().unwrap().to_owned();
    let all = record["attempts"].as_array().map(Vec::as_slice).unwrap_or_default();
    all.iter().map(|attempt| format!("{} {}", word(attempt, "provider"), word(attempt, "outcome"))).collect()
}

/// Outcome, code and blame of a record.
fn end(record: &Value) -> (&str, &str, &str) {
    let word = |name: &str| record[name].as_str().unwrap_or("");
    (word("outcome"), word("code"), word("blame"))
}
