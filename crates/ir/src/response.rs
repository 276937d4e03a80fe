//! A whole answer.

use crate::{Ext, Finish, Part, Usage};
use stdx::{RawJson, Str};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChatResponse {
    pub id: Option<Str>,
    pub model: Option<Str>,
    /// Seconds since 1970.
    pub created: Option<u64>,
    pub parts: Vec<Part>,
    pub finish: Option<Finish>,
    pub usage: Option<Usage>,
    /// The tier that served the answer, in OpenAI's words (`default`, `flex`, `priority`).
    pub service_tier: Option<Str>,
    /// Log probabilities as their origin wrote them.
    pub logprobs: Option<RawJson>,
    pub ext: Ext,
}
