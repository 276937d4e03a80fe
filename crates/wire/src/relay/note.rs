//! Reading answer text out of JSON spans, for counting. Text is noted, never changed.

use crate::Progress;
use std::ops::Range;
use stdx::json::{self, Kind, Member};

/// How deep lists of parts are followed.
const DEPTH: usize = 4;

/// Notes the text of the JSON string at `span` (quotes included); false when it is empty.
pub(super) fn string(json: &[u8], span: &Range<usize>, progress: &mut Progress) -> bool {
    let inner = json.get(span.start + 1..span.end - 1).unwrap_or_default();
    if let Some(text) = json::unescape(inner) {
        progress.saw(&text);
    }
    !inner.is_empty()
}

/// Notes a string member; false when it is empty or no string.
pub(super) fn text(json: &[u8], member: &Member, progress: &mut Progress) -> bool {
    member.kind == Kind::String && string(json, &member.value, progress)
}

/// Notes all text in a list of parts (`text`, `thinking`, and lists under them); false when there was none.
pub(super) fn parts(json: &[u8], span: Range<usize>, progress: &mut Progress) -> bool {
    parts_at(json, span, progress, DEPTH)
}

fn parts_at(json: &[u8], span: Range<usize>, progress: &mut Progress, depth: usize) -> bool {
    let mut any = false;
    let _ = json::elements(json, span, &mut |element, kind| {
        if kind != Kind::Object {
            return;
        }
        let _ = json::members_in(json, element, &mut |member| {
            any |= match (member.raw_name(json), member.kind) {
                (b"text" | b"thinking" | b"content", Kind::String) => text(json, member, progress),
                (b"thinking" | b"content", Kind::Array) if depth > 0 => {
                    parts_at(json, member.value.clone(), progress, depth - 1)
                }
                (b"image_url", _) => true,
                _ => false,
            };
        });
    });
    any
}

/// Notes names and arguments of a list of tool calls; false when it is empty.
pub(super) fn calls(json: &[u8], span: Range<usize>, progress: &mut Progress) -> bool {
    let mut any = false;
    let _ = json::elements(json, span, &mut |element, kind| {
        any = true;
        if kind != Kind::Object {
            return;
        }
        let _ = json::members_in(json, element, &mut |member| {
            if member.kind == Kind::Object && matches!(member.raw_name(json), b"function" | b"custom") {
                strings(json, member.value.clone(), progress);
            }
        });
    });
    any
}

/// Notes all strings of an object but its ids: name and arguments of a call; false when all are empty.
fn strings(json: &[u8], span: Range<usize>, progress: &mut Progress) -> bool {
    let mut any = false;
    let _ = json::members_in(json, span, &mut |member| {
        if matches!(member.raw_name(json), b"name" | b"arguments" | b"input" | b"transcript") {
            any |= text(json, member, progress);
        } else if member.raw_name(json) == b"data" {
            any |= member.kind == Kind::String && member.value.len() > 2;
        }
    });
    any
}

/// Notes what an OpenAI message or delta object says; true when it holds content.
pub(super) fn openai_message(json: &[u8], span: Range<usize>, progress: &mut Progress) -> bool {
    let (mut any, mut reasoned) = (false, false);
    let _ = json::members_in(json, span, &mut |member| {
        let list = member.kind == Kind::Array;
        any |= match member.raw_name(json) {
            b"content" if list => parts(json, member.value.clone(), progress),
            b"content" | b"refusal" => text(json, member, progress),
            // Some servers say the same thought under both names.
            b"reasoning_content" | b"reasoning" if !reasoned => {
                reasoned = text(json, member, progress);
                reasoned
            }
            b"tool_calls" if list => calls(json, member.value.clone(), progress),
            // Some servers send these with nothing in them.
            b"function_call" | b"audio" if member.kind == Kind::Object => {
                strings(json, member.value.clone(), progress)
            }
            b"images" | b"reasoning_details" if list => member.value.len() > 2,
            _ => false,
        };
    });
    any
}
