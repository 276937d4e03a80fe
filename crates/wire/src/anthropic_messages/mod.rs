//! Anthropic's `POST /v1/messages`, both ways: requests, answers, streams and errors. What only this dialect has rides along
//! in `Ext` and `Foreign`; what only others have is approximated, dropped with notice or refused while encoding.

mod base64;
mod block_in;
mod block_out;
mod citation;
mod decode_request;
mod encode_request;
mod fault;
mod ids;
mod models;
mod options;
pub(crate) mod plain;
mod reader;
mod response;
mod schema;
mod stop;
mod tools;
mod turns;
pub mod usage;
mod writer;

use crate::json::{bad, node, out};
use crate::{BadBody, ChatCodec, EventReader, EventWriter, Refused, Seed, Target};
use bytes::Bytes;
use ir::{ChatRequest, ChatResponse, Fault, Format, Losses};

/// The codec; without state of its own.
#[derive(Clone, Copy, Debug)]
pub struct AnthropicMessages;

/// What this module's `Ext` and `Foreign` carry as their origin.
const ORIGIN: Format = Format::AnthropicMessages;

impl ChatCodec for AnthropicMessages {
    fn format(&self) -> Format {
        ORIGIN
    }
    fn decode_request(&self, body: &Bytes) -> Result<ChatRequest, BadBody> {
        decode_request::decode(body)
    }
    fn encode_request(
        &self,
        chat: &ChatRequest,
        target: &Target<'_>,
        losses: &mut Losses,
    ) -> Result<Bytes, Refused> {
        encode_request::encode(chat, target, losses)
    }
    fn decode_response(&self, body: &Bytes) -> Result<ChatResponse, BadBody> {
        response::decode(body)
    }
    fn encode_response(&self, response: &ChatResponse, seed: &Seed, losses: &mut Losses) -> Bytes {
        response::encode(response, seed, losses)
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
