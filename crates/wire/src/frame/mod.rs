//! Framing: how events are told apart in a stream of bytes. What an event means is the codecs' business.

pub mod sse;
