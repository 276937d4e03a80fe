//! The event grammar as a checker: what every reader keeps and every writer may rely on. For tests and fuzzing.

use crate::{Delta, Event, PartKind};

/// Checks events one by one, in order.
#[derive(Debug, Default)]
pub struct Grammar {
    stage: Stage,
    parts: Vec<(PartKind, bool)>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Before,
    Answering,
    Finished,
    Counted,
    Over,
}

impl Grammar {
    /// The first breach of the grammar in `events`, if any; a stream may stop short of its end.
    pub fn check(events: &[Event]) -> Result<(), String> {
        let mut grammar = Self::default();
        events.iter().enumerate().try_for_each(|(index, event)| {
            grammar.step(event).map_err(|breach| format!("event {index}: {breach}: {event:?}"))
        })
    }

    /// Takes the next event.
    pub fn step(&mut self, event: &Event) -> Result<(), &'static str> {
        match (self.stage, event) {
            (Stage::Over, _) => Err("nothing may follow the end"),
            (_, Event::Fault(_)) => self.go(Stage::Over),
            (Stage::Before, Event::Start(_)) => self.go(Stage::Answering),
            (Stage::Before, _) => Err("the stream must begin with its start"),
            (_, Event::Start(_)) => Err("a stream starts once"),
            (Stage::Answering, Event::Open { part, kind }) => self.open(*part, kind),
            (Stage::Answering, Event::Delta { part, delta }) => self.delta(*part, delta),
            (Stage::Answering, Event::Close { part }) => self.close(*part),
            (Stage::Answering, Event::Foreign(_) | Event::Usage(_) | Event::Logprobs(_)) => Ok(()),
            (Stage::Answering, Event::Finish(_)) if self.parts.iter().any(|(_, open)| *open) => {
                Err("a part is still open")
            }
            (Stage::Answering, Event::Finish(_)) => self.go(Stage::Finished),
            (Stage::Finished, Event::Usage(_)) => self.go(Stage::Counted),
            (Stage::Finished | Stage::Counted, Event::End) => self.go(Stage::Over),
            (Stage::Answering, Event::End) => Err("the end comes after the finish"),
            (Stage::Finished | Stage::Counted, _) => Err("only usage and the end follow the finish"),
        }
    }

    fn go(&mut self, stage: Stage) -> Result<(), &'static str> {
        self.stage = stage;
        Ok(())
    }

    fn open(&mut self, part: u32, kind: &PartKind) -> Result<(), &'static str> {
        if usize::try_from(part) != Ok(self.parts.len()) {
            return Err("parts are numbered from 0 in the order they open");
        }
        let is_call = |kind: &PartKind| matches!(kind, PartKind::ToolCall { .. });
        if self.parts.iter().any(|(other, open)| *open && !(is_call(other) && is_call(kind))) {
            return Err("only tool calls may be open side by side");
        }
        self.parts.push((kind.clone(), true));
        Ok(())
    }

    fn get(&mut self, part: u32) -> Result<&mut (PartKind, bool), &'static str> {
        let part = usize::try_from(part).ok().and_then(|part| self.parts.get_mut(part));
        part.filter(|(_, open)| *open).ok_or("the part is not open")
    }

    fn delta(&mut self, part: u32, delta: &Delta) -> Result<(), &'static str> {
        let (kind, _) = self.get(part)?;
        match (delta, kind) {
            (Delta::Text(_), PartKind::RedactedReasoning) => Err("redacted reasoning has no text"),
            (Delta::Text(_), _) | (Delta::Opaque(_), PartKind::Reasoning | PartKind::RedactedReasoning) => {
                Ok(())
            }
            (Delta::Citation(_), PartKind::Text) => Ok(()),
            (Delta::Opaque(_), _) => Err("only reasoning is signed"),
            (Delta::Citation(_), _) => Err("only text cites"),
        }
    }

    fn close(&mut self, part: u32) -> Result<(), &'static str> {
        self.get(part)?.1 = false;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Finish, Start};

    fn call() -> PartKind {
        PartKind::ToolCall { id: "a".into(), name: "b".into() }
    }

    #[test]
    fn breaches_are_found() {
        let start = || Event::Start(Start::default());
        let open = |part, kind| Event::Open { part, kind };
        let cases: [(Vec<Event>, bool); 8] = [
            (vec![start(), Event::Finish(Finish::Stop), Event::End], true),
            (vec![open(0, PartKind::Text)], false),
            (vec![start(), start()], false),
            (vec![start(), open(1, PartKind::Text)], false),
            (vec![start(), open(0, PartKind::Text), open(1, call())], false),
            (vec![start(), open(0, call()), open(1, call())], true),
            (vec![start(), open(0, call()), Event::Finish(Finish::Stop)], false),
            (vec![start(), Event::End], false),
        ];
        for (events, legal) in cases {
            assert_eq!(Grammar::check(&events).is_ok(), legal, "{events:?}");
        }
    }
}
