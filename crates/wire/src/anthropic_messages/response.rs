//! A whole answer, both ways.

use super::{
    ORIGIN, bad,
    block_in::{self, Place, ext},
    block_out, citation, ids,
    node::{Source, Text, node},
    out::{self, Json},
    stop, usage,
};
use crate::{BadBody, Seed};
use bytes::Bytes;
use ir::{ChatResponse, Ext, Losses, Part};
use serde_json::value::RawValue;
use stdx::Str;

node! {
    struct Wire<'a> {
        "id" => id: Text<'a>,
        "type" => kind: Text<'a>,
        "role" => role: Text<'a>,
        "model" => model: Text<'a>,
        "content" => content: Vec<&'a RawValue>,
        "stop_reason" => stop_reason: Text<'a>,
        "stop_sequence" => stop_sequence: Text<'a>,
        "stop_details" => stop_details: &'a RawValue,
        "usage" => usage: &'a RawValue,
        "error" => error: &'a RawValue,
    }
}

node! {
    struct StopDetails<'a> {
        "type" => kind: Text<'a>,
        "category" => category: Text<'a>,
        "explanation" => explanation: Text<'a>,
    }
}

/// What the model gave as its reason for declining, out of `stop_details`.
pub(super) fn explanation(source: Source<'_>, raw: &RawValue) -> Option<Str> {
    let details: StopDetails<'_> = stdx::json::from_str(raw.get()).ok()?;
    details.explanation.map(|text| source.str(text)).filter(|text| !text.is_empty())
}

/// Whether `stop_details` holds more than the sentence that the shared form has a word for.
fn says_more(raw: &RawValue) -> bool {
    let plain = |details: StopDetails<'_>| details.category.is_none() && details.rest.is_empty();
    !stdx::json::from_str(raw.get()).is_ok_and(plain)
}

pub(super) fn decode(body: &Bytes) -> Result<ChatResponse, BadBody> {
    let text = bad::checked(body)?;
    let wire: Wire<'_> = stdx::json::from_str(text).map_err(|e| bad::bad(&e, text, ""))?;
    if wire.error.is_some() {
        return Err(BadBody::new("error".to_owned(), "the answer is an error"));
    }
    let source = Source::of(body);
    let Some(content) = wire.content else { return Err(block_in::missing("", "content")) };
    let mut parts = Vec::with_capacity(content.len());
    for (index, raw) in content.into_iter().enumerate() {
        parts.push(block_in::block(source, raw, || format!("content[{index}]"), Place::Turn)?);
    }
    parts.iter_mut().for_each(unescape_name);
    let mut ext = ext(source, wire.rest);
    if let Some(raw) = wire.stop_details {
        parts.extend(explanation(source, raw).map(Part::Refusal));
        if says_more(raw) {
            ext.push(ORIGIN, "stop_details", source.raw(raw));
        }
    }
    let counts = wire.usage.map(usage::Counts::read).unwrap_or_default();
    let sequence = wire.stop_sequence.map(|text| source.str(text));
    Ok(ChatResponse {
        id: wire.id.map(|text| source.str(text)),
        model: wire.model.map(|text| source.str(text)),
        created: None,
        parts,
        finish: wire.stop_reason.map(|reason| stop::read(source.str(reason), sequence)),
        service_tier: counts.tier(),
        usage: counts.normal(),
        logprobs: None,
        ext,
    })
}

/// A tool's name as the caller wrote it, before it was made to fit.
fn unescape_name(part: &mut Part) {
    if let Part::ToolCall(call) = part {
        call.name = ids::unescape(std::mem::take(&mut call.name));
    }
}

pub(super) fn encode(response: &ChatResponse, seed: &Seed, losses: &mut Losses) -> Bytes {
    let text: usize = {
        let mut bytes = 512;
        ir::view::text_of_response(response, &mut |text| bytes += text.len() + 64);
        bytes
    };
    out::object(text, |json| {
        match &response.id {
            Some(id) => json.text("id", id),
            None => json.text("id", &format!("msg_{}", seed.id)),
        }
        json.text("type", "message");
        json.text("role", "assistant");
        json.text("model", response.model.as_ref().unwrap_or(&seed.model));
        json.key("content").list(|json| {
            for (index, part) in response.parts.iter().enumerate() {
                write_part(json, part, index, losses);
            }
        });
        ending(json, response);
        json.key("usage");
        // The dialect demands counts; without any these are zeros, and what the gateway records is its own business.
        usage::write(json, &response.usage.unwrap_or_default(), response.service_tier.as_ref());
        for (name, value) in response.ext.of(ORIGIN).iter().filter(|(name, _)| *name != "stop_details") {
            json.member(name, value);
        }
        lost(response, losses);
    })
}

/// `stop_reason`, `stop_sequence` and, for a refusal, `stop_details`.
fn ending(json: &mut Json<'_>, response: &ChatResponse) {
    let has_calls = response.parts.iter().any(|part| matches!(part, Part::ToolCall(_)));
    let refusal =
        response.parts.iter().find_map(|part| if let Part::Refusal(text) = part { Some(text) } else { None });
    let finish = response.finish.as_ref();
    json.text("stop_reason", stop::word(finish, has_calls, refusal.is_some()));
    match stop::sequence(finish) {
        Some(sequence) => json.text("stop_sequence", sequence),
        None => json.key("stop_sequence").null(),
    }
    let own = response.ext.of(ORIGIN).iter().find(|(name, _)| *name == "stop_details");
    match (own, refusal) {
        (Some((_, value)), _) => json.key("stop_details").raw(value.as_str()),
        (None, Some(sentence)) => stop_details(json, sentence),
        (None, None) => {}
    }
}

/// A refusal in this dialect's words: the sentence is the explanation.
pub(super) fn stop_details(json: &mut Json<'_>, sentence: &str) {
    json.key("stop_details").object(|json| {
        json.text("type", "refusal");
        json.key("category").null();
        json.text("explanation", sentence);
    });
}

fn lost(response: &ChatResponse, losses: &mut Losses) {
    if matches!(response.finish, Some(ir::Finish::Other(_))) {
        losses.approximated("finish_reason");
    }
    if response.logprobs.is_some() {
        losses.dropped("logprobs");
    }
    for (field, _) in response.ext.foreign_to(ORIGIN) {
        losses.dropped(field.clone());
    }
}

fn write_part(json: &mut Json<'_>, part: &Part, index: usize, losses: &mut Losses) {
    let own = |json: &mut Json<'_>, ext: &Ext| {
        ext.of(ORIGIN).iter().for_each(|(name, value)| json.member(name, value))
    };
    match part {
        // Clients send blocks back, and blank ones are refused then.
        Part::Text(text) if text.text.is_empty() => {}
        Part::Text(text) => json.item().object(|json| {
            json.text("type", "text");
            json.text("text", &text.text);
            let mut citations =
                text.citations.iter().filter(|citation| citation::can_say(citation)).peekable();
            if citations.peek().is_some() {
                json.key("citations")
                    .list(|json| citations.for_each(|citation| citation::write(json.item(), citation)));
            }
            own(json, &text.ext);
        }),
        Part::ToolCall(call) => {
            let input = block_out::input(call);
            if matches!(input, block_out::Input::Wrapped(_)) {
                losses.approximated(format!("content[{index}].arguments"));
            }
            json.item().object(|json| {
                json.text("type", "tool_use");
                json.text("id", &ids::escape(&call.id));
                json.text("name", &call.name);
                json.key("input").raw(input.as_str());
                own(json, &call.ext);
            });
        }
        Part::Reasoning(thought) => {
            let token = thought.opaque.as_ref().map(ids::seal).unwrap_or_default();
            if thought.text.is_empty() && token.is_empty() {
                return;
            }
            json.item().object(|json| {
                if thought.redacted {
                    json.text("type", "redacted_thinking");
                    json.text("data", &token);
                } else {
                    json.text("type", "thinking");
                    json.text("thinking", &thought.text);
                    json.text("signature", &token);
                }
                own(json, &thought.ext);
            });
        }
        // Told as `stop_details`.
        Part::Refusal(_) => {}
        Part::Foreign(foreign) if foreign.origin == ORIGIN => json.item().raw(foreign.json.as_str()),
        Part::Foreign(_) | Part::Media(_) | Part::ToolResult(_) => {
            losses.dropped(format!("content[{index}]"))
        }
    }
}
