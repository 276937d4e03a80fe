//! The tap on an Anthropic stream: each event names itself, so only the ones that carry something are scanned.

use super::{
    flow::{Fate, Tap},
    note,
};
use crate::{Progress, frame::sse, table};
use ir::Format;
use memchr::memmem;
use std::{borrow::Cow, ops::Range};
use stdx::json::{self, Kind, Member};

#[derive(Default)]
pub(super) struct AnthropicTap {
    usage: Counts,
}

/// Usage as Anthropic counts it; later reports replace earlier ones field by field, since they are cumulative.
#[derive(Clone, Copy, Default)]
pub(super) struct Counts {
    input: Option<u64>,
    output: Option<u64>,
    cached: Option<u64>,
    written: Option<u64>,
    written_5m: Option<u64>,
    written_1h: Option<u64>,
    searches: Option<u64>,
    reasoning: Option<u64>,
}

impl Counts {
    /// Takes what a `usage` object says.
    pub(super) fn take(&mut self, json: &[u8], span: Range<usize>) {
        let _ = json::members_in(json, span, &mut |member| {
            let name = member.raw_name(json);
            if member.kind == Kind::Object && matches!(name, b"cache_creation" | b"server_tool_use" | b"output_tokens_details") {
                return self.take(json, member.value.clone());
            }
            let slot = match name {
                b"input_tokens" => &mut self.input,
                b"output_tokens" => &mut self.output,
                b"cache_read_input_tokens" => &mut self.cached,
                b"cache_creation_input_tokens" => &mut self.written,
                b"ephemeral_5m_input_tokens" => &mut self.written_5m,
                b"ephemeral_1h_input_tokens" => &mut self.written_1h,
                b"web_search_requests" => &mut self.searches,
                b"thinking_tokens" | b"reasoning_tokens" => &mut self.reasoning,
                _ => return,
            };
            *slot = super::owned::count(member.raw_value(json)).or(*slot);
        });
    }

    /// The normal form; `None` when neither input nor output was told.
    pub(super) fn usage(&self) -> Option<ir::Usage> {
        if self.input.is_none() && self.output.is_none() {
            return None;
        }
        let written_1h = self.written_1h.unwrap_or(0);
        let written = self.written.unwrap_or(0).max(self.written_5m.unwrap_or(0).saturating_add(written_1h));
        Some(ir::Usage {
            input: self.input.unwrap_or(0),
            cached: self.cached.unwrap_or(0),
            cache_write_5m: written.saturating_sub(written_1h),
            cache_write_1h: written_1h,
            output: self.output.unwrap_or(0),
            reasoning: self.reasoning.unwrap_or(0),
            web_searches: self.searches.unwrap_or(0),
            ..ir::Usage::default()
        })
    }
}

impl AnthropicTap {
    fn take_usage(&mut self, json: &[u8], member: &Member, progress: &mut Progress) {
        if member.kind == Kind::Object {
            self.usage.take(json, member.value.clone());
            progress.usage = self.usage.usage();
        }
    }

    fn message_start(&mut self, json: &[u8], progress: &mut Progress) {
        let _ = json::members(json, &mut |member| {
            if member.raw_name(json) == b"message" && member.kind == Kind::Object {
                let _ = json::members_in(json, member.value.clone(), &mut |member| {
                    if member.raw_name(json) == b"usage" {
                        self.take_usage(json, member, progress);
                    }
                });
            }
        });
    }

    fn message_delta(&mut self, json: &[u8], progress: &mut Progress) {
        let _ = json::members(json, &mut |member| match (member.raw_name(json), member.kind) {
            (b"usage", _) => self.take_usage(json, member, progress),
            (b"delta", Kind::Object) => progress.finish = finish(json, member.value.clone()).or(progress.finish.take()),
            _ => {}
        });
    }
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

/// Notes the text of a `content_block_delta` or `content_block_start`; true when it holds content.
fn block(json: &[u8], progress: &mut Progress) -> bool {
    let mut any = false;
    let _ = json::members(json, &mut |member| {
        if member.kind == Kind::Object && matches!(member.raw_name(json), b"delta" | b"content_block") {
            any = any_content(json, member.value.clone(), progress);
        }
    });
    any
}

fn any_content(json: &[u8], span: Range<usize>, progress: &mut Progress) -> bool {
    let mut any = false;
    let _ = json::members_in(json, span, &mut |member| {
        any |= match member.raw_name(json) {
            b"text" | b"thinking" | b"partial_json" | b"name" => note::text(json, member, progress),
            b"type" => {
                // Blocks that come at once, and deltas without text, are content by their kind.
                let kind = member.string(json).unwrap_or_default();
                !matches!(&*kind, "text" | "thinking" | "text_delta" | "thinking_delta" | "input_json_delta" | "signature_delta")
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
            b"content_block_delta" | b"content_block_start" => {
                if block(json, progress) {
                    progress.content = true;
                    progress.events += 1;
                }
            }
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
