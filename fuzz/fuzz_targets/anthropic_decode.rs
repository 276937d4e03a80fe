//! Requests, answers, errors and streams of Anthropic messages from anywhere: read, and said again in every dialect.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::drive(ir::Format::AnthropicMessages, data));
