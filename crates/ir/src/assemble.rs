//! Events put together to a whole answer. The inverse of streaming, used where a stream is read for somebody who wants it whole.

use crate::{ChatResponse, Delta, Event, Ext, Fault, Part, PartKind, Text, Thought, ToolCall};
use stdx::Str;

/// Collects events; what it holds grows with the answer, so the caller bounds what it feeds.
#[derive(Debug, Default)]
pub struct Assembler {
    response: ChatResponse,
    growing: Vec<Growing>,
    /// Where in `response.parts` each numbered part stands.
    places: Vec<usize>,
    fault: Option<Fault>,
    ended: bool,
}

/// A part's text while it grows; its place keeps the rest.
#[derive(Debug)]
struct Growing {
    text: String,
}

impl Assembler {
    pub fn push(&mut self, event: Event) {
        match event {
            Event::Start(start) => {
                self.response.id = start.id;
                self.response.model = start.model;
                self.response.created = start.created;
                self.response.service_tier = start.service_tier;
            }
            Event::Open { kind, .. } => self.open(kind),
            Event::Delta { part, delta } => self.delta(part, delta),
            Event::Close { .. } => {}
            Event::Foreign(foreign) => self.response.parts.push(Part::Foreign(foreign)),
            Event::Logprobs(json) => self.response.logprobs = Some(json),
            Event::Usage(usage) => self.response.usage = Some(usage),
            Event::Finish(finish) => self.response.finish = Some(finish),
            Event::End => self.ended = true,
            Event::Fault(fault) => self.fault = Some(fault),
        }
    }

    fn open(&mut self, kind: PartKind) {
        let (empty, ext) = (Str::default(), Ext::default());
        self.places.push(self.response.parts.len());
        self.growing.push(Growing { text: String::new() });
        self.response.parts.push(match kind {
            PartKind::Text => Part::Text(Text::default()),
            PartKind::Reasoning => {
                Part::Reasoning(Thought { text: empty, opaque: None, redacted: false, ext })
            }
            PartKind::RedactedReasoning => {
                Part::Reasoning(Thought { text: empty, opaque: None, redacted: true, ext })
            }
            PartKind::Refusal => Part::Refusal(empty),
            PartKind::ToolCall { id, name } => {
                Part::ToolCall(ToolCall { id, name, arguments: empty, freeform: false, cache: None, ext })
            }
        });
    }

    fn delta(&mut self, part: u32, delta: Delta) {
        let Ok(index) = usize::try_from(part) else { return };
        let (Some(growing), Some(&place)) = (self.growing.get_mut(index), self.places.get(index)) else {
            return;
        };
        let Some(part) = self.response.parts.get_mut(place) else { return };
        match (delta, part) {
            (Delta::Text(text), _) => growing.text.push_str(&text),
            (Delta::Opaque(opaque), Part::Reasoning(thought)) => thought.opaque = Some(opaque),
            (Delta::Citation(citation), Part::Text(text)) => text.citations.push(citation),
            _ => {}
        }
    }

    /// The answer, or why there is none: the stream's own fault, or that it never ended.
    pub fn finish(mut self) -> Result<ChatResponse, Fault> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        if !self.ended {
            return Err(Fault::cut());
        }
        for (growing, place) in self.growing.into_iter().zip(self.places) {
            let text = Str::from(growing.text);
            match self.response.parts.get_mut(place) {
                Some(Part::Text(part)) => part.text = text,
                Some(Part::Reasoning(part)) => part.text = text,
                Some(Part::Refusal(part)) => *part = text,
                Some(Part::ToolCall(part)) => part.arguments = text,
                _ => {}
            }
        }
        Ok(self.response)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Finish, Start};

    #[test]
    fn interleaved_calls_come_out_whole_and_a_cut_stream_does_not() {
        let call = |id: &str| PartKind::ToolCall { id: id.into(), name: "f".into() };
        let text = |part, text: &str| Event::Delta { part, delta: Delta::Text(text.into()) };
        let events = [
            Event::Start(Start::default()),
            Event::Open { part: 0, kind: call("a") },
            Event::Open { part: 1, kind: call("b") },
            text(0, "{"),
            text(1, "[1"),
            text(0, "}"),
            text(1, "]"),
            Event::Close { part: 0 },
            Event::Close { part: 1 },
            Event::Finish(Finish::ToolCalls),
        ];
        let mut whole = Assembler::default();
        let mut cut = Assembler::default();
        for event in events {
            whole.push(event.clone());
            cut.push(event);
        }
        whole.push(Event::End);
        assert!(cut.finish().is_err());
        let parts = whole.finish().unwrap().parts;
        let arguments = |part: &Part| match part {
            Part::ToolCall(call) => call.arguments.to_string(),
            other => panic!("{other:?}"),
        };
        assert_eq!(parts.iter().map(arguments).collect::<Vec<_>>(), ["{}", "[1]"]);
    }
}
