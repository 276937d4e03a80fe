//! A chat request.

use crate::{CacheMark, Ext, Part, Tool, ToolChoice};
use stdx::{RawJson, Str};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChatRequest {
    pub model: Str,
    /// System and developer messages stay where the client put them.
    pub messages: Vec<Message>,
    pub tools: Vec<Tool>,
    pub tool_choice: ToolChoice,
    /// False: one call at a time.
    pub parallel_tools: Option<bool>,
    pub sampling: Sampling,
    /// Upper bound of answer tokens, reasoning included. `None` is `None`; nobody makes one up but an encoder whose dialect demands it.
    pub max_output: Option<u64>,
    pub output: Output,
    pub reasoning: Reasoning,
    pub delivery: Delivery,
    /// An id of the end user.
    pub user: Option<Str>,
    pub service_tier: Option<Str>,
    /// How many alternatives per token; `Some(0)` asks for the chosen token's only.
    pub logprobs: Option<u32>,
    /// A cache mark on the request as a whole.
    pub cache: Option<CacheMark>,
    pub ext: Ext,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    pub role: Role,
    pub parts: Vec<Part>,
    /// A participant's name, where given.
    pub name: Option<Str>,
    pub ext: Ext,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    System,
    Developer,
    User,
    Assistant,
    /// Carries tool results only.
    Tool,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sampling {
    pub temperature: Option<f64>,
    pub top_p: Option<f64>,
    pub top_k: Option<u64>,
    pub seed: Option<i64>,
    pub frequency_penalty: Option<f64>,
    pub presence_penalty: Option<f64>,
    pub stops: Vec<Str>,
    /// How many answers are wanted.
    pub choices: Option<u64>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub enum Output {
    #[default]
    Text,
    /// Any JSON object.
    Json,
    Schema {
        name: Option<Str>,
        description: Option<Str>,
        schema: RawJson,
        strict: Option<bool>,
    },
}

#[derive(Clone, Debug, Default, PartialEq)]
pub enum Reasoning {
    #[default]
    Unset,
    Off,
    /// `minimal`, `low`, `medium`, `high`, … as the caller spelled it.
    Effort(Str),
    /// At most this many tokens of reasoning.
    Budget(u64),
    /// The model decides how much, optionally steered by an effort.
    Adaptive {
        effort: Option<Str>,
    },
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delivery {
    #[default]
    Whole,
    Stream {
        /// The caller asked for usage at the end.
        usage: bool,
    },
}

impl Delivery {
    pub const fn is_stream(self) -> bool {
        matches!(self, Self::Stream { .. })
    }
}
