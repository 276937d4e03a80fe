//! The access log: one JSON object a line and exchange. `line` writes it, `output` takes it to a file or a
//! standard stream. Its fields are documented in `docs/observability.md`, which a test compares with `line`.

mod json;
mod line;
mod output;
mod time;

pub(crate) use line::Lines;
pub(crate) use output::Output;
pub use output::{AccessLog, CannotOpen};
