//! What a caller wants, in neither dialect: the part of a request that decides what the model says.

use serde_json::Value;

/// One model call, read and checked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ask {
    /// The model as named by the caller, directives included: it is echoed.
    pub(crate) model: String,
    pub(crate) stream: bool,
    /// OpenAI's `stream_options.include_usage`.
    pub(crate) include_usage: bool,
    /// Number of answers (OpenAI's `n`).
    pub(crate) answers: usize,
    pub(crate) max_tokens: Option<usize>,
    pub(crate) stop: Vec<String>,
    pub(crate) tools: Vec<Tool>,
    pub(crate) choice: Choice,
    /// Whether several tools may be called at once.
    pub(crate) parallel: bool,
    /// The text of the last user message.
    pub(crate) prompt: String,
    /// Results of tools after the last assistant message.
    pub(crate) tool_results: Vec<String>,
    pub(crate) input_tokens: u64,
    pub(crate) format: Format,
    /// Number of alternatives a token is reported with; `None` reports no probabilities.
    pub(crate) logprobs: Option<usize>,
    pub(crate) reasoning: Reasoning,
    pub(crate) prefixes: Vec<Prefix>,
    /// Documents the answer is to cite.
    pub(crate) documents: Vec<Document>,
    pub(crate) service_tier: Option<String>,
    /// Hash of the request body.
    pub(crate) fingerprint: u64,
}

#[derive(Clone, Debug)]
pub(crate) struct Tool {
    pub(crate) name: String,
    /// `None` for a tool that takes free text.
    pub(crate) schema: Option<Value>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Choice {
    #[default]
    Auto,
    None,
    Required,
    Named(String),
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Format {
    #[default]
    Text,
    Json,
    Schema(Value),
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Reasoning {
    #[default]
    None,
    /// Counted, not shown.
    Hidden,
    Shown,
}

/// A stretch of the prompt, from its start, that a provider's cache may hold.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Prefix {
    pub(crate) hash: u64,
    pub(crate) tokens: u64,
    pub(crate) lifetime: Lifetime,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Lifetime {
    /// Cached without being asked (OpenAI).
    Automatic,
    FiveMinutes,
    OneHour,
}

#[derive(Clone, Debug)]
pub(crate) struct Document {
    pub(crate) index: usize,
    pub(crate) title: Option<String>,
    pub(crate) text: String,
}
