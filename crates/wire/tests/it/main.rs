//! The wire crate against recordings of real providers and against cases of its own, in one binary.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::print_stdout)]

mod anthropic;
mod cross;
mod cuts;
mod faults;
mod fidelity;
mod fixtures;
mod identity;
mod legal;
mod meaning;
mod openai;
mod relay;
mod tiers;
mod wild;
