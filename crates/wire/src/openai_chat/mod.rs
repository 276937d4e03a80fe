//! OpenAI `POST /v1/chat/completions`, and what everybody compatible with it makes of it.

pub(crate) mod fault;
pub(crate) mod finish;
pub(crate) mod usage;
