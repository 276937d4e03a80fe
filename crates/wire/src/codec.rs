//! The seam every format implements.

use bytes::{Bytes, BytesMut};
use ir::{ChatRequest, ChatResponse, Event, Fault, Format, Losses};
use std::borrow::Cow;
use stdx::Str;

/// One chat format, both ways. Stateless; streams get their own reader and writer.
pub trait ChatCodec: Send + Sync {
    fn format(&self) -> Format;
    fn decode_request(&self, body: &Bytes) -> Result<ChatRequest, BadBody>;
    /// Writes the request for `target`; what cannot be said the same way goes to `losses`, what must not be left out is `Refused`.
    fn encode_request(
        &self,
        chat: &ChatRequest,
        target: &Target<'_>,
        losses: &mut Losses,
    ) -> Result<Bytes, Refused>;
    fn decode_response(&self, body: &Bytes) -> Result<ChatResponse, BadBody>;
    fn encode_response(&self, response: &ChatResponse, seed: &Seed, losses: &mut Losses) -> Bytes;
    fn reader(&self) -> Box<dyn EventReader>;
    fn writer(&self, seed: Seed) -> Box<dyn EventWriter>;
    /// A provider's error answer: blame, retry and kind decided here, from status and body.
    fn decode_fault(&self, status: u16, body: &[u8]) -> Fault;
    /// A fault as this dialect's SDKs expect it: status and body.
    fn encode_fault(&self, fault: &Fault, request_id: &str) -> (u16, Bytes);
}

/// Reads one upstream stream. Never fails: what it cannot read becomes `Event::Fault`.
pub trait EventReader: Send {
    /// One SSE frame: its `event:` name (empty when absent) and its `data:`.
    fn read(&mut self, event: &str, data: &str, out: &mut Vec<Event>);
    /// The upstream closed: says `Fault` if the end never came.
    fn finish(&mut self, out: &mut Vec<Event>);
}

/// Writes one client stream. Emits only legal sequences of its dialect, whatever the events are.
pub trait EventWriter: Send {
    fn write(&mut self, event: &Event, out: &mut BytesMut);
}

/// The model a request goes to, and what is known of it that changes how the request is spelled.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    pub model: &'a str,
    /// Upper bound of output tokens the model accepts, where known; used only by dialects that demand a limit.
    pub max_output: Option<u64>,
    /// Spell the output limit as the older `max_tokens` (OpenAI-compatible servers that do not know `max_completion_tokens`).
    pub legacy_max_tokens: bool,
}

/// What a writer needs that no upstream says: ids, time, and what the caller asked for.
#[derive(Clone, Debug)]
pub struct Seed {
    /// Unique suffix for made-up ids.
    pub id: Str,
    /// Seconds since 1970.
    pub created: u64,
    /// The model name to show when the upstream gives none.
    pub model: Str,
    /// The caller wants usage at the end of the stream.
    pub include_usage: bool,
}

/// A body that is not what its format says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct BadBody {
    /// Path of the field (`messages[0].content`), where one is to blame.
    pub param: Option<String>,
    pub message: Cow<'static, str>,
}

impl BadBody {
    pub fn new(param: impl Into<Option<String>>, message: impl Into<Cow<'static, str>>) -> Self {
        Self { param: param.into(), message: message.into() }
    }
}

/// A request whose meaning the target format cannot carry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} cannot be said to this model: {why}")]
pub struct Refused {
    /// The field, in the caller's words.
    pub what: String,
    pub why: Cow<'static, str>,
}
