//! A request, written for a model that speaks this dialect.

use super::{
    ORIGIN, models,
    options::{Plan, cache_control},
    out, tools,
    turns::Turns,
};
use crate::{Refused, codec::Target, transcode::weight};
use bytes::{Bytes, BytesMut};
use ir::{ChatRequest, Losses, Output};

/// What stands in for "any JSON object", which this dialect has no field for.
const JSON_ONLY: &str = "Answer with one JSON object and nothing else: no explanation, no code fence.";

pub(super) fn encode(chat: &ChatRequest, target: &Target<'_>, losses: &mut Losses) -> Result<Bytes, Refused> {
    refuse(chat)?;
    let mut buffer = BytesMut::with_capacity(capacity(chat));
    let json = &mut out::Json::new(&mut buffer);
    json.open(b'{');
    json.text("model", target.model);
    Plan::of(chat, target, losses).write(json, chat, target, losses);
    let turns = Turns::of(chat, target, losses);
    turns.write_system(json, instruction(chat, target, losses).as_deref(), losses)?;
    turns.write_messages(json, losses)?;
    tools::encode(json, chat, target, losses)?;
    rest(json, chat, losses);
    if chat.delivery.is_stream() {
        json.key("stream").bool(true);
    }
    json.close(b'}');
    Ok(buffer.freeze())
}

/// About the size of what is coming, so that the buffer seldom grows.
fn capacity(chat: &ChatRequest) -> usize {
    let mut bytes = 512;
    ir::view::text_of_request(chat, &mut |text| bytes += text.len() + 64);
    bytes
}

/// Without these the answer would be another one.
fn refuse(chat: &ChatRequest) -> Result<(), Refused> {
    let refused = |what: &str, why: &'static str| Err(Refused { what: what.to_owned(), why: why.into() });
    if chat.sampling.choices.is_some_and(|n| n > 1) {
        return refused("n", "it gives one answer to a request");
    }
    if chat.logprobs.is_some() {
        return refused("logprobs", "it does not tell probabilities");
    }
    weight::refuse(&chat.ext, ORIGIN)
}

/// A form of the answer that can only be asked for in words.
fn instruction(chat: &ChatRequest, target: &Target<'_>, losses: &mut Losses) -> Option<String> {
    match &chat.output {
        Output::Text => None,
        Output::Json => {
            losses.approximated("response_format");
            Some(JSON_ONLY.to_owned())
        }
        Output::Schema { .. } if models::has_structured_output(target.model) => None,
        Output::Schema { schema, .. } => {
            losses.approximated("response_format");
            Some(format!("{JSON_ONLY} It must be valid against this JSON schema: {}", schema.as_str()))
        }
    }
}

/// Who asks, how soon, what is kept, and the fields that only this dialect has.
fn rest(json: &mut out::Json<'_>, chat: &ChatRequest, losses: &mut Losses) {
    let own = || chat.ext.of(ORIGIN);
    let metadata = || own().iter().filter_map(|(name, value)| Some((name.strip_prefix("metadata.")?, value)));
    if chat.user.is_some() || metadata().next().is_some() {
        json.key("metadata").object(|json| {
            json.optional_text("user_id", chat.user.as_ref());
            metadata().for_each(|(name, value)| json.member(name, value));
        });
    }
    match chat.service_tier.as_deref() {
        None => {}
        Some(tier @ ("auto" | "standard_only")) => json.text("service_tier", tier),
        // OpenAI's word for "no priority, no discount".
        Some("default") => json.text("service_tier", "standard_only"),
        Some(_) => losses.dropped("service_tier"),
    }
    cache_control(json, chat.cache);
    for (name, value) in own().iter().filter(|(name, _)| !name.contains('.')) {
        json.member(name, value);
    }
    for (name, value) in chat.ext.foreign_to(ORIGIN) {
        // What says nothing is no loss.
        if !matches!(value.as_str(), "null" | "{}" | "[]") && name != "modalities" {
            losses.dropped(name.clone());
        }
    }
}
