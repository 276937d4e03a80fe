//! A whole answer, read. Of several choices the first is the answer; asking for more is refused before it comes to that.

use super::{ORIGIN, finish, message_in, usage};
use crate::{
    BadBody,
    json::{
        bad,
        node::{Source, Text, node},
    },
};
use bytes::Bytes;
use ir::{ChatResponse, Ext, Finish, Part, Usage};
use serde_json::value::RawValue;
use stdx::json::{self, Kind};

node! {
    struct ResponseWire<'a> {
        "id" => id: Text<'a>,
        "object" => object: Text<'a>,
        "model" => model: Text<'a>,
        "created" => created: f64,
        "choices" => choices: Vec<&'a RawValue>,
        "usage" => usage: &'a RawValue,
        "service_tier" => service_tier: &'a RawValue,
        "error" => error: &'a RawValue,
    }
}

node! {
    struct ChoiceWire<'a> {
        "index" => index: &'a RawValue,
        "message" => message: &'a RawValue,
        "finish_reason" => finish_reason: &'a RawValue,
        "logprobs" => logprobs: &'a RawValue,
        "usage" => usage: &'a RawValue,
    }
}

pub(super) fn decode(body: &Bytes) -> Result<ChatResponse, BadBody> {
    let text = super::request_in::checked(body)?;
    let wire: ResponseWire<'_> = stdx::json::from_str(text).map_err(|error| bad::bad(&error, text, ""))?;
    if wire.error.is_some_and(|error| error.get() != "false") {
        let fault = super::fault::in_stream(body);
        return Err(BadBody::new("error".to_string(), fault.message));
    }
    let source = Source::of(body);
    let first = wire.choices.as_ref().and_then(|choices| choices.first()).copied();
    let Some(first) = first else {
        return Err(BadBody::new("choices".to_string(), "the answer has no choices"));
    };
    let choice: ChoiceWire<'_> =
        stdx::json::from_str(first.get()).map_err(|error| bad::bad(&error, first.get(), "choices[0]"))?;
    let at = || "choices[0].message".to_string();
    let parts = match choice.message {
        Some(raw) => message_in::answer(source, raw, &at)?.parts,
        None => Vec::new(),
    };
    let mut ext = Ext::default();
    for (name, value) in wire.rest {
        ext.push(ORIGIN, source.str(name), source.raw(value));
    }
    let word = choice.finish_reason.and_then(|raw| stdx::json::from_str::<Text<'_>>(raw.get()).ok());
    let told = wire.usage.or(choice.usage);
    let usage = told.and_then(|raw| usage::read(raw.get().as_bytes(), 0..raw.get().len()));
    let served = wire.service_tier.and_then(|raw| usage::tier(raw.get().as_bytes())).unwrap_or_default();
    Ok(ChatResponse {
        id: wire.id.filter(|id| !id.0.is_empty()).map(|id| source.str(id)),
        model: wire.model.filter(|model| !model.0.is_empty()).map(|model| source.str(model)),
        created: wire.created.and_then(whole_seconds),
        finish: settle(word.and_then(|word| finish::read(&word.0)), &parts),
        parts,
        usage: usage.map(|usage| Usage { tier: served, ..usage }),
        service_tier: wire.service_tier.and_then(tier).map(|tier| source.str(tier)),
        logprobs: choice.logprobs.filter(|raw| has_logprobs(raw)).map(|raw| source.raw(raw)),
        ext,
    })
}

/// A tier that is told; some servers send an empty one.
pub(super) fn tier(raw: &RawValue) -> Option<Text<'_>> {
    stdx::json::from_str::<Text<'_>>(raw.get()).ok().filter(|tier| !tier.0.is_empty())
}

/// Whether any are there; some servers send the object with nothing in it.
pub(super) fn has_logprobs(raw: &RawValue) -> bool {
    let json = raw.get().as_bytes();
    let mut any = false;
    let _ = json::members(json, &mut |member| any |= member.kind != Kind::Null);
    any
}

/// Some servers give fractions of a second.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float-to-integer cast saturates, and the past is 0"
)]
pub(super) const fn whole_seconds(created: f64) -> Option<u64> {
    if created >= 0.0 { Some(created as u64) } else { None }
}

/// What the parts say about why the answer ended, where no reason is given or only `stop`: some servers say so after tool calls, and
/// OpenAI does after a refusal.
fn settle(finish: Option<Finish>, parts: &[Part]) -> Option<Finish> {
    if !matches!(finish, None | Some(Finish::Stop)) {
        return finish;
    }
    if parts.iter().any(|part| matches!(part, Part::ToolCall(_))) {
        return Some(Finish::ToolCalls);
    }
    if parts.iter().any(|part| matches!(part, Part::Refusal(_))) {
        return Some(Finish::Refusal);
    }
    finish
}
