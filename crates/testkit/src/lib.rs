//! A gateway in a test: the engine without its listeners ([`Gateway`]), and upstreams that follow a script byte by byte
//! ([`Upstream`]) with what providers say ([`answers`]). Only tests depend on it, so it may panic where a test should fail.
#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test that is set up wrongly should fail at once, with a trace"
)]

pub mod answers;
mod gateway;
mod upstream;

pub use answers::{http_answer, sse_head};
pub use gateway::{Answer, Gateway, read};
pub use upstream::{Seen, Step, Upstream};

/// An address that refuses connections.
pub fn nowhere() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

/// Asks again and again until `is` holds; panics after five seconds.
pub async fn until(what: &str, is: impl Fn() -> bool) {
    for _ in 0..1000 {
        if is() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    panic!("waited in vain for {what}");
}
