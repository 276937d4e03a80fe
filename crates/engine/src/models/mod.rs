//! From the name a caller wrote to the targets that are tried, in order.

mod cache;
mod direct;
mod order;
mod table;

pub use cache::TargetCache;
pub use direct::Direct;
pub use order::order;
pub use table::{Model, ModelTable, Template};
