//! The fidelity table of `docs/translation.md`, made by translating one small case per feature and looking at what came of it.
//! `UPDATE=1 cargo test -p wire fidelity` writes it; a stale table fails.

mod examples;
mod requests;
mod responses;

use crate::meaning::seed;
use bytes::Bytes;
use ir::{Fate, Format, Losses};
use serde_json::value::RawValue;
use std::{collections::BTreeMap, fmt::Write, path::PathBuf};
use wire::{Target, table};

/// Something a request or an answer can say.
struct Feature {
    name: &'static str,
    openai: Option<Said>,
    anthropic: Option<Said>,
    model: Option<&'static str>,
}

/// How one dialect says it.
#[derive(Clone, Copy)]
struct Said {
    json: &'static str,
    /// What the other dialect's text holds when it got across; empty where it does not.
    shows: &'static str,
}

impl Feature {
    const fn new(name: &'static str) -> Self {
        Self { name, openai: None, anthropic: None, model: None }
    }
    const fn openai(mut self, json: &'static str, shows: &'static str) -> Self {
        self.openai = Some(Said { json, shows });
        self
    }
    const fn anthropic(mut self, json: &'static str, shows: &'static str) -> Self {
        self.anthropic = Some(Said { json, shows });
        self
    }
    /// The Claude model the request goes to, where that matters.
    const fn model(mut self, model: &'static str) -> Self {
        self.model = Some(model);
        self
    }
}

const REQUEST: &str = r#"{"model":"m","messages":[{"role":"user","content":"hi"}],"max_tokens":100}"#;
const OPENAI_ANSWER: &str = r#"{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"yo"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}"#;
const ANTHROPIC_ANSWER: &str = r#"{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"yo"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}"#;

/// `base` with the members of `over` laid over it.
fn laid_over(base: &str, over: &str) -> Bytes {
    // Raw, because the order inside the members is part of what is looked for.
    let mut base: BTreeMap<&str, &RawValue> = serde_json::from_str(base).unwrap();
    base.extend(serde_json::from_str::<BTreeMap<&str, &RawValue>>(over).unwrap());
    serde_json::to_vec(&base).unwrap().into()
}

/// What the encoder said became of it; a claim that it was carried is checked against the text.
fn verdict(feature: &Feature, said: Said, text: &Bytes, losses: &Losses) -> &'static str {
    let fates = || losses.named().iter().map(|loss| loss.fate);
    let verdict = if fates().any(|fate| fate == Fate::Dropped) {
        "dropped with notice"
    } else if fates().any(|fate| fate == Fate::Approximated) {
        "approximated"
    } else {
        "carried"
    };
    let text = std::str::from_utf8(text).unwrap();
    let is_shown = !said.shows.is_empty() && text.contains(said.shows);
    match verdict {
        "carried" => {
            assert!(is_shown, "{}: said to be carried, but is not to be seen in {text}", feature.name)
        }
        _ => assert!(said.shows.is_empty() || is_shown, "{}: {} is not in {text}", feature.name, said.shows),
    }
    verdict
}

fn request(feature: &Feature, from: Format, to: Format, said: Said) -> &'static str {
    let body = laid_over(REQUEST, said.json);
    let chat = table::codec(from).decode_request(&body).unwrap_or_else(|e| panic!("{}: {e}", feature.name));
    let model = feature.model.filter(|_| to == Format::AnthropicMessages).unwrap_or("claude-sonnet-4-5");
    let target = Target { model, max_output: None, legacy_max_tokens: false };
    let mut losses = Losses::default();
    match table::codec(to).encode_request(&chat, &target, &mut losses) {
        Ok(text) => verdict(feature, said, &text, &losses),
        Err(_) => "refused",
    }
}

fn response(feature: &Feature, from: Format, to: Format, said: Said) -> &'static str {
    let base = if from == Format::OpenAiChat { OPENAI_ANSWER } else { ANTHROPIC_ANSWER };
    let body = laid_over(base, said.json);
    let response =
        table::codec(from).decode_response(&body).unwrap_or_else(|e| panic!("{}: {e}", feature.name));
    let mut losses = Losses::default();
    let text = table::codec(to).encode_response(&response, &seed(), &mut losses);
    verdict(feature, said, &text, &losses)
}

type Run = fn(&Feature, Format, Format, Said) -> &'static str;

fn rows(features: &[Feature], run: Run) -> String {
    let mut rows =
        String::from("| feature | OpenAI → Anthropic | Anthropic → OpenAI |\n| --- | --- | --- |\n");
    for feature in features {
        let cell = |said: Option<Said>, from, to| said.map_or("n/a", |said| run(feature, from, to, said));
        let there = cell(feature.openai, Format::OpenAiChat, Format::AnthropicMessages);
        let back = cell(feature.anthropic, Format::AnthropicMessages, Format::OpenAiChat);
        writeln!(rows, "| {} | {there} | {back} |", feature.name).unwrap();
    }
    rows
}

/// `page` with the text between the markers of `name` replaced.
fn replaced(page: &str, name: &str, text: &str) -> String {
    let (begin, end) = (format!("<!-- {name}: begin -->\n"), format!("<!-- {name}: end -->"));
    let (before, rest) = page.split_once(&begin).unwrap_or_else(|| panic!("no {begin} in the page"));
    let (_, after) = rest.split_once(&end).unwrap_or_else(|| panic!("no {end} in the page"));
    format!("{before}{begin}{text}{end}{after}")
}

#[test]
fn the_manual_says_what_the_codecs_do() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/translation.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let mut fresh = replaced(&page, "requests", &rows(requests::FEATURES, request));
    fresh = replaced(&fresh, "answers", &rows(responses::FEATURES, response));
    fresh = replaced(&fresh, "examples", &examples::text());
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, fresh).unwrap();
    } else {
        assert!(
            page == fresh,
            "docs/translation.md is stale: run `UPDATE=1 cargo test -p wire fidelity` and read what changed"
        );
    }
}
