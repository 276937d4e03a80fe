//! From a list of messages to `system` and the turns this dialect knows: system instructions first, then user and assistant by
//! turns, tool results at the head of the user turn that answers the calls.

use super::{
    ORIGIN,
    block_out::{self, At, Place},
    models,
    out::Json,
};
use crate::{Refused, codec::Target};
use ir::{ChatRequest, Losses, Message, Part, Role};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    User,
    Assistant,
    System,
}

struct Turn<'a> {
    side: Side,
    messages: Vec<(usize, &'a Message)>,
}

/// The conversation, sorted.
pub(super) struct Turns<'a> {
    system: Vec<(usize, &'a Message)>,
    turns: Vec<Turn<'a>>,
}

impl<'a> Turns<'a> {
    pub(super) fn of(chat: &'a ChatRequest, target: &Target<'_>, losses: &mut Losses) -> Self {
        let mut sorted = Self { system: Vec::new(), turns: Vec::with_capacity(chat.messages.len()) };
        for (index, message) in chat.messages.iter().enumerate() {
            let side = match message.role {
                Role::User | Role::Tool => Side::User,
                Role::Assistant => Side::Assistant,
                Role::System | Role::Developer if sorted.turns.is_empty() => {
                    sorted.system.push((index, message));
                    continue;
                }
                Role::System | Role::Developer if sorted.takes_system(chat, index, target) => Side::System,
                Role::System | Role::Developer => {
                    // No place of its own for it: it joins the instructions, which hold for the whole conversation.
                    losses.approximated(format!("messages[{index}]"));
                    sorted.system.push((index, message));
                    continue;
                }
            };
            match sorted.turns.last_mut().filter(|turn| turn.side == side) {
                Some(turn) => turn.messages.push((index, message)),
                None => sorted.turns.push(Turn { side, messages: vec![(index, message)] }),
            }
        }
        sorted.never_only_system(losses);
        sorted
    }

    /// A system turn may stand only after a user turn, and only before the assistant's or at the end.
    fn takes_system(&self, chat: &ChatRequest, index: usize, target: &Target<'_>) -> bool {
        let follows = self.turns.last().is_some_and(|turn| turn.side != Side::Assistant);
        let rest = chat.messages.get(index + 1..).unwrap_or_default();
        let next = rest.iter().find(|message| !matches!(message.role, Role::System | Role::Developer));
        follows
            && next.is_none_or(|message| message.role == Role::Assistant)
            && models::has_system_turns(target.model)
    }

    /// The API wants at least one message: without any, the last instruction is taken as said by the user.
    fn never_only_system(&mut self, losses: &mut Losses) {
        if self.turns.is_empty()
            && let Some((index, message)) = self.system.pop()
        {
            losses.approximated(format!("messages[{index}].role"));
            self.turns.push(Turn { side: Side::User, messages: vec![(index, message)] });
        }
    }

    /// Writes `system`, with a further instruction of ours behind the caller's.
    pub(super) fn write_system(
        &self,
        json: &mut Json<'_>,
        ours: Option<&str>,
        losses: &mut Losses,
    ) -> Result<(), Refused> {
        let mark = json.mark();
        json.key("system").open(b'[');
        let start = json.mark();
        for &(index, message) in &self.system {
            lost_fields(index, message, losses);
            for (part, what) in message.parts.iter().enumerate() {
                block_out::part(
                    json,
                    what,
                    At { message: index, part, place: Place::System, inside: "" },
                    losses,
                )?;
            }
        }
        if let Some(text) = ours {
            json.item().object(|json| {
                json.text("type", "text");
                json.text("text", text);
            });
        }
        let is_empty = json.mark() == start;
        json.close(b']');
        if is_empty {
            json.back_to(mark);
        }
        Ok(())
    }

    pub(super) fn write_messages(&self, json: &mut Json<'_>, losses: &mut Losses) -> Result<(), Refused> {
        json.key("messages").open(b'[');
        let start = json.mark();
        for (position, turn) in self.turns.iter().enumerate() {
            turn.write(json, position + 1 == self.turns.len(), losses)?;
        }
        if json.mark() == start {
            return Err(Refused {
                what: "messages".into(),
                why: "no message has content other than blank text, and at least one is demanded".into(),
            });
        }
        json.close(b']');
        Ok(())
    }
}

impl Turn<'_> {
    /// Writes the turn, unless nothing is left of it.
    fn write(&self, json: &mut Json<'_>, is_last: bool, losses: &mut Losses) -> Result<(), Refused> {
        let mark = json.mark();
        json.item().open(b'{');
        json.text(
            "role",
            match self.side {
                Side::User => "user",
                Side::Assistant => "assistant",
                Side::System => "system",
            },
        );
        json.key("content").open(b'[');
        let start = json.mark();
        // The API wants results first; a caller may have put words between.
        let is_result = |message: &Message| message.role == Role::Tool;
        let results = self.messages.iter().filter(|(_, message)| is_result(message));
        let others = self.messages.iter().filter(|(_, message)| !is_result(message));
        for &(index, message) in results.chain(others) {
            lost_fields(index, message, losses);
            self.write_parts(json, index, message, is_last, losses)?;
        }
        let is_empty = json.mark() == start;
        json.close(b']');
        if is_empty {
            json.back_to(mark);
            return Ok(());
        }
        for (_, message) in &self.messages {
            for (name, value) in message.ext.of(ORIGIN) {
                json.member(name, value);
            }
        }
        json.close(b'}');
        Ok(())
    }

    fn write_parts(
        &self,
        json: &mut Json<'_>,
        index: usize,
        message: &Message,
        is_last: bool,
        losses: &mut Losses,
    ) -> Result<(), Refused> {
        let ends = is_last && self.messages.last().is_some_and(|(last, _)| *last == index);
        for (part, what) in message.parts.iter().enumerate() {
            let is_end = ends && part + 1 == message.parts.len() && matches!(what, Part::Text(_));
            let place = match self.side {
                Side::User => Place::User,
                Side::System => Place::System,
                Side::Assistant if is_end => Place::Prefill,
                Side::Assistant => Place::Assistant,
            };
            block_out::part(json, what, At { message: index, part, place, inside: "" }, losses)?;
        }
        Ok(())
    }
}

fn lost_fields(index: usize, message: &Message, losses: &mut Losses) {
    if message.name.is_some() {
        losses.dropped(format!("messages[{index}].name"));
    }
    for (field, _) in message.ext.foreign_to(ORIGIN) {
        losses.dropped(format!("messages[{index}].{field}"));
    }
}
