//! A gateway in a test: the engine without its listeners ([`Gateway`]), and upstreams that follow a script byte by byte
//! ([`Upstream`]). Only tests depend on it, so it may panic where a test should fail.
#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that is set up wrongly should fail at once, with a trace"
)]

mod gateway;
mod upstream;

pub use gateway::{Answer, Gateway};
pub use upstream::{Seen, Step, Upstream, http_answer, sse_head};
