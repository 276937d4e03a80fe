//! Blocks only their origin understands, told in plain words where they hold any, so that an encoder of another dialect need not
//! refuse them.

use ir::{Foreign, Format, Message, Part, Text};

/// `message` with every such block that `target` cannot say replaced by its words; `noted` hears the kind of each.
/// `None` when there is none, which is nearly always.
pub(crate) fn message(message: &Message, target: Format, noted: &mut dyn FnMut(&str)) -> Option<Message> {
    if !message.parts.iter().any(|part| may_hold_any(part, target)) {
        return None;
    }
    let mut told = message.clone();
    told.parts.iter_mut().for_each(|part| tell(part, target, noted));
    Some(told)
}

fn may_hold_any(part: &Part, target: Format) -> bool {
    match part {
        Part::Foreign(foreign) => foreign.origin != target,
        Part::ToolResult(result) => result.parts.iter().any(|part| may_hold_any(part, target)),
        _ => false,
    }
}

fn tell(part: &mut Part, target: Format, noted: &mut dyn FnMut(&str)) {
    match part {
        Part::Foreign(foreign) if foreign.origin != target => {
            if let Some(text) = words(foreign) {
                noted(&foreign.kind);
                *part = Part::Text(Text { text: text.into(), ..Text::default() });
            }
        }
        Part::ToolResult(result) => result.parts.iter_mut().for_each(|part| tell(part, target, noted)),
        _ => {}
    }
}

fn words(foreign: &Foreign) -> Option<String> {
    match foreign.origin {
        Format::AnthropicMessages => crate::anthropic_messages::plain::plain(foreign),
        Format::OpenAiChat => None,
    }
}
