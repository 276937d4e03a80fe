//! The documents an operator writes: parse, default, validate, point at the mistake.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing))]

mod diagnostic;
pub mod doc;
mod place;
mod source;
mod units;

pub use diagnostic::{Diagnostic, Severity};
pub use doc::*;
pub use place::Place;
pub use source::{Environment, Source};
pub use stdx::Secret;
pub use stdx::money::PerMillion;
pub use units::Cidr;
