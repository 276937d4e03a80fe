//! `reasoning_details`: OpenRouter's list of sealed thoughts, in messages, answers and deltas.
//!
//! `{"type":"reasoning.text","text":…,"signature":…,"format":"anthropic-claude-v1"}` is an Anthropic thinking block,
//! `{"type":"reasoning.encrypted","data":…,"format":"anthropic-claude-v1"}` a redacted one; their tokens belong to Anthropic.
//! A detail in any other format is carried whole, as a token of whoever speaks this dialect.
//! Source: <https://openrouter.ai/docs/use-cases/reasoning-tokens>, "Preserving reasoning blocks".

use super::ORIGIN;
use crate::json::{
    node::{Source, Text, node},
    out::Json,
};
use ir::{Format, Opaque, Thought};
use serde_json::value::RawValue;
use stdx::Str;

/// The `format` of Anthropic's own blocks.
const CLAUDE: &str = "anthropic-claude-v1";

node! {
    struct DetailWire<'a> {
        "type" => kind: Text<'a>,
        "text" => text: Text<'a>,
        "summary" => summary: Text<'a>,
        "signature" => signature: Text<'a>,
        "data" => data: Text<'a>,
        "format" => format: Text<'a>,
    }
}

/// One detail: some text, a seal, or both.
#[derive(Debug, PartialEq)]
pub(super) struct Detail {
    pub(super) text: Str,
    pub(super) seal: Option<Opaque>,
    /// The seal is all there is, and stands for a thought of its own.
    pub(super) redacted: bool,
}

/// Reads a list of details; what cannot be read is left out, since this is nobody's standard.
pub(super) fn read(source: Source<'_>, raw: &RawValue) -> Vec<Detail> {
    let list: Vec<&RawValue> = stdx::json::from_str(raw.get()).unwrap_or_default();
    list.into_iter().filter_map(|raw| detail(source, raw)).collect()
}

fn detail(source: Source<'_>, raw: &RawValue) -> Option<Detail> {
    let wire: DetailWire<'_> = stdx::json::from_str(raw.get()).ok()?;
    let claude = wire.format.as_ref().is_some_and(|format| format.0.starts_with("anthropic"));
    let has = |text: &Option<Text<'_>>| text.as_ref().is_some_and(|text| !text.0.is_empty());
    let (has_data, has_seal) = (has(&wire.data), has(&wire.data) || has(&wire.signature));
    let seal = match (claude, has_seal) {
        (_, false) => None,
        (true, true) => {
            let token = if has_data { wire.data } else { wire.signature };
            token.map(|token| Opaque { origin: Format::AnthropicMessages, token: source.str(token) })
        }
        (false, true) => Some(Opaque { origin: ORIGIN, token: raw.get().into() }),
    };
    let text = wire.text.or(wire.summary).map(|text| source.str(text)).unwrap_or_default();
    let redacted = seal.is_some()
        && text.is_empty()
        && (has_data || wire.kind.is_some_and(|kind| kind.0 == "reasoning.encrypted"));
    Some(Detail { text, seal, redacted })
}

/// The thoughts of a message: its details, and its plain reasoning text where the details leave it out.
pub(super) fn thoughts(plain: Option<(Str, &'static str)>, details: Vec<Detail>) -> Vec<Thought> {
    let mut thoughts: Vec<Thought> = Vec::new();
    for detail in details {
        // A seal without text that is no thought of its own seals the text before it: streams cut them apart.
        match thoughts.last_mut() {
            Some(last) if !detail.redacted && last.opaque.is_none() && !last.redacted => {
                if !detail.text.is_empty() {
                    last.text = if last.text.is_empty() {
                        detail.text
                    } else {
                        format!("{}{}", last.text, detail.text).into()
                    };
                }
                last.opaque = detail.seal;
            }
            _ => thoughts.push(Thought {
                text: detail.text,
                opaque: detail.seal,
                redacted: detail.redacted,
                ext: ir::Ext::default(),
            }),
        }
    }
    if let Some((text, field)) = plain
        && !text.is_empty()
        && thoughts.iter().all(|thought| thought.text.is_empty())
    {
        match thoughts.iter_mut().find(|thought| !thought.redacted) {
            Some(thought) => thought.text = text,
            None => thoughts.insert(
                0,
                Thought { text, opaque: Some(marker(field)), redacted: false, ext: ir::Ext::default() },
            ),
        }
    }
    thoughts
}

/// A seal that only says under which name an unsealed thought came, so that it can be sent back there under the same:
/// DeepSeek and others ask for their thoughts between tool calls.
pub(super) fn marker(field: &'static str) -> Opaque {
    Opaque { origin: ORIGIN, token: Str::from_static(field) }
}

/// The field a marker names.
pub(super) fn marked(token: &Str) -> Option<&'static str> {
    ["reasoning_content", "reasoning"].into_iter().find(|field| *token == *field)
}

/// Writes one item of `reasoning_details`; nothing for a thought without a seal.
/// `text` is `None` in a stream, where it went before.
pub(super) fn write(json: &mut Json<'_>, seal: &Opaque, text: Option<&str>, redacted: bool, index: usize) {
    if seal.origin == ORIGIN {
        if is_detail(&seal.token) {
            json.item().raw(&seal.token);
        }
        return;
    }
    json.item().object(|json| {
        if redacted {
            json.text("type", "reasoning.encrypted");
            json.text("data", &seal.token);
        } else {
            json.text("type", "reasoning.text");
            if let Some(text) = text {
                json.text("text", text);
            }
            json.text("signature", &seal.token);
        }
        json.text("format", CLAUDE);
        json.count("index", index as u64);
    });
}

/// Writes some text of a thought that is being streamed; whose it is shows when its seal comes.
pub(super) fn write_text(json: &mut Json<'_>, text: &str, index: usize) {
    json.item().object(|json| {
        json.text("type", "reasoning.text");
        json.text("text", text);
        json.count("index", index as u64);
    });
}

/// Whether a thought has something to say in `reasoning_details`.
pub(super) fn is_sealed(opaque: Option<&Opaque>) -> bool {
    opaque.is_some_and(|seal| seal.origin != ORIGIN || is_detail(&seal.token))
}

/// A token of this dialect is a whole detail, or a marker. It has been with a client, so it is checked before it is written raw.
fn is_detail(token: &Str) -> bool {
    stdx::json::validate(token.as_bytes()) == Ok(stdx::json::Kind::Object)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str) -> Vec<Thought> {
        let raw: &RawValue = stdx::json::from_str(json).unwrap();
        thoughts(None, read(Source::passing(), raw))
    }

    fn written(thoughts: &[Thought]) -> String {
        let mut out = bytes::BytesMut::new();
        Json::new(&mut out).list(|json| {
            for (index, thought) in thoughts.iter().enumerate() {
                write(json, thought.opaque.as_ref().unwrap(), Some(&thought.text), thought.redacted, index);
            }
        });
        String::from_utf8(out.to_vec()).unwrap()
    }

    #[test]
    fn an_anthropic_signature_survives_the_way_through_a_client() {
        let json = r#"[{"type":"reasoning.text","text":"hm","signature":"c2ln","format":"anthropic-claude-v1","index":0},{"type":"reasoning.encrypted","data":"ZGF0","format":"anthropic-claude-v1","index":1}]"#;
        let thoughts = check(json);
        assert_eq!(
            thoughts[0].opaque,
            Some(Opaque { origin: Format::AnthropicMessages, token: "c2ln".into() })
        );
        assert!(thoughts[1].redacted);
        assert_eq!(written(&thoughts), json);
    }

    #[test]
    fn a_detail_of_another_format_is_carried_whole() {
        let json =
            r#"[{"type":"reasoning.encrypted","data":"x","id":"rs_1","format":"openai-responses-v1"}]"#;
        assert_eq!(written(&check(json)), json);
    }

    #[test]
    fn a_seal_that_comes_apart_from_its_text_is_joined_with_it() {
        let json = r#"[{"type":"reasoning.text","text":"a"},{"type":"reasoning.text","text":"b"},{"type":"reasoning.text","signature":"s","format":"anthropic-claude-v1"}]"#;
        let thoughts = check(json);
        assert_eq!((thoughts.len(), &*thoughts[0].text), (1, "ab"));
        assert_eq!(thoughts[0].opaque.as_ref().unwrap().token, "s");
    }
}
