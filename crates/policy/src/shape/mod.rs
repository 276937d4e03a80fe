//! What is changed on the way.

pub mod headers;
