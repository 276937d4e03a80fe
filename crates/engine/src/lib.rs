//! The compiled world and the journey through it: an `http::Request` in, an `http::Response` out.
//!
//! A request loads one `Snapshot` and travels a straight line (`journey/mod.rs`); what it leaves behind is one record.
//! Sockets, files and the admin API are others' business.
#![forbid(unsafe_code)]
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::print_stdout)
)]

pub mod compile;
mod deadline;
mod estimate;
mod exchange;
mod flow;
mod journey;
mod models;
mod render;
mod snapshot;
mod world;

pub use compile::{Ports, compile};
pub use exchange::Origin;
pub use flow::ResponseBody;
pub use journey::Engine;
pub use snapshot::Snapshot;
pub use world::World;
