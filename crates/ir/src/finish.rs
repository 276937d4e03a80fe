//! Why an answer ended.

use stdx::Str;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finish {
    /// The model was done.
    Stop,
    /// One of the caller's stop sequences; which one, where the provider says.
    StopSequence(Option<Str>),
    /// The output limit, or the context window, was reached.
    Length,
    ContextWindow,
    ToolCalls,
    /// The model, or a filter at the provider, declined.
    Refusal,
    ContentFilter,
    /// A long-running turn was paused and may be continued.
    Pause,
    /// A reason there is no word for, as written.
    Other(Str),
}
