//! Records as numbers: the table of all metrics, the families behind it, and the text `/metrics` answers with.
//! One thread writes ([`Fill`]), any number read.

mod families;
mod fill;
mod gauges;
mod labels;
mod table;

pub(crate) use families::Families;
pub(crate) use fill::Fill;
pub(crate) use gauges::Gauges;
pub use gauges::Sample;
pub use table::{CATALOGUE, Described, Kind};
