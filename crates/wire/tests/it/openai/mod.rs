//! The OpenAI chat codec by cases of its own: what is read, what is written, what is refused.

mod answers;
mod reader;
mod requests;
mod writer;

use bytes::{Bytes, BytesMut};
use ir::{
    ChatRequest, Delta, Event, Finish, Format, Loss, Losses, Opaque, Part, PartKind, Reasoning, Role, Start,
    Thought, Tool, Usage,
};

use serde_json::{Value, json};
use stdx::RawJson;
use wire::{ChatCodec, Refused, Seed, Target, openai_chat::OpenAiChat};

pub(super) const TARGET: Target<'static> = Target { model: "m", max_output: None, legacy_max_tokens: false };

pub(super) fn bytes(value: &Value) -> Bytes {
    Bytes::from(value.to_string())
}

pub(super) fn request(rest: Value) -> ChatRequest {
    let mut body = json!({"model": "m", "messages": [{"role": "user", "content": "hi"}]});
    body.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    OpenAiChat.decode_request(&bytes(&body)).unwrap()
}

pub(super) fn encoded(chat: &ChatRequest) -> (Result<Value, Refused>, Losses) {
    let mut losses = Losses::default();
    let body = OpenAiChat.encode_request(chat, &TARGET, &mut losses);
    (body.map(|body| serde_json::from_slice(&body).unwrap()), losses)
}

pub(super) fn seed() -> Seed {
    Seed { id: "s".into(), created: 5, model: "shown".into(), include_usage: true }
}

pub(super) fn names(losses: &Losses) -> Vec<String> {
    losses.named().iter().map(|Loss { what, fate }| format!("{} {what}", fate.name())).collect()
}
