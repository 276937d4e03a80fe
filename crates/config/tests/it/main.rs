//! The crate from outside: texts in, configuration or rendered findings out.
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout
)]

mod examples;
mod machine;
mod schema;
