//! A stream, read: chunks in, events out. Lenient about what servers leave out, strict about the end: a stream that says neither
//! `[DONE]` nor why it finished was cut.

use super::{
    chunk::{ChoiceWire, ChunkWire, DeltaWire, FunctionWire},
    details::{self, Detail},
    fault, finish, message_in, part_in,
    response_in::{has_logprobs, tier, whole_seconds},
    slots::{Misplaced, Piece, Slots},
    usage,
};
use crate::{
    EventReader,
    json::node::{Content, Source, Text},
};
use ir::{
    Blame, Delta, Event, Fault, FaultKind, Finish, Foreign, Opaque, PartKind, Retry, ServiceTier, Start,
    Usage,
};
use serde_json::value::RawValue;
use std::borrow::Cow;
use stdx::Str;

const UNREADABLE: &str = "the provider sent a stream event that cannot be read";

/// The part that is being read, when it is not a tool call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Refusal,
    Reasoning,
}

#[derive(Debug)]
struct Open {
    part: u32,
    kind: Kind,
    /// For reasoning: under which name it came, until a seal takes that place.
    marker: Option<&'static str>,
}

#[derive(Debug, Default)]
pub(super) struct Reader {
    started: bool,
    over: bool,
    next: u32,
    open: Option<Open>,
    slots: Slots,
    refused: bool,
    finish: Option<Finish>,
    /// The tier last told; not every server repeats it with the usage.
    served: ServiceTier,
}

impl EventReader for Reader {
    fn read(&mut self, _: &str, data: &str, out: &mut Vec<Event>) {
        let data = data.trim();
        if self.over || data.is_empty() {
            return;
        }
        if data == "[DONE]" {
            return self.end(out);
        }
        match stdx::json::from_str::<ChunkWire<'_>>(data) {
            Ok(chunk) => self.chunk(chunk, data, out),
            Err(_) => self.break_off(UNREADABLE, out),
        }
    }

    fn finish(&mut self, out: &mut Vec<Event>) {
        if self.over {
            return;
        }
        match self.finish {
            Some(_) => self.end(out),
            None => self.break_off("the provider's stream ended before it was complete", out),
        }
    }
}

impl Reader {
    fn chunk(&mut self, chunk: ChunkWire<'_>, data: &str, out: &mut Vec<Event>) {
        let (groq_usage, groq_error) = chunk.x_groq.map_or((None, None), |groq| (groq.usage, groq.error));
        if chunk.error.or(groq_error).is_some_and(|error| error.get() != "false") {
            self.over = true;
            out.push(Event::Fault(fault::in_stream(data.as_bytes())));
            return;
        }
        if let Some(tier) = chunk.service_tier.and_then(|raw| usage::tier(raw.get().as_bytes())) {
            self.served = tier;
        }
        if !self.started {
            let id = chunk.id.filter(|id| !id.0.is_empty());
            let is_silent = chunk.choices.as_ref().is_none_or(Vec::is_empty) && chunk.usage.is_none();
            if id.is_none() && is_silent && groq_usage.is_none() {
                // Azure's verdict on the prompt: it comes first and knows neither the answer's id nor the model.
                return;
            }
            self.started = true;
            // Made-up call ids must not meet those of another answer in the same conversation.
            self.slots.seed = id
                .iter()
                .flat_map(|id| id.0.chars())
                .filter(char::is_ascii_alphanumeric)
                .take(48)
                .chain("_".chars())
                .collect();
            out.push(Event::Start(Start {
                id: id.map(text),
                model: chunk.model.filter(|model| !model.0.is_empty()).map(text),
                created: chunk.created.and_then(whole_seconds),
                service_tier: chunk.service_tier.and_then(tier).map(text),
            }));
        }
        let mut told = chunk.usage.or(groq_usage);
        for choice in chunk.choices.unwrap_or_default() {
            told = told.or(choice.usage);
            if choice.index.unwrap_or(0) == 0 {
                self.choice(choice, out);
            }
        }
        if let Some(usage) = told.and_then(|raw| usage::read(raw.get().as_bytes(), 0..raw.get().len()))
            && !self.over
        {
            out.push(Event::Usage(Usage { tier: self.served, ..usage }));
        }
    }

    fn choice(&mut self, choice: ChoiceWire<'_>, out: &mut Vec<Event>) {
        match choice.delta.map(|raw| stdx::json::from_str::<DeltaWire<'_>>(raw.get())) {
            Some(Ok(delta)) => self.delta(delta, out),
            Some(Err(_)) => self.break_off(UNREADABLE, out),
            None => {}
        }
        if self.over {
            return;
        }
        if let Some(raw) = choice.logprobs.filter(|raw| has_logprobs(raw)) {
            out.push(Event::Logprobs(Source::passing().raw(raw)));
        }
        if let Some(word) = choice.finish_reason {
            self.finish = finish::read(&word.0).or(self.finish.take());
            if self.finish.as_ref().is_some_and(finish::is_error) {
                self.break_off(fault::ANSWER_FAILED, out);
            }
        }
    }

    fn delta(&mut self, delta: DeltaWire<'_>, out: &mut Vec<Event>) {
        self.reasoning(delta.reasoning_content, delta.reasoning, delta.reasoning_details, out);
        match delta.content {
            Some(Content::Text(content)) => self.say(Kind::Text, content.0, None, out),
            Some(Content::Blocks(blocks)) => self.blocks(blocks, out),
            None => {}
        }
        if let Some(refusal) = delta.refusal {
            self.refused |= !refusal.0.is_empty();
            self.say(Kind::Refusal, refusal.0, None, out);
        }
        for raw in delta.annotations.unwrap_or_default() {
            if let Some(citation) = message_in::citation(Source::passing(), raw) {
                let part = self.part(Kind::Text, None, out);
                out.push(Event::Delta { part, delta: Delta::Citation(citation) });
            }
        }
        if let Some(raw) = delta.images.filter(|raw| raw.get() != "[]") {
            self.close_open(out);
            out.push(Event::Foreign(Foreign {
                origin: super::ORIGIN,
                kind: "images".into(),
                json: Source::passing().raw(raw),
            }));
        }
        for call in delta.tool_calls.unwrap_or_default() {
            let index = call.index.and_then(|raw| raw.get().parse().ok());
            let id = call.id.map(|id| id.0).unwrap_or_default();
            self.call(index, &id, call.function.unwrap_or_default(), out);
        }
        // Some servers send the old form beside the new one, with nothing in it.
        let is_said = |function: &FunctionWire<'_>| {
            function.name.as_ref().is_some_and(|name| !name.0.is_empty())
                || function.arguments.is_some_and(|raw| raw.get() != "\"\"")
        };
        if let Some(function) = delta.function_call.filter(is_said) {
            self.call(Some(0), "", function, out);
        }
    }

    /// Mistral's lists: text and thinking side by side.
    fn blocks(&mut self, blocks: Vec<&RawValue>, out: &mut Vec<Event>) {
        let mut parts = Vec::new();
        if part_in::content(Source::passing(), Content::Blocks(blocks), &String::new, &mut parts).is_err() {
            return self.break_off("the provider sent content that cannot be read", out);
        }
        for part in parts {
            match part {
                ir::Part::Text(text) => self.say(Kind::Text, Cow::Borrowed(&text.text), None, out),
                ir::Part::Reasoning(thought) => {
                    self.say(Kind::Reasoning, Cow::Borrowed(&thought.text), None, out)
                }
                ir::Part::Foreign(foreign) => {
                    self.close_open(out);
                    out.push(Event::Foreign(foreign));
                }
                _ => {}
            }
        }
    }

    fn reasoning(
        &mut self,
        content: Option<Text<'_>>,
        other: Option<&RawValue>,
        sealed: Option<&RawValue>,
        out: &mut Vec<Event>,
    ) {
        let (plain, field) = match content.filter(|text| !text.0.is_empty()) {
            Some(text) => (text.0, "reasoning_content"),
            None => (
                other
                    .and_then(|raw| stdx::json::from_str::<Text<'_>>(raw.get()).ok())
                    .map(|text| text.0)
                    .unwrap_or_default(),
                "reasoning",
            ),
        };
        let said = !plain.is_empty();
        self.say(Kind::Reasoning, plain, Some(field), out);
        for detail in sealed.map(|raw| details::read(Source::passing(), raw)).unwrap_or_default() {
            self.detail(&detail, said, out);
        }
    }

    fn detail(&mut self, detail: &Detail, said: bool, out: &mut Vec<Event>) {
        let Some(seal) = &detail.seal else {
            if !said {
                self.say(Kind::Reasoning, Cow::Borrowed(&detail.text), Some("reasoning"), out);
            }
            return;
        };
        if detail.redacted {
            self.close_open(out);
            let part = self.number();
            out.push(Event::Open { part, kind: PartKind::RedactedReasoning });
            out.push(Event::Delta { part, delta: Delta::Opaque(seal.clone()) });
            out.push(Event::Close { part });
            return;
        }
        let part = self.part(Kind::Reasoning, None, out);
        if !said && !detail.text.is_empty() {
            out.push(Event::Delta { part, delta: Delta::Text(detail.text.clone()) });
        }
        self.seal(seal.clone(), out);
    }

    /// Seals the reasoning that is open, and closes it: what follows a seal is another thought.
    fn seal(&mut self, seal: Opaque, out: &mut Vec<Event>) {
        if let Some(open) = self.open.take() {
            out.push(Event::Delta { part: open.part, delta: Delta::Opaque(seal) });
            out.push(Event::Close { part: open.part });
        }
    }

    fn call(&mut self, index: Option<u64>, id: &str, function: FunctionWire<'_>, out: &mut Vec<Event>) {
        self.close_open(out);
        let name = function.name.map(|name| name.0).unwrap_or_default();
        // Arguments belong in a string; some servers send the object itself.
        let arguments = match function.arguments {
            None => Cow::Borrowed(""),
            Some(raw) if !raw.get().starts_with('"') => Cow::Borrowed(raw.get()),
            Some(raw) => stdx::json::from_str::<Text<'_>>(raw.get()).map(|text| text.0).unwrap_or_default(),
        };
        let piece = Piece { index, id, name: &name, arguments: &arguments };
        match self.slots.take(&piece, &mut self.next, out) {
            Ok(()) => {}
            Err(Misplaced::TooMany) => self.break_off("the provider sent too many tool calls", out),
            Err(Misplaced::Late) => {
                self.break_off("the provider went on with a tool call that was complete", out)
            }
        }
    }

    fn say(&mut self, kind: Kind, text: Cow<'_, str>, marker: Option<&'static str>, out: &mut Vec<Event>) {
        if text.is_empty() || self.over {
            return;
        }
        let part = self.part(kind, marker, out);
        out.push(Event::Delta { part, delta: Delta::Text(text.into()) });
    }

    /// The open part of this kind, opened now if need be.
    fn part(&mut self, kind: Kind, marker: Option<&'static str>, out: &mut Vec<Event>) -> u32 {
        if let Some(open) = self.open.as_ref().filter(|open| open.kind == kind) {
            return open.part;
        }
        self.close_open(out);
        self.slots.close(&mut self.next, out);
        let part = self.number();
        let shown = match kind {
            Kind::Text => PartKind::Text,
            Kind::Refusal => PartKind::Refusal,
            Kind::Reasoning => PartKind::Reasoning,
        };
        out.push(Event::Open { part, kind: shown });
        self.open = Some(Open { part, kind, marker });
        part
    }

    fn number(&mut self) -> u32 {
        let part = self.next;
        self.next += 1;
        part
    }

    fn close_open(&mut self, out: &mut Vec<Event>) {
        if let Some(open) = self.open.take() {
            if let Some(field) = open.marker {
                out.push(Event::Delta { part: open.part, delta: Delta::Opaque(details::marker(field)) });
            }
            out.push(Event::Close { part: open.part });
        }
    }

    fn end(&mut self, out: &mut Vec<Event>) {
        self.over = true;
        if !self.started {
            out.push(Event::Start(Start::default()));
        }
        let called = !self.slots.is_empty();
        self.close_open(out);
        self.slots.close(&mut self.next, out);
        out.push(Event::Finish(match self.finish.take() {
            // Some servers say `stop` after tool calls, and OpenAI does after a refusal.
            None | Some(Finish::Stop) if called => Finish::ToolCalls,
            None | Some(Finish::Stop) if self.refused => Finish::Refusal,
            None => Finish::Stop,
            Some(finish) => finish,
        }));
        out.push(Event::End);
    }

    fn break_off(&mut self, message: &'static str, out: &mut Vec<Event>) {
        self.over = true;
        let fault = Fault::new(FaultKind::UpstreamError, Blame::Upstream, message);
        out.push(Event::Fault(fault.with_retry(Retry::SameTarget { after: None })));
    }
}

fn text(text: Text<'_>) -> Str {
    text.0.into()
}
