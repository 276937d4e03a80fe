//! What model traffic *looks like*: one codec per format, framing, relay and transcoding. Bytes in, bytes out; no I/O, no clock.
#![forbid(unsafe_code)]
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::print_stdout)
)]

pub mod anthropic_messages;
pub mod codec;
pub mod count;
pub mod flow;
pub mod frame;
pub(crate) mod json;
pub mod models;
pub mod openai_chat;
pub mod relay;
pub mod table;
pub mod transcode;

pub use codec::{BadBody, ChatCodec, EventReader, EventWriter, Refused, Seed, Target};
pub use flow::{Flow, Out, Progress};
