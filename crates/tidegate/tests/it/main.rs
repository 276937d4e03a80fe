//! The real binary as whoever runs it sees it: arguments, signals, files, sockets, exit codes.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "tests fail at once, measure real time and read their own environment"
)]

mod check;
mod client;
mod demo;
mod drain;
mod process;
mod reload;
mod serve;
mod tls;
