//! Which call a streamed tool-call delta belongs to. OpenAI numbers calls and names each once; its imitators leave out the index
//! (Mistral, Ollama), give all calls the same one (Gemini), leave out the id, repeat it, or make up a new one for every delta (older vLLM).

use ir::{Delta, Event, PartKind};
use stdx::{Str, json};

/// More calls in one answer than anybody makes.
const MAX_CALLS: usize = 1024;
/// Argument text longer than this is not looked at for completeness.
const MAX_LOOK: usize = 64 * 1024;

/// One tool-call delta.
#[derive(Debug, Default)]
pub(super) struct Piece<'a> {
    pub(super) index: Option<u64>,
    /// Empty when absent, like the others.
    pub(super) id: &'a str,
    pub(super) name: &'a str,
    pub(super) arguments: &'a str,
}

#[derive(Debug, Default)]
struct Slot {
    index: Option<u64>,
    id: String,
    name: String,
    /// The beginning of the arguments, up to `MAX_LOOK`.
    arguments: String,
    part: Option<u32>,
    closed: bool,
}

/// The calls of one answer.
#[derive(Debug, Default)]
pub(super) struct Slots {
    list: Vec<Slot>,
    /// What made-up ids are made from.
    pub(super) seed: String,
}

/// Why a piece could not be placed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Misplaced {
    TooMany,
    /// It continues a call that was over.
    Late,
}

impl Slot {
    fn is_complete(&self) -> bool {
        self.arguments.len() < MAX_LOOK && json::validate(self.arguments.as_bytes()).is_ok()
    }

    fn open(&mut self, made_up: impl FnOnce() -> String, next: &mut u32, out: &mut Vec<Event>) -> u32 {
        if let Some(part) = self.part {
            return part;
        }
        if self.id.is_empty() {
            self.id = made_up();
        }
        let part = *next;
        *next += 1;
        self.part = Some(part);
        let kind = PartKind::ToolCall { id: self.id.as_str().into(), name: self.name.as_str().into() };
        out.push(Event::Open { part, kind });
        part
    }
}

impl Slots {
    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Takes one piece. `next` is the number the next part gets. A call is opened when its name is known to be whole:
    /// with its first argument text, or when something else follows.
    pub(super) fn take(
        &mut self,
        piece: &Piece<'_>,
        next: &mut u32,
        out: &mut Vec<Event>,
    ) -> Result<(), Misplaced> {
        let at = match self.find(piece) {
            Some(at) => at,
            None => self.begin(piece, next, out)?,
        };
        let seed = format!("call_{}{at}", self.seed);
        let Some(slot) = self.list.get_mut(at) else { return Ok(()) };
        if slot.closed {
            return if piece.arguments.trim().is_empty() { Ok(()) } else { Err(Misplaced::Late) };
        }
        if slot.id.is_empty() {
            slot.id.push_str(piece.id);
        }
        // A name comes once, in pieces, or again with every delta.
        if slot.part.is_none() && slot.name != piece.name {
            slot.name.push_str(piece.name);
        }
        if !piece.arguments.is_empty() {
            let part = slot.open(|| seed, next, out);
            if slot.arguments.len() < MAX_LOOK {
                slot.arguments.push_str(piece.arguments);
            }
            out.push(Event::Delta { part, delta: Delta::Text(Str::from(piece.arguments)) });
        }
        Ok(())
    }

    fn find(&self, piece: &Piece<'_>) -> Option<usize> {
        let by_id = || self.list.iter().rposition(|slot| !piece.id.is_empty() && slot.id == piece.id);
        let by_index = || match piece.index {
            Some(_) => self.list.iter().rposition(|slot| slot.index == piece.index),
            None => self.list.len().checked_sub(1),
        };
        if let Some(at) = by_id() {
            return Some(at);
        }
        let at = by_index()?;
        let slot = self.list.get(at)?;
        let continues = if piece.name.is_empty() {
            // Without a name nothing new begins, whatever the id says.
            true
        } else if !piece.id.is_empty() && !slot.id.is_empty() {
            // Another id and a name: another call, though its number is the same.
            false
        } else {
            // A name where arguments are complete begins another call; else it is repeated, or goes on.
            !slot.is_complete()
        };
        continues.then_some(at)
    }

    fn begin(&mut self, piece: &Piece<'_>, next: &mut u32, out: &mut Vec<Event>) -> Result<usize, Misplaced> {
        if self.list.len() >= MAX_CALLS {
            return Err(Misplaced::TooMany);
        }
        // Calls that are complete are closed early, so that a dialect which says one after the other need not wait.
        self.open_all(next, out);
        for slot in self.list.iter_mut().filter(|slot| !slot.closed && slot.is_complete()) {
            slot.closed = true;
            out.extend(slot.part.map(|part| Event::Close { part }));
        }
        self.list.push(Slot { index: piece.index, ..Slot::default() });
        Ok(self.list.len() - 1)
    }

    fn open_all(&mut self, next: &mut u32, out: &mut Vec<Event>) {
        let seed = &self.seed;
        for (at, slot) in self.list.iter_mut().enumerate() {
            slot.open(|| format!("call_{seed}{at}"), next, out);
        }
    }

    /// Opens what is not open yet and closes all.
    pub(super) fn close(&mut self, next: &mut u32, out: &mut Vec<Event>) {
        self.open_all(next, out);
        for slot in self.list.iter_mut().filter(|slot| !slot.closed) {
            slot.closed = true;
            out.extend(slot.part.map(|part| Event::Close { part }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each call as `id name arguments`.
    fn check(pieces: &[(Option<u64>, &str, &str, &str)]) -> Vec<String> {
        let (mut slots, mut next, mut out) = (Slots::default(), 0, Vec::new());
        for &(index, id, name, arguments) in pieces {
            slots.take(&Piece { index, id, name, arguments }, &mut next, &mut out).unwrap();
        }
        slots.close(&mut next, &mut out);
        let mut calls: Vec<String> = Vec::new();
        for event in out {
            match event {
                Event::Open { kind: PartKind::ToolCall { id, name }, .. } => {
                    calls.push(format!("{id} {name} "))
                }
                Event::Delta { part, delta: Delta::Text(text) } => calls[part as usize].push_str(&text),
                _ => {}
            }
        }
        calls
    }

    #[test]
    fn pieces_find_their_call() {
        let openai = [
            (Some(0), "a", "f", ""),
            (Some(0), "", "", "{\"x\":"),
            (Some(0), "", "", "1}"),
            (Some(1), "b", "g", ""),
            (Some(1), "", "", "{}"),
        ];
        assert_eq!(check(&openai), ["a f {\"x\":1}", "b g {}"]);
        let interleaved = [
            (Some(0), "a", "f", ""),
            (Some(1), "b", "g", ""),
            (Some(0), "", "", "{}"),
            (Some(1), "", "", "[]"),
        ];
        assert_eq!(check(&interleaved), ["a f {}", "b g []"]);
    }

    #[test]
    fn careless_servers_are_understood() {
        let all_zero = [(Some(0), "", "f", "{}"), (Some(0), "", "g", "{}")];
        assert_eq!(check(&all_zero), ["call_0 f {}", "call_1 g {}"], "the same index for all, no ids");
        let same_index = [(Some(0), "a", "f", "{}"), (Some(0), "b", "f", "{}")];
        assert_eq!(check(&same_index), ["a f {}", "b f {}"], "the same index for all");
        let no_index = [(None, "a", "f", "{}"), (None, "b", "g", "{\"y\""), (None, "", "", ":2}")];
        assert_eq!(check(&no_index), ["a f {}", "b g {\"y\":2}"], "no index");
        let new_ids = [(Some(0), "a", "f", ""), (Some(0), "b", "", "{"), (Some(0), "c", "", "}")];
        assert_eq!(check(&new_ids), ["a f {}"], "a new id with every delta");
        let in_pieces = [(Some(0), "a", "get_", ""), (Some(0), "", "time", ""), (Some(0), "", "", "{}")];
        assert_eq!(check(&in_pieces), ["a get_time {}"], "the name in pieces");
        let repeated = [(Some(0), "a", "f", "{"), (Some(0), "a", "f", "}")];
        assert_eq!(check(&repeated), ["a f {}"], "id and name repeated");
        assert_eq!(check(&[(Some(0), "a", "f", "")]), ["a f "], "no arguments at all");
    }
}
