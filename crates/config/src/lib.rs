//! The documents an operator writes: parse, default, validate, point at the mistake.
//!
//! [`load`] takes texts and a view of the machine and yields a [`Config`] of resolved values, or every problem
//! there is, each with its place ([`Diagnostic`]). What the values mean for a request is left to the crates that
//! compile them; certificates are left to whoever presents them.
#![forbid(unsafe_code)]
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::print_stdout)
)]

mod check;
mod diagnostic;
pub mod doc;
mod expand;
mod load;
mod mask;
mod merge;
mod nearest;
mod place;
mod reading;
mod render;
mod schema;
mod source;
mod start;
#[cfg(test)]
mod testing;
mod units;
mod yaml;

pub use diagnostic::{Diagnostic, Severity};
pub use doc::*;
pub use load::{Loaded, load};
pub use place::Place;
pub use render::render;
pub use schema::schema;
pub use source::{Environment, Source};
pub use start::from_environment;
pub use stdx::Secret;
pub use stdx::money::PerMillion;
pub use units::Cidr;
