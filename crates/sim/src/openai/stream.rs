//! A chat completion as a stream of chunks.

use serde_json::{Value, json};

use super::answer::{Head, usage};
use super::{annotation, call_id, finish_reason, logprob};
use crate::Behaviour;
use crate::ask::{Ask, Reasoning};
use crate::cache::Cached;
use crate::fault::Fault;
use crate::frame::{Frame, Part};
use crate::request::Dialect;
use crate::script::{Finish, Script};

/// All chunks of all answers, the usage chunk if it was asked for, and the end marker.
pub(crate) fn frames(
    head: &Head,
    ask: &Ask,
    behaviour: &Behaviour,
    scripts: &[Script],
    cached: Cached,
) -> Vec<Frame> {
    let with_usage = ask.include_usage && !behaviour.no_usage;
    let chunk = |choices: Value, usage: Value| {
        let mut chunk = head.object("chat.completion.chunk");
        chunk.insert("choices".into(), choices);
        if with_usage {
            // Null on every chunk but the last, once usage was asked for.
            chunk.insert("usage".into(), usage);
        }
        Value::Object(chunk)
    };
    let mut frames = Vec::new();
    for (index, script) in scripts.iter().enumerate() {
        let mut writer = Writer { index, ask, behaviour, frames: Vec::new() };
        writer.answer(script);
        frames.extend(
            writer
                .frames
                .into_iter()
                .map(|(part, choice)| Frame::data(part, &chunk(json!([choice]), Value::Null))),
        );
    }
    if with_usage {
        frames.push(Frame::data(Part::Closing, &chunk(json!([]), usage(ask, scripts, cached))));
    }
    frames.push(Frame { text: "data: [DONE]\n\n".into(), part: Part::Done });
    frames
}

/// The event of an error in mid-stream.
pub(crate) fn error() -> Frame {
    let fault = Fault::new(500, "The server had an error while processing your request (simulated)");
    Frame::data(Part::Closing, &fault.body(Dialect::OpenAi, ""))
}

struct Writer<'a> {
    index: usize,
    ask: &'a Ask,
    behaviour: &'a Behaviour,
    frames: Vec<(Part, Value)>,
}

impl Writer<'_> {
    fn push(&mut self, part: Part, delta: Value, logprobs: Value, finish: Option<&str>) {
        let choice =
            json!({"index": self.index, "delta": delta, "logprobs": logprobs, "finish_reason": finish});
        self.frames.push((part, choice));
    }

    fn answer(&mut self, script: &Script) {
        let refused = script.finish == Finish::Refusal;
        let content = (!refused && script.calls.is_empty()).then_some("");
        let opening = json!({"role": "assistant", "content": content, "refusal": null});
        self.push(Part::Opening, opening, Value::Null, None);
        if self.ask.reasoning == Reasoning::Shown {
            for piece in &script.reasoning {
                self.push(Part::Token, json!({"reasoning_content": piece}), Value::Null, None);
            }
        }
        let field = if refused { "refusal" } else { "content" };
        for piece in &script.text {
            let logprobs = self.ask.logprobs.map_or(Value::Null, |count| {
                let (said, other) = if refused { ("refusal", "content") } else { ("content", "refusal") };
                json!({said: [logprob(piece, count)], other: null})
            });
            self.push(Part::Token, json!({field: piece}), logprobs, None);
        }
        if self.behaviour.cite && !script.text.is_empty() && !refused {
            let annotations = json!({"annotations": [annotation(&script.text.concat())]});
            self.push(Part::Closing, annotations, Value::Null, None);
        }
        self.calls(script);
        self.push(Part::Closing, json!({}), Value::Null, Some(finish_reason(&script.finish)));
    }

    fn calls(&mut self, script: &Script) {
        for (index, call) in script.calls.iter().enumerate() {
            let (kind, input) = if call.free_text { ("custom", "input") } else { ("function", "arguments") };
            let first = json!({"index": index, "id": call_id(call), "type": kind, kind: {"name": call.name, input: ""}});
            self.push(Part::Token, json!({"tool_calls": [first]}), Value::Null, None);
            for piece in &call.arguments {
                let more = json!({"index": index, kind: {input: piece}});
                self.push(Part::Token, json!({"tool_calls": [more]}), Value::Null, None);
            }
        }
    }
}
