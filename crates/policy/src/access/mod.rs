//! Who calls, and which models they may call.

pub mod api_key;
mod caller;
pub mod model_access;

pub use caller::{Caller, Patterns};
