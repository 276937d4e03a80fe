//! Anthropic's dialect: messages, token counts and models.

pub(crate) mod answer;
mod blocks;
pub(crate) mod models;
mod order;
pub(crate) mod request;
pub(crate) mod signature;
mod sources;
pub(crate) mod stream;
mod tools;
