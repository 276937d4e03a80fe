//! From the name a caller wrote to the targets that are tried, in order.

mod cache;
mod direct;
mod order;
mod table;

pub(crate) use cache::TargetCache;
pub(crate) use direct::Direct;
pub(crate) use order::order;
pub(crate) use table::{Model, ModelTable, Template};
