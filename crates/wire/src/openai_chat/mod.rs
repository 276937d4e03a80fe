//! OpenAI's `POST /v1/chat/completions`, both ways, and what everybody compatible with it makes of it. What only this dialect has
//! rides along in `Ext` and `Foreign`; what only others have is approximated, dropped with notice or refused while encoding.
//!
//! Reasoning has no place in OpenAI's own schema. Thoughts are written as `reasoning_content` (DeepSeek's name, which most clients
//! know) and, where they are sealed, as `reasoning_details` (OpenRouter's form): a client that sends those back unchanged returns an
//! Anthropic signature to Anthropic byte for byte.

mod chunk;
mod details;
pub(crate) mod fault;
pub(crate) mod finish;
mod message_in;
mod message_out;
mod part_in;
mod part_out;
mod reader;
mod request_in;
mod request_out;
mod response_in;
mod response_out;
mod slots;
mod tools_in;
mod tools_out;
pub(crate) mod usage;
mod writer;

use crate::{BadBody, ChatCodec, EventReader, EventWriter, Refused, Seed, Target};
use bytes::Bytes;
use ir::{ChatRequest, ChatResponse, Fault, Format, Losses};

/// The codec; without state of its own.
#[derive(Clone, Copy, Debug)]
pub struct OpenAiChat;

/// What this module's `Ext` and `Foreign` carry as their origin.
const ORIGIN: Format = Format::OpenAiChat;

impl ChatCodec for OpenAiChat {
    fn format(&self) -> Format {
        ORIGIN
    }
    fn decode_request(&self, body: &Bytes) -> Result<ChatRequest, BadBody> {
        request_in::decode(body)
    }
    fn encode_request(
        &self,
        chat: &ChatRequest,
        target: &Target<'_>,
        losses: &mut Losses,
    ) -> Result<Bytes, Refused> {
        request_out::encode(chat, target, losses)
    }
    fn decode_response(&self, body: &Bytes) -> Result<ChatResponse, BadBody> {
        response_in::decode(body)
    }
    fn encode_response(&self, response: &ChatResponse, seed: &Seed, losses: &mut Losses) -> Bytes {
        response_out::encode(response, seed, losses)
    }
    fn reader(&self) -> Box<dyn EventReader> {
        Box::new(reader::Reader::default())
    }
    fn writer(&self, seed: Seed) -> Box<dyn EventWriter> {
        Box::new(writer::Writer::new(seed))
    }
    fn decode_fault(&self, status: u16, body: &[u8]) -> Fault {
        fault::decode(status, body)
    }
    fn encode_fault(&self, fault: &Fault, request_id: &str) -> (u16, Bytes) {
        fault::encode(fault, request_id)
    }
}
