//! The human text of a request or an answer, piece by piece: for counting tokens, and later for whoever must look at it.

use crate::{ChatRequest, ChatResponse, MediaSource, Output, Part, Tool, ToolCall};

/// Visits all text a model reads: instructions, messages, reasoning, tool names, descriptions and schemas, arguments and results.
/// Images, audio and files are left out; blocks only one dialect understands are shown as their JSON.
pub fn text_of_request(chat: &ChatRequest, visit: &mut dyn FnMut(&str)) {
    for message in &chat.messages {
        message.parts.iter().for_each(|part| text_of_part(part, visit));
    }
    for tool in &chat.tools {
        match tool {
            Tool::Function(tool) => {
                visit(&tool.name);
                tool.description.iter().for_each(|text| visit(text));
                tool.parameters.iter().for_each(|schema| visit(schema.as_str()));
            }
            Tool::Foreign(foreign) => visit(foreign.json.as_str()),
        }
    }
    if let Output::Schema { schema, .. } = &chat.output {
        visit(schema.as_str());
    }
}

/// Visits all text of an answer: words, reasoning, refusals, tool names and arguments.
pub fn text_of_response(response: &ChatResponse, visit: &mut dyn FnMut(&str)) {
    response.parts.iter().for_each(|part| text_of_part(part, visit));
}

fn text_of_part(part: &Part, visit: &mut dyn FnMut(&str)) {
    match part {
        Part::Text(text) => visit(&text.text),
        Part::Refusal(text) => visit(text),
        Part::Reasoning(thought) => visit(&thought.text),
        Part::ToolCall(ToolCall { name, arguments, .. }) => {
            visit(name);
            visit(arguments);
        }
        Part::ToolResult(result) => result.parts.iter().for_each(|part| text_of_part(part, visit)),
        Part::Media(media) => {
            if let MediaSource::Text(text) = &media.source {
                visit(text);
            }
        }
        Part::Foreign(foreign) => visit(foreign.json.as_str()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Ext, Message, Role, Text, ToolResult};

    #[test]
    fn text_inside_results_is_seen() {
        let text = |text: &str| Part::Text(Text { text: text.into(), ..Text::default() });
        let result = ToolResult {
            call: "c".into(),
            parts: vec![text("in")],
            failed: false,
            cache: None,
            ext: Ext::default(),
        };
        let message = |parts| Message { role: Role::User, parts, name: None, ext: Ext::default() };
        let chat = ChatRequest {
            messages: vec![message(vec![text("out")]), message(vec![Part::ToolResult(result)])],
            ..ChatRequest::default()
        };
        let mut seen = Vec::new();
        text_of_request(&chat, &mut |text| seen.push(text.to_owned()));
        assert_eq!(seen, ["out", "in"]);
    }
}
