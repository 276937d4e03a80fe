//! The load generator and its counterpart, a canned upstream: raw HTTP/1.1 with as little of its own cost as can be,
//! so that what is measured is the gateway. Both are meant for a current-thread runtime on a core of their own.
//! Starting gateways, reading their CPU time and comparing them is left to `bench/run.py`.
#![forbid(unsafe_code)]
#![allow(clippy::disallowed_methods, reason = "a load generator measures the machine's own time")]
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::print_stdout)
)]

mod canned;
mod cli;
mod connection;
mod events;
mod framing;
mod load;
mod options;
mod report;
mod request;
mod target;
mod upstream;

pub use cli::{Cli, main};
pub use load::run;
pub use options::{Dialect, Options, UpstreamOptions};
pub use report::{Comparison, Quantiles, Report};
pub use upstream::upstream;
