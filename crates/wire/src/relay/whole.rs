//! What is read from an answer that was not streamed; its bytes go on as they are.

use super::{anthropic, note};
use crate::{Progress, anthropic_messages, openai_chat, table};
use bytes::Bytes;
use ir::{Fault, Finish, Format, Operation, ServiceTier, Usage};
use std::ops::Range;
use stdx::{
    Str,
    json::{self, Kind, Member},
};

/// What a whole answer says about itself.
#[derive(Debug, Default)]
pub struct Seen {
    pub usage: Option<Usage>,
    pub finish: Option<Finish>,
    /// The model that answered, as the provider names it.
    pub model: Option<Str>,
    /// An error in the clothes of a success.
    pub fault: Option<Fault>,
    /// The beginning of the answer's text, for an estimate; only read when there is no usage. Bounded by `Progress::SEEN_MAX`.
    pub seen: String,
    /// All answer text in bytes, under the same condition.
    pub seen_bytes: u64,
}

/// Reads an answer. Never fails: what cannot be read is not seen.
pub fn whole(format: Format, operation: Operation, body: &Bytes) -> Seen {
    let (mut seen, mut places) = (Seen::default(), Places::default());
    let scanned = json::members(body, &mut |member| {
        let (name, kind) = (member.raw_name(body), member.kind);
        match (format, name, kind) {
            (_, b"model", Kind::String) => seen.model = member.string(body).map(Str::from),
            (_, b"error", kind) if kind != Kind::Null => places.error = true,
            (Format::AnthropicMessages, b"usage", Kind::Object) => {
                seen.usage = anthropic_messages::usage::read(&anthropic::raw(body, member));
            }
            (Format::AnthropicMessages, b"input_tokens", Kind::Number)
                if operation == Operation::CountTokens =>
            {
                seen.usage = input_only(body, member);
            }
            (Format::OpenAiChat, b"usage", Kind::Object) => {
                seen.usage = openai_chat::usage::read(body, member.value.clone());
            }
            (Format::OpenAiChat, b"service_tier", Kind::String) => {
                places.tier = openai_chat::usage::tier(member.raw_value(body));
            }
            (_, b"choices" | b"content", Kind::Array) => places.content = Some(member.value.clone()),
            _ => {}
        }
    });
    let Ok(whole) = scanned else { return Seen::default() };
    if format == Format::AnthropicMessages {
        seen.finish = anthropic::finish(body, whole);
    }
    if let (Some(usage), Some(tier)) = (&mut seen.usage, places.tier) {
        usage.tier = tier;
    }
    if places.error {
        seen.fault = Some(table::codec(format).decode_fault(200, body));
    }
    if let Some(content) = places.content {
        let mut progress = Progress::default();
        read_content(format, body, content, &mut seen.finish, &mut progress);
        if seen.finish.as_ref().is_some_and(openai_chat::finish::is_error) {
            seen.fault = Some(openai_chat::fault::answer_failed());
        }
        if seen.usage.is_none() {
            (seen.seen, seen.seen_bytes) = (progress.seen, progress.seen_bytes);
        }
    }
    seen
}

#[derive(Default)]
struct Places {
    content: Option<Range<usize>>,
    error: bool,
    /// OpenAI's stands beside the usage, before it or after.
    tier: Option<ServiceTier>,
}

fn input_only(body: &[u8], member: &Member) -> Option<Usage> {
    let input = super::owned::count(member.raw_value(body))?;
    Some(Usage { input, ..Usage::default() })
}

fn read_content(
    format: Format,
    body: &[u8],
    span: Range<usize>,
    finish: &mut Option<Finish>,
    progress: &mut Progress,
) {
    if format == Format::AnthropicMessages {
        note::parts(body, span, progress);
        return;
    }
    let _ = json::elements(body, span, &mut |choice, kind| {
        if kind != Kind::Object {
            return;
        }
        let _ = json::members_in(body, choice, &mut |member| match (member.raw_name(body), member.kind) {
            (b"finish_reason", Kind::String) if finish.is_none() => {
                *finish = openai_chat::finish::read(&member.string(body).unwrap_or_default());
            }
            (b"message", Kind::Object) => {
                note::openai_message(body, member.value.clone(), progress);
            }
            _ => {}
        });
    });
}
