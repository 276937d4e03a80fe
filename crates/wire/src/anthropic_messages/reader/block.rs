//! Blocks that have started and not stopped, and what their pieces become.

use super::{str, wire::DeltaWire};
use crate::anthropic_messages::{ORIGIN, citation, ids, node::Source};
use ir::{Delta, Event, Foreign};
use stdx::{RawJson, Str};

/// Bytes of input collected for a block only this dialect understands.
const FOREIGN_MAX: usize = 4 * 1024 * 1024;

/// A block that has started and not stopped.
pub(super) struct Open {
    pub(super) index: u64,
    pub(super) shape: Shape,
}

pub(super) enum Shape {
    /// One of the shared parts, by number.
    Part { part: u32, kind: Kind },
    /// Kept whole: how it started, and the input that followed.
    Foreign { kind: Str, start: String, input: String },
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Reasoning,
    Redacted,
    Call { has_input: bool },
}

impl Open {
    /// What a piece of the block becomes.
    pub(super) fn take(&mut self, delta: DeltaWire<'_>, out: &mut Vec<Event>) {
        match &mut self.shape {
            Shape::Foreign { input, .. } => {
                if let Some(more) = delta.partial_json
                    && input.len() + more.0.len() <= FOREIGN_MAX
                {
                    input.push_str(&more.0);
                }
            }
            Shape::Part { part, kind } => {
                let part = *part;
                match kind {
                    Kind::Text => {
                        push_text(part, str(delta.text), out);
                        let citation = delta.citation.and_then(|raw| citation::one(Source::passing(), raw));
                        out.extend(
                            citation.map(|citation| Event::Delta { part, delta: Delta::Citation(citation) }),
                        );
                    }
                    Kind::Reasoning => {
                        push_text(part, str(delta.thinking), out);
                        push_opaque(part, str(delta.signature), out);
                    }
                    Kind::Redacted => {}
                    Kind::Call { has_input } => {
                        if let Some(json) = str(delta.partial_json).filter(|json| !json.is_empty()) {
                            *has_input = true;
                            push_text(part, Some(json), out);
                        }
                    }
                }
            }
        }
    }

    /// What the block's end becomes.
    pub(super) fn close(self, out: &mut Vec<Event>) {
        match self.shape {
            Shape::Part { part, kind } => {
                if kind == (Kind::Call { has_input: false }) {
                    push_text(part, Some(Str::from_static("{}")), out);
                }
                out.push(Event::Close { part });
            }
            Shape::Foreign { kind, start, input } => {
                let json = RawJson::from_valid(with_input(start, &input));
                out.push(Event::Foreign(Foreign { origin: ORIGIN, kind, json }));
            }
        }
    }
}

pub(super) fn push_text(part: u32, text: Option<Str>, out: &mut Vec<Event>) {
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        out.push(Event::Delta { part, delta: Delta::Text(text) });
    }
}

pub(super) fn push_opaque(part: u32, token: Option<Str>, out: &mut Vec<Event>) {
    if let Some(opaque) = token.and_then(ids::opaque) {
        out.push(Event::Delta { part, delta: Delta::Opaque(opaque) });
    }
}

pub(super) fn is_empty_object(json: &str) -> bool {
    json.bytes().filter(|b| !b.is_ascii_whitespace()).eq(*b"{}")
}

/// A block as it would have come whole: its start, with the input that was streamed in place of the empty one.
fn with_input(start: String, input: &str) -> String {
    if input.is_empty() || stdx::json::validate(input.as_bytes()).is_err() {
        return start;
    }
    let mut span = None;
    let found = stdx::json::members(start.as_bytes(), &mut |member| {
        if member.raw_name(start.as_bytes()) == b"input" {
            span = Some(member.value.clone());
        }
    });
    match (
        found,
        span.and_then(|span: std::ops::Range<usize>| {
            Some((start.get(..span.start)?, start.get(span.end..)?))
        }),
    ) {
        (Ok(_), Some((before, after))) => format!("{before}{input}{after}"),
        _ => start,
    }
}
