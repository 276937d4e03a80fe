//! What happened, and what becomes of it. The engine fills one [`Record`] per exchange and gives it to
//! [`Telemetry::record`], which moves it into a bounded ring and returns; a thread of its own turns records
//! into metrics and access-log lines. Serving `/metrics` is left to the admin listener, and who fills a record
//! to the engine. Nothing secret and nothing a prompt says ever belongs in a record.
#![forbid(unsafe_code)]
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::print_stdout)
)]

mod access_log;
mod drain;
mod id;
mod metrics;
mod record;
mod ring;
mod target;
mod telemetry;

pub use access_log::{AccessLog, CannotOpen};
pub use id::RequestId;
pub use metrics::{CATALOGUE, Described, Kind, Sample};
pub use record::{Answer, Attempt, Call, Caller, Opened, Outcome, Record, Used};
pub use target::TargetHandles;
pub use telemetry::{Inflight, Settings, Telemetry};
