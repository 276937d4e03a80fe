//! A stream, written: our events to Anthropic's. A state machine that can only emit a legal sequence: one `message_start`, blocks one
//! after the other with dense indexes, one `message_delta` with the final count, `message_stop`; or an `error` event, and nothing after.
//!
//! Calls that run side by side are held back until the block before them has stopped. Words and thoughts open their block with the
//! first thing they say, so an answer never holds a blank block.

mod input;

use self::input::Input;
use super::{ORIGIN, citation, fault, ids, out::Json, response::stop_details, stop, usage};
use crate::{EventWriter, Seed};
use bytes::{BufMut, BytesMut};
use ir::{Blame, Citation, Delta, Event, Fault, FaultKind, Finish, Opaque, PartKind, Start, Usage};
use std::collections::VecDeque;

/// Bytes held back for calls that must wait their turn, and of a refusal that is told at the end.
const HELD_MAX: usize = 8 * 1024 * 1024;

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Before,
    Answering,
    Over,
}

/// A part that has opened and not been written to its end.
struct Block {
    part: u32,
    kind: PartKind,
    /// What came while another block was being written.
    held: Vec<Delta>,
    /// A call's input.
    input: Input,
    has_started: bool,
    has_closed: bool,
}

/// One stream.
pub(super) struct Writer {
    seed: Seed,
    stage: Stage,
    /// The front is being written; the rest wait.
    blocks: VecDeque<Block>,
    held_bytes: usize,
    next_index: u64,
    has_calls: bool,
    refusal: String,
    usage: Option<Usage>,
    finish: Option<Finish>,
}

impl EventWriter for Writer {
    fn write(&mut self, event: &Event, out: &mut BytesMut) {
        match (self.stage, event) {
            (Stage::Over, _) => {}
            (_, Event::Fault(fault)) => self.fail(fault, out),
            (Stage::Before, Event::Start(start)) => self.begin(start, out),
            (Stage::Before, _) => {
                self.begin(&Start::default(), out);
                self.answer(event, out);
            }
            (Stage::Answering, _) => self.answer(event, out),
        }
    }
}

impl Writer {
    pub(super) fn new(seed: Seed) -> Self {
        Self {
            seed,
            stage: Stage::Before,
            blocks: VecDeque::new(),
            held_bytes: 0,
            next_index: 0,
            has_calls: false,
            refusal: String::new(),
            usage: None,
            finish: None,
        }
    }

    fn begin(&mut self, start: &Start, out: &mut BytesMut) {
        self.stage = Stage::Answering;
        frame(out, "message_start", |json| {
            json.key("message").object(|json| {
                match &start.id {
                    Some(id) => json.text("id", id),
                    None => json.text("id", &format!("msg_{}", self.seed.id)),
                }
                json.text("type", "message");
                json.text("role", "assistant");
                json.text("model", start.model.as_ref().unwrap_or(&self.seed.model));
                json.key("content").list(|_| {});
                json.key("stop_reason").null();
                json.key("stop_sequence").null();
                json.key("usage");
                // Counts are demanded here; what is not known yet comes with the last delta.
                usage::write(json, &self.usage.unwrap_or_default(), start.service_tier.as_ref());
            });
        });
    }

    fn answer(&mut self, event: &Event, out: &mut BytesMut) {
        match event {
            Event::Open { part, kind } => self.open(*part, kind, out),
            Event::Delta { part, delta } => self.delta(*part, delta, out),
            Event::Close { part } => {
                if let Some(block) = self.blocks.iter_mut().find(|block| block.part == *part) {
                    block.has_closed = true;
                }
                self.advance(out);
            }
            Event::Foreign(foreign) if foreign.origin == ORIGIN => {
                self.close_all(out);
                self.start_block(out, |json| json.raw(foreign.json.as_str()));
                self.stop_block(out);
            }
            Event::Usage(usage) => self.usage = Some(*usage),
            Event::Finish(finish) => self.finish = Some(finish.clone()),
            Event::End => self.end(out),
            // Another start, or what only others understand.
            Event::Start(_) | Event::Foreign(_) | Event::Logprobs(_) | Event::Fault(_) => {}
        }
    }

    fn open(&mut self, part: u32, kind: &PartKind, out: &mut BytesMut) {
        self.has_calls |= matches!(kind, PartKind::ToolCall { .. });
        let block = Block {
            part,
            kind: kind.clone(),
            held: Vec::new(),
            input: Input::default(),
            has_started: false,
            has_closed: false,
        };
        self.blocks.push_back(block);
        self.advance(out);
    }

    fn delta(&mut self, part: u32, delta: &Delta, out: &mut BytesMut) {
        let Some(at) = self.blocks.iter().position(|block| block.part == part) else { return };
        if at > 0 {
            return self.hold(at, delta, out);
        }
        let Some(mut block) = self.blocks.pop_front() else { return };
        self.say(&mut block, delta, out);
        self.blocks.push_front(block);
    }

    /// Keeps what must wait; a flood of it ends the stream.
    fn hold(&mut self, at: usize, delta: &Delta, out: &mut BytesMut) {
        self.held_bytes += match delta {
            Delta::Text(text) => text.as_bytes().len(),
            Delta::Opaque(opaque) => opaque.token.as_bytes().len(),
            Delta::Citation(citation) => citation.raw.as_str().len(),
        } + size_of::<Delta>();
        if self.held_bytes > HELD_MAX {
            return self.flood(out);
        }
        if let Some(block) = self.blocks.get_mut(at) {
            block.held.push(delta.clone());
        }
    }

    fn flood(&mut self, out: &mut BytesMut) {
        let message = "the provider's answer holds more side by side than can be put in order";
        self.fail(&Fault::new(FaultKind::UpstreamError, Blame::Upstream, message), out);
    }

    /// Writes on as far as the order allows: the front block and, when it has stopped, the next.
    fn advance(&mut self, out: &mut BytesMut) {
        while let Some(mut block) = self.blocks.pop_front() {
            if let PartKind::ToolCall { id, name } = &block.kind
                && !block.has_started
            {
                self.start_block(out, |json| {
                    json.object(|json| {
                        json.text("type", "tool_use");
                        json.text("id", &ids::escape(id));
                        json.text("name", name);
                        json.key("input").object(|_| {});
                    });
                });
                block.has_started = true;
            }
            for delta in std::mem::take(&mut block.held) {
                self.say(&mut block, &delta, out);
            }
            if !block.has_closed {
                return self.blocks.push_front(block);
            }
            if let Some(json) = block.input.rest() {
                self.block_delta(out, "input_json_delta", "partial_json", &json);
            }
            if block.has_started {
                self.stop_block(out);
            }
        }
        self.held_bytes = 0;
    }

    fn close_all(&mut self, out: &mut BytesMut) {
        self.blocks.iter_mut().for_each(|block| block.has_closed = true);
        self.advance(out);
    }

    /// Writes a delta of the front block, and the block's start where this is the first thing it says.
    fn say(&mut self, block: &mut Block, delta: &Delta, out: &mut BytesMut) {
        match (&block.kind, delta) {
            (_, Delta::Text(text)) if text.is_empty() => {}
            (PartKind::Text, Delta::Text(text)) => {
                self.started(block, TEXT, out);
                self.block_delta(out, "text_delta", "text", text);
            }
            (PartKind::Text, Delta::Citation(citation)) if citation::can_say(citation) => {
                self.started(block, TEXT, out);
                self.cite(citation, out);
            }
            (PartKind::Reasoning, Delta::Text(text)) => {
                self.started(block, THINKING, out);
                self.block_delta(out, "thinking_delta", "thinking", text);
            }
            (PartKind::Reasoning, Delta::Opaque(opaque)) => {
                self.started(block, THINKING, out);
                self.block_delta(out, "signature_delta", "signature", &ids::seal(opaque));
            }
            (PartKind::RedactedReasoning, Delta::Opaque(opaque)) if !block.has_started => {
                block.has_started = true;
                self.redacted(opaque, out);
            }
            (PartKind::ToolCall { .. }, Delta::Text(text)) => {
                let json = block.input.take(text);
                if !json.is_empty() {
                    self.block_delta(out, "input_json_delta", "partial_json", json);
                }
            }
            (PartKind::Refusal, Delta::Text(text))
                if self.refusal.len() + text.as_bytes().len() <= HELD_MAX =>
            {
                self.refusal.push_str(text);
            }
            // What this kind of block cannot hold.
            _ => {}
        }
    }

    fn started(&mut self, block: &mut Block, start: &str, out: &mut BytesMut) {
        if !std::mem::replace(&mut block.has_started, true) {
            self.start_block(out, |json| json.raw(start));
        }
    }

    fn redacted(&mut self, opaque: &Opaque, out: &mut BytesMut) {
        self.start_block(out, |json| {
            json.object(|json| {
                json.text("type", "redacted_thinking");
                json.text("data", &ids::seal(opaque));
            });
        });
    }

    fn start_block(&mut self, out: &mut BytesMut, block: impl FnOnce(&mut Json<'_>)) {
        frame(out, "content_block_start", |json| {
            json.count("index", self.next_index);
            block(json.key("content_block"));
        });
        self.next_index += 1;
    }

    /// The index of the block being written.
    const fn index(&self) -> u64 {
        self.next_index.saturating_sub(1)
    }

    fn stop_block(&self, out: &mut BytesMut) {
        frame(out, "content_block_stop", |json| json.count("index", self.index()));
    }

    fn block_delta(&self, out: &mut BytesMut, kind: &'static str, key: &'static str, text: &str) {
        frame(out, "content_block_delta", |json| {
            json.count("index", self.index());
            json.key("delta").object(|json| {
                json.text("type", kind);
                json.text(key, text);
            });
        });
    }

    fn cite(&self, citation: &Citation, out: &mut BytesMut) {
        frame(out, "content_block_delta", |json| {
            json.count("index", self.index());
            json.key("delta").object(|json| {
                json.text("type", "citations_delta");
                citation::write(json.key("citation"), citation);
            });
        });
    }

    fn end(&mut self, out: &mut BytesMut) {
        self.close_all(out);
        self.stage = Stage::Over;
        let finish = self.finish.as_ref();
        frame(out, "message_delta", |json| {
            json.key("delta").object(|json| {
                json.text("stop_reason", stop::word(finish, self.has_calls, !self.refusal.is_empty()));
                match stop::sequence(finish) {
                    Some(sequence) => json.text("stop_sequence", sequence),
                    None => json.key("stop_sequence").null(),
                }
                if !self.refusal.is_empty() {
                    stop_details(json, &self.refusal);
                }
            });
            json.key("usage");
            usage::write_delta(json, &self.usage.unwrap_or_default());
        });
        frame(out, "message_stop", |_| {});
    }

    fn fail(&mut self, fault: &Fault, out: &mut BytesMut) {
        self.stage = Stage::Over;
        self.blocks.clear();
        let body = fault::body(fault, "");
        crate::frame::sse::write_event(out, "error", &body);
    }
}

const TEXT: &str = r#"{"type":"text","text":""}"#;
const THINKING: &str = r#"{"type":"thinking","thinking":"","signature":""}"#;

/// Writes one event: its name, and an object with its `type` and what `fill` adds.
fn frame(out: &mut BytesMut, kind: &'static str, fill: impl FnOnce(&mut Json<'_>)) {
    out.reserve(128);
    out.put_slice(b"event: ");
    out.put_slice(kind.as_bytes());
    out.put_slice(b"\ndata: ");
    Json::new(out).object(|json| {
        json.text("type", kind);
        fill(json);
    });
    out.put_slice(b"\n\n");
}
