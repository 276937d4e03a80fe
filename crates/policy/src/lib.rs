//! The pipeline and every built-in policy, one file each. A policy sees a view, never the socket or another policy;
//! which kinds exist and in which order they run is one table (`order.rs`).
#![forbid(unsafe_code)]
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::print_stdout)
)]

pub mod access;
pub mod limit;
mod order;
mod pipeline;
mod policy;
pub mod shape;

pub use order::{Kind, ORDER};
pub use pipeline::Policies;
pub use policy::{AttemptView, CallView, Decision, Policy, RateReport, RequestView, ResponseView, Step};
