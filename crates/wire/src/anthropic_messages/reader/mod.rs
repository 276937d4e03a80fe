//! A stream, read: Anthropic's events to ours. Blocks may arrive damaged, doubled or without their start; whatever comes, the
//! events keep the grammar, and a stream without its end is a fault.

mod block;
mod wire;

use self::{
    block::{Kind, Open, Shape, is_empty_object, push_opaque, push_text},
    wire::{BlockWire, DeltaWire, Frame, MessageWire},
};
use super::{
    citation, fault, ids,
    node::{Source, Text},
    response::explanation,
    stop, usage,
};
use crate::EventReader;
use ir::{Blame, Delta, Event, Fault, FaultKind, Finish, PartKind, Retry, Start};
use serde_json::value::RawValue;
use stdx::Str;

/// Tool calls open side by side; further ones are no answer anybody gives.
const CALLS_MAX: usize = 256;

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Before,
    Answering,
    Over,
}

/// One stream.
#[derive(Default)]
pub(super) struct Reader {
    stage: Stage,
    id: String,
    open: Vec<Open>,
    parts: u32,
    counts: usage::Counts,
    finish: Option<Finish>,
}

impl EventReader for Reader {
    fn read(&mut self, event: &str, data: &str, out: &mut Vec<Event>) {
        // Some compatible servers end with OpenAI's mark.
        if self.stage == Stage::Over || data.trim().is_empty() || data == "[DONE]" {
            return;
        }
        let frame: Frame<'_> = match stdx::json::from_str(data) {
            Ok(frame) => frame,
            Err(_) => {
                return self
                    .fail(unreadable("the provider's stream holds an event that cannot be read"), out);
            }
        };
        let kind = frame.kind.as_ref().map_or(event, |kind| kind.0.as_ref());
        match kind {
            "message_start" => self.message_start(frame.message, out),
            "content_block_start" => self.block_start(frame.index.unwrap_or(0), frame.content_block, out),
            "content_block_delta" => {
                if let Some(delta) = frame.delta {
                    self.block_delta(frame.index.unwrap_or(0), delta, out);
                }
            }
            "content_block_stop" => self.block_stop(frame.index.unwrap_or(0), out),
            "message_delta" => self.message_delta(frame.delta, frame.usage.map(usage::Counts::read), out),
            "message_stop" => self.message_stop(out),
            "error" => self.fail(fault::decode(200, data.as_bytes()), out),
            // `ping`, and whatever is added: new events may come at any time, says the dialect.
            _ if frame.error.is_some() => self.fail(fault::decode(200, data.as_bytes()), out),
            _ => {}
        }
    }

    fn finish(&mut self, out: &mut Vec<Event>) {
        if self.stage != Stage::Over {
            self.fail(Fault::cut(), out);
        }
    }
}

fn unreadable(message: &'static str) -> Fault {
    Fault::new(FaultKind::UpstreamError, Blame::Upstream, message)
        .with_retry(Retry::SameTarget { after: None })
}

fn str(text: Option<Text<'_>>) -> Option<Str> {
    text.map(|text| Source::passing().str(text))
}

impl Reader {
    fn fail(&mut self, fault: Fault, out: &mut Vec<Event>) {
        self.stage = Stage::Over;
        out.push(Event::Fault(fault));
    }

    /// A server in between that lost its upstream may splice a second answer in; what came before cannot be taken back, so that is the
    /// end. The same message started twice is only a stutter.
    fn message_start(&mut self, message: Option<MessageWire<'_>>, out: &mut Vec<Event>) {
        let Some(message) = message else { return self.begin(Start::default(), out) };
        let id = message.id.as_ref().map_or("", |id| id.0.as_ref());
        if self.stage == Stage::Answering {
            if id != self.id {
                self.fail(unreadable("the provider began another answer inside its stream"), out);
            }
            return;
        }
        self.id = id.to_owned();
        let counts = message.usage.map(usage::Counts::read).unwrap_or_default();
        let start = Start {
            id: str(message.id),
            model: str(message.model),
            created: None,
            service_tier: counts.tier(),
        };
        self.begin(start, out);
        self.count(counts, out);
        for (index, raw) in (0_u64..).zip(message.content.unwrap_or_default()) {
            self.block_start(index, Some(raw), out);
            self.block_stop(index, out);
        }
    }

    fn begin(&mut self, start: Start, out: &mut Vec<Event>) {
        if self.stage == Stage::Before {
            self.stage = Stage::Answering;
            out.push(Event::Start(start));
        }
    }

    fn count(&mut self, counts: usage::Counts, out: &mut Vec<Event>) {
        self.counts.update(counts);
        out.extend(self.counts.normal().map(Event::Usage));
    }

    fn block_start(&mut self, index: u64, raw: Option<&RawValue>, out: &mut Vec<Event>) {
        self.begin(Start::default(), out);
        let Some((raw, block)) =
            raw.and_then(|raw| Some((raw, stdx::json::from_str::<BlockWire<'_>>(raw.get()).ok()?)))
        else {
            return self.fail(unreadable("the provider's stream holds a block that cannot be read"), out);
        };
        let kind = block.kind.as_ref().map_or("", |kind| kind.0.as_ref());
        self.make_room(kind == "tool_use", out);
        match kind {
            "text" => {
                let part = self.part(index, Kind::Text, PartKind::Text, out);
                push_text(part, str(block.text), out);
                for citation in
                    block.citations.map(|raw| citation::list(Source::passing(), raw)).unwrap_or_default()
                {
                    out.push(Event::Delta { part, delta: Delta::Citation(citation) });
                }
            }
            "thinking" => {
                let part = self.part(index, Kind::Reasoning, PartKind::Reasoning, out);
                push_text(part, str(block.thinking), out);
                push_opaque(part, str(block.signature), out);
            }
            "redacted_thinking" => {
                let part = self.part(index, Kind::Redacted, PartKind::RedactedReasoning, out);
                push_opaque(part, str(block.data), out);
            }
            "tool_use" => self.call(index, str(block.id), str(block.name), block.input, out),
            _ => {
                let shape =
                    Shape::Foreign { kind: kind.into(), start: raw.get().to_owned(), input: String::new() };
                self.open.push(Open { index, shape });
            }
        }
    }

    /// The dialect has one block open at a time: a block that starts stops what is open. Calls may run side by side, which costs
    /// nothing to allow.
    fn make_room(&mut self, is_call: bool, out: &mut Vec<Event>) {
        let stays =
            |open: &Open| is_call && matches!(open.shape, Shape::Part { kind: Kind::Call { .. }, .. });
        for open in self.open.extract_if(.., |open| !stays(open)) {
            open.close(out);
        }
    }

    fn close_all(&mut self, out: &mut Vec<Event>) {
        self.make_room(false, out);
    }

    fn call(
        &mut self,
        index: u64,
        id: Option<Str>,
        name: Option<Str>,
        input: Option<&RawValue>,
        out: &mut Vec<Event>,
    ) {
        let id = ids::unescape(id.unwrap_or_default());
        let name = ids::unescape(name.unwrap_or_default());
        let whole = input.map(RawValue::get).filter(|input| !is_empty_object(input));
        if self.open.len() >= CALLS_MAX {
            return self.fail(unreadable("the provider's stream holds too many tool calls at once"), out);
        }
        let kind = Kind::Call { has_input: whole.is_some() };
        let part = self.part(index, kind, PartKind::ToolCall { id, name }, out);
        push_text(part, whole.map(Str::from), out);
    }

    fn part(&mut self, index: u64, kind: Kind, as_kind: PartKind, out: &mut Vec<Event>) -> u32 {
        self.block_stop(index, out);
        let part = self.parts;
        self.parts += 1;
        self.open.push(Open { index, shape: Shape::Part { part, kind } });
        out.push(Event::Open { part, kind: as_kind });
        part
    }

    fn block_delta(&mut self, index: u64, delta: DeltaWire<'_>, out: &mut Vec<Event>) {
        if self.open.iter().all(|open| open.index != index) && !self.open_unannounced(index, &delta, out) {
            return;
        }
        let Some(open) = self.open.iter_mut().find(|open| open.index == index) else { return };
        open.take(delta, out);
    }

    /// A delta for a block nobody started: words and thoughts need no announcement, a call without a name is lost.
    fn open_unannounced(&mut self, index: u64, delta: &DeltaWire<'_>, out: &mut Vec<Event>) -> bool {
        let (kind, as_kind) = match delta.kind.as_ref().map(|kind| kind.0.as_ref()) {
            Some("text_delta") => (Kind::Text, PartKind::Text),
            Some("thinking_delta") => (Kind::Reasoning, PartKind::Reasoning),
            Some("input_json_delta") => {
                self.fail(unreadable("the provider's stream holds a tool call without its name"), out);
                return false;
            }
            _ => return false,
        };
        self.begin(Start::default(), out);
        self.close_all(out);
        self.part(index, kind, as_kind, out);
        true
    }

    fn block_stop(&mut self, index: u64, out: &mut Vec<Event>) {
        if let Some(at) = self.open.iter().position(|open| open.index == index) {
            self.open.remove(at).close(out);
        }
    }

    fn message_delta(
        &mut self,
        delta: Option<DeltaWire<'_>>,
        counts: Option<usage::Counts>,
        out: &mut Vec<Event>,
    ) {
        self.begin(Start::default(), out);
        self.counts.update(counts.unwrap_or_default());
        let Some(delta) = delta else { return };
        if let Some(sentence) = delta.stop_details.and_then(|raw| explanation(Source::passing(), raw)) {
            self.close_all(out);
            let part = self.parts;
            self.parts += 1;
            out.push(Event::Open { part, kind: PartKind::Refusal });
            push_text(part, Some(sentence), out);
            out.push(Event::Close { part });
        }
        if let Some(reason) = str(delta.stop_reason) {
            self.finish = Some(stop::read(reason, str(delta.stop_sequence)));
        }
    }

    fn message_stop(&mut self, out: &mut Vec<Event>) {
        self.begin(Start::default(), out);
        self.close_all(out);
        let Some(finish) = self.finish.take() else {
            return self.fail(unreadable("the provider's stream ended without saying why"), out);
        };
        out.push(Event::Finish(finish));
        out.extend(self.counts.normal().map(Event::Usage));
        out.push(Event::End);
        self.stage = Stage::Over;
    }
}
