//! A chat completion as one JSON object.

use serde_json::{Map, Value, json};

use super::{annotation, call_id, finish_reason, logprob, output_tokens};
use crate::Behaviour;
use crate::ask::{Ask, Reasoning};
use crate::cache::Cached;
use crate::random::Random;
use crate::script::{Call, Finish, Script};

/// What every answer and every chunk of one call begins with.
pub(crate) struct Head {
    id: String,
    created: u64,
    model: String,
    service_tier: Option<String>,
    system_fingerprint: String,
}

impl Head {
    pub(crate) fn new(ask: &Ask, seed: u64, created: u64) -> Self {
        let mut random = Random::new(seed ^ ask.fingerprint);
        Self {
            id: random.id("chatcmpl-", 29),
            created,
            model: ask.model.clone(),
            service_tier: ask.service_tier.clone(),
            system_fingerprint: format!("fp_{:010x}", Random::new(seed).next() >> 24),
        }
    }

    pub(crate) fn object(&self, kind: &str) -> Map<String, Value> {
        let mut object = Map::new();
        object.insert("id".into(), json!(self.id));
        object.insert("object".into(), json!(kind));
        object.insert("created".into(), json!(self.created));
        object.insert("model".into(), json!(self.model));
        object.insert("service_tier".into(), json!(self.service_tier));
        object.insert("system_fingerprint".into(), json!(self.system_fingerprint));
        object
    }
}

pub(crate) fn body(
    head: &Head,
    ask: &Ask,
    behaviour: &Behaviour,
    scripts: &[Script],
    cached: Cached,
) -> Value {
    let choices = scripts.iter().enumerate().map(|(index, script)| {
        json!({
            "index": index,
            "message": message(script, ask, behaviour),
            "logprobs": logprobs(script, ask),
            "finish_reason": finish_reason(&script.finish),
        })
    });
    let mut body = head.object("chat.completion");
    body.insert("choices".into(), choices.collect());
    if !behaviour.no_usage {
        body.insert("usage".into(), usage(ask, scripts, cached));
    }
    Value::Object(body)
}

fn message(script: &Script, ask: &Ask, behaviour: &Behaviour) -> Value {
    let text = script.text.concat();
    let refused = script.finish == Finish::Refusal;
    let said = (!refused && script.calls.is_empty()).then(|| text.clone());
    let mut message = json!({"role": "assistant", "content": said, "refusal": refused.then(|| text.clone())});
    let annotations = if behaviour.cite && said.is_some() { vec![annotation(&text)] } else { Vec::new() };
    if let Some(message) = message.as_object_mut() {
        message.insert("annotations".into(), json!(annotations));
        if ask.reasoning == Reasoning::Shown {
            message.insert("reasoning_content".into(), json!(script.reasoning.concat()));
        }
        if !script.calls.is_empty() {
            message.insert("tool_calls".into(), script.calls.iter().map(call).collect());
        }
    }
    message
}

fn call(call: &Call) -> Value {
    let (kind, input) = if call.free_text { ("custom", "input") } else { ("function", "arguments") };
    json!({"id": call_id(call), "type": kind, kind: {"name": call.name, input: call.arguments.concat()}})
}

fn logprobs(script: &Script, ask: &Ask) -> Value {
    let Some(count) = ask.logprobs else { return Value::Null };
    let entries: Vec<Value> = script.text.iter().map(|piece| logprob(piece, count)).collect();
    match script.finish {
        Finish::Refusal => json!({"content": null, "refusal": entries}),
        _ => json!({"content": entries, "refusal": null}),
    }
}

pub(crate) fn usage(ask: &Ask, scripts: &[Script], cached: Cached) -> Value {
    let output = output_tokens(scripts);
    let reasoning: u64 = scripts.iter().map(Script::reasoning_tokens).sum();
    json!({
        "prompt_tokens": ask.input_tokens,
        "completion_tokens": output,
        "total_tokens": ask.input_tokens + output,
        "prompt_tokens_details": {"cached_tokens": cached.read, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": reasoning, "audio_tokens": 0,
            "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0,
        },
    })
}
