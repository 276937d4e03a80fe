//! Whatever an upstream sends, the HTTP/1.1 reader neither panics nor claims bytes it was not given.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| upstream::fuzz_h1_response(data));
