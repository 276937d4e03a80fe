//! Requests, answers, errors and streams of OpenAI chat completions from anywhere: read, and said again in every dialect.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::drive(ir::Format::OpenAiChat, data));
