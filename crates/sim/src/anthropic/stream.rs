//! A message as a stream of events.

use serde_json::{Value, json};

use super::answer::{Block, blocks, head, stop, tool_id, usage};
use super::signature;
use crate::Behaviour;
use crate::ask::Ask;
use crate::cache::Cached;
use crate::frame::{Frame, Part};
use crate::script::Script;

/// All events of an answer: message_start, ping, the blocks, message_delta, message_stop.
pub(crate) fn frames(
    ask: &Ask,
    behaviour: &Behaviour,
    redacted: bool,
    seed: u64,
    script: &Script,
    cached: Cached,
) -> Vec<Frame> {
    let mut message = head(ask, seed);
    let mut end = json!({"type": "message_delta", "delta": stop(&script.finish)});
    if let (Some(message), Some(end)) = (message.as_object_mut(), end.as_object_mut()) {
        let (mut first, mut last) = (usage(ask, cached, 1), usage(ask, cached, script.output_tokens()));
        if behaviour.no_usage {
            // Clients insist on the objects; the counts are what is left out.
            (first, last) = (json!({"input_tokens": 0, "output_tokens": 0}), json!({"output_tokens": 0}));
        } else if let Some(last) = last.as_object_mut() {
            last.remove("cache_creation");
            last.remove("service_tier");
        }
        message.insert("usage".into(), first);
        end.insert("usage".into(), last);
    }
    let mut frames = vec![
        Frame::event(Part::Opening, &json!({"type": "message_start", "message": message})),
        Frame::event(Part::Opening, &json!({"type": "ping"})),
    ];
    for (index, block) in blocks(script, ask, redacted).into_iter().enumerate() {
        write_block(index, block, &mut frames);
    }
    frames.push(Frame::event(Part::Closing, &end));
    frames.push(Frame::event(Part::Done, &json!({"type": "message_stop"})));
    frames
}

/// The event of an error in mid-stream.
pub(crate) fn error() -> Frame {
    let error = json!({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}});
    Frame::event(Part::Closing, &error)
}

fn write_block(index: usize, block: Block<'_>, frames: &mut Vec<Frame>) {
    let start = |block: Value| {
        Frame::event(
            Part::Closing,
            &json!({"type": "content_block_start", "index": index, "content_block": block}),
        )
    };
    let delta = |part, delta: Value| {
        Frame::event(part, &json!({"type": "content_block_delta", "index": index, "delta": delta}))
    };
    match block {
        Block::Thinking(pieces) => {
            frames.push(start(json!({"type": "thinking", "thinking": "", "signature": ""})));
            for piece in pieces {
                frames.push(delta(Part::Token, json!({"type": "thinking_delta", "thinking": piece})));
            }
            let signature = signature::of(&pieces.concat());
            frames.push(delta(Part::Closing, json!({"type": "signature_delta", "signature": signature})));
        }
        Block::Redacted(data) => {
            let mut frame = start(json!({"type": "redacted_thinking", "data": data}));
            frame.part = Part::Token;
            frames.push(frame);
        }
        Block::Text { pieces, citation } => {
            frames.push(start(match citation {
                Some(_) => json!({"citations": [], "type": "text", "text": ""}),
                None => json!({"type": "text", "text": ""}),
            }));
            if let Some(citation) = citation {
                frames.push(delta(Part::Closing, json!({"type": "citations_delta", "citation": citation})));
            }
            for piece in pieces {
                frames.push(delta(Part::Token, json!({"type": "text_delta", "text": piece})));
            }
        }
        Block::ToolUse(call) => {
            let block = json!({"type": "tool_use", "id": tool_id(call), "name": call.name, "input": {}});
            frames.push(start(block));
            frames.push(delta(Part::Closing, json!({"type": "input_json_delta", "partial_json": ""})));
            for piece in &call.arguments {
                frames.push(delta(Part::Token, json!({"type": "input_json_delta", "partial_json": piece})));
            }
        }
    }
    frames.push(Frame::event(Part::Closing, &json!({"type": "content_block_stop", "index": index})));
}
