//! Rules of the conversation as a whole: tool results follow tool uses, and thoughts come first.

use serde_json::Value;

use crate::fault::Fault;
use crate::request::{items, text};

/// Consecutive messages of one role count as one turn; content that is a string has no blocks.
struct Turn<'a> {
    /// Index of the turn's first message.
    index: usize,
    role: &'a str,
    blocks: Vec<(String, &'a Value)>,
}

fn turns(messages: &[Value]) -> Vec<Turn<'_>> {
    let mut turns: Vec<Turn<'_>> = Vec::new();
    for (index, message) in messages.iter().enumerate() {
        // Instructions in mid-conversation belong to the user's turn.
        let role = if text(message, "role") == "assistant" { "assistant" } else { "user" };
        if turns.last().is_none_or(|turn| turn.role != role) {
            turns.push(Turn { index, role, blocks: Vec::new() });
        }
        if let Some(turn) = turns.last_mut() {
            let blocks = items(message, "content").iter().enumerate();
            turn.blocks.extend(blocks.map(|(at, block)| (format!("messages.{index}.content.{at}"), block)));
        }
    }
    turns
}

fn ids<'a>(turn: &Turn<'a>, kind: &str, field: &str) -> Vec<&'a str> {
    turn.blocks
        .iter()
        .filter(|(_, block)| text(block, "type") == kind)
        .map(|(_, block)| text(block, field))
        .collect()
}

/// Every tool use is answered in the next turn, and every result answers a use of the turn before.
pub(super) fn check(body: &Value) -> Result<(), Fault> {
    let turns = turns(items(body, "messages"));
    for (number, turn) in turns.iter().enumerate() {
        let uses = ids(turn, "tool_use", "id");
        let answered =
            turns.get(number + 1).map(|next| ids(next, "tool_result", "tool_use_id")).unwrap_or_default();
        let open: Vec<&str> = uses.into_iter().filter(|id| !answered.contains(id)).collect();
        if !open.is_empty() {
            return Err(Fault::invalid(format!(
                "messages.{}: `tool_use` ids were found without `tool_result` blocks immediately after: {}. Each \
                 `tool_use` block must have a corresponding `tool_result` block in the next message.",
                turn.index,
                open.join(", ")
            )));
        }
        let before = number.checked_sub(1).and_then(|before| turns.get(before));
        let asked = before.map(|before| ids(before, "tool_use", "id")).unwrap_or_default();
        for (path, block) in &turn.blocks {
            let id = text(block, "tool_use_id");
            if text(block, "type") == "tool_result" && !asked.contains(&id) {
                return Err(Fault::invalid(format!(
                    "{path}: unexpected `tool_use_id` found in `tool_result` blocks: {id}. Each `tool_result` block \
                     must have a corresponding `tool_use` block in the previous message."
                )));
            }
        }
    }
    trailing_whitespace(items(body, "messages"))
}

fn trailing_whitespace(messages: &[Value]) -> Result<(), Fault> {
    let Some(last) = messages.last().filter(|last| text(last, "role") == "assistant") else { return Ok(()) };
    let said = match last.get("content") {
        Some(Value::String(said)) => said.as_str(),
        _ => items(last, "content").last().map(|block| text(block, "text")).unwrap_or_default(),
    };
    if said.ends_with(char::is_whitespace) {
        return Err(Fault::invalid("messages: final assistant content cannot end with trailing whitespace"));
    }
    Ok(())
}

/// With thinking on, an assistant turn that waits for tool results must begin with a thought.
pub(super) fn thinking_leads(messages: &[Value]) -> Result<(), Fault> {
    let turns = turns(messages);
    let [.., asked, results] = turns.as_slice() else { return Ok(()) };
    if ids(results, "tool_result", "tool_use_id").is_empty() {
        return Ok(());
    }
    match asked.blocks.first() {
        Some((_, block)) if ["thinking", "redacted_thinking"].contains(&text(block, "type")) => Ok(()),
        Some((path, block)) => Err(Fault::invalid(format!(
            "{path}.type: Expected `thinking` or `redacted_thinking`, but found `{}`. When `thinking` is enabled, a \
             final `assistant` message must start with a thinking block.",
            text(block, "type")
        ))),
        None => Ok(()),
    }
}
