//! How much and how often.

pub mod body_size;
pub mod request_rate;
