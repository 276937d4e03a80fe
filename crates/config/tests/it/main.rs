//! The crate from outside: texts in, configuration or rendered findings out.
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout
)]

mod access;
mod examples;
mod files;
mod hostile;
mod machine;
mod manual;
mod references;
mod schema;
mod secrets;
mod syntax;
mod values;
