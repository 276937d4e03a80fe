//! The tap on an Anthropic stream: each event names itself, so only the ones that carry something are scanned.

use super::{
    flow::{Fate, Tap},
    note,
    openai::value_after,
};
use crate::{Progress, anthropic_messages::usage, frame::sse, table};
use ir::Format;
use memchr::memmem;
use std::{borrow::Cow, ops::Range};
use stdx::json::{self, Kind, Member};

#[derive(Default)]
pub(super) struct AnthropicTap {
    /// The usage `message_start` told; what `message_delta` tells later replaces it field by field.
    start: Option<String>,
}

impl AnthropicTap {
    fn block(json: &[u8], name: &[u8], progress: &mut Progress) {
        if block(json, name, progress) {
            progress.content = true;
            progress.events += 1;
        }
    }

    fn message_start(&mut self, json: &[u8], progress: &mut Progress) {
        let _ = json::members(json, &mut |member| {
            if member.raw_name(json) == b"message" && member.kind == Kind::Object {
                let _ = json::members_in(json, member.value.clone(), &mut |member| {
                    if member.raw_name(json) == b"usage" {
                        self.start = Some(raw(json, member).into_owned());
                        progress.usage = usage::read(&raw(json, member));
                    }
                });
            }
        });
    }

    fn message_delta(&mut self, json: &[u8], progress: &mut Progress) {
        let _ = json::members(json, &mut |member| match (member.raw_name(json), member.kind) {
            (b"usage", Kind::Object) => {
                let told = usage::read_both(self.start.as_deref(), Some(&raw(json, member)));
                progress.usage = told.or(progress.usage);
            }
            (b"delta", Kind::Object) => {
                progress.finish = finish(json, member.value.clone()).or(progress.finish.take())
            }
            _ => {}
        });
    }
}

pub(super) fn raw<'a>(json: &'a [u8], member: &Member) -> Cow<'a, str> {
    String::from_utf8_lossy(member.raw_value(json))
}

/// `stop_reason` and `stop_sequence` of a message or its delta.
pub(super) fn finish(json: &[u8], span: Range<usize>) -> Option<ir::Finish> {
    let (mut reason, mut sequence) = (None, None);
    let _ = json::members_in(json, span, &mut |member| match member.raw_name(json) {
        b"stop_reason" => reason = member.string(json),
        b"stop_sequence" => sequence = member.string(json),
        _ => {}
    });
    Some(match &*reason? {
        "end_turn" => ir::Finish::Stop,
        "stop_sequence" => ir::Finish::StopSequence(sequence.map(Into::into)),
        "max_tokens" => ir::Finish::Length,
        "model_context_window_exceeded" => ir::Finish::ContextWindow,
        "tool_use" => ir::Finish::ToolCalls,
        "refusal" => ir::Finish::Refusal,
        "pause_turn" => ir::Finish::Pause,
        other => ir::Finish::Other(other.into()),
    })
}

/// Notes the text of a `content_block_delta` or `content_block_start`; true when it holds content. What matters stands behind one
/// name, which inside of text would be escaped.
fn block(json: &[u8], name: &[u8], progress: &mut Progress) -> bool {
    let Some(at) = memmem::find(json, name) else { return false };
    let start = value_after(json, at + name.len()).filter(|start| json.get(*start) == Some(&b'{'));
    start.is_some_and(|start| any_content(json, start..json.len(), progress))
}

fn any_content(json: &[u8], span: Range<usize>, progress: &mut Progress) -> bool {
    let mut any = false;
    let _ = json::members_in(json, span, &mut |member| {
        any |= match member.raw_name(json) {
            b"text" | b"thinking" | b"partial_json" | b"name" => note::text(json, member, progress),
            b"type" => {
                // Blocks that come at once, and deltas without text, are content by their kind.
                let kind = member.string(json).unwrap_or_default();
                !matches!(
                    &*kind,
                    "text"
                        | "thinking"
                        | "text_delta"
                        | "thinking_delta"
                        | "input_json_delta"
                        | "signature_delta"
                )
            }
            _ => false,
        };
    });
    any
}

/// The event's name: the `event:` line, or the data's own `type` from servers that leave the line out.
fn name<'a>(fields: &sse::Fields<'a>, json: &'a [u8]) -> Cow<'a, [u8]> {
    if !fields.event.is_empty() || memmem::find(json, b"\"type\"").is_none() {
        return Cow::Borrowed(fields.event);
    }
    let mut name = Cow::Borrowed(b"".as_slice());
    let _ = json::members(json, &mut |member| {
        if member.raw_name(json) == b"type" && member.kind == Kind::String {
            name = Cow::Owned(member.string(json).unwrap_or_default().as_bytes().to_vec());
        }
    });
    name
}

impl Tap for AnthropicTap {
    fn look(&mut self, frame: &[u8], progress: &mut Progress) -> Fate {
        let fields = sse::fields(frame);
        let Some(json) = &fields.data else { return Fate::Forward };
        match &*name(&fields, json) {
            b"content_block_delta" => Self::block(json, b"\"delta\"", progress),
            b"content_block_start" => Self::block(json, b"\"content_block\"", progress),
            b"message_start" => self.message_start(json, progress),
            b"message_delta" => self.message_delta(json, progress),
            b"message_stop" => progress.ended = true,
            b"error" => {
                // The event has no status of its own; the codec goes by the error's type.
                progress.fault = Some(table::codec(Format::AnthropicMessages).decode_fault(200, json));
                return Fate::Broken;
            }
            _ => {}
        }
        Fate::Forward
    }

    fn closing(&self, _: &Progress) -> Option<&'static [u8]> {
        // Anthropic and all who speak its dialect send `message_stop`; without it the stream was cut.
        None
    }
}
