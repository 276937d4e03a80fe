//! `finish_reason`, both ways, with the spellings of servers that are nearly compatible.

use ir::Finish;

/// Reads a reason; an empty one (some servers send it on every chunk) is none.
pub(crate) fn read(reason: &str) -> Option<Finish> {
    Some(match reason {
        "" | "null" => return None,
        "stop" | "eos" | "end_turn" | "eos_token" | "STOP" | "COMPLETE" => Finish::Stop,
        "stop_sequence" => Finish::StopSequence(None),
        "length" | "max_tokens" | "max_output_tokens" | "MAX_TOKENS" | "model_length" => Finish::Length,
        "model_context_window_exceeded" => Finish::ContextWindow,
        "tool_calls" | "tool_use" | "function_call" | "tool_call" => Finish::ToolCalls,
        "refusal" => Finish::Refusal,
        "content_filter" | "SAFETY" | "sensitive" | "safety" => Finish::ContentFilter,
        "pause_turn" => Finish::Pause,
        other => Finish::Other(other.into()),
    })
}

/// Whether the reason says that the answer failed (Mistral, OpenRouter): then there is no answer, whatever else was sent.
pub(crate) fn is_error(finish: &Finish) -> bool {
    matches!(finish, Finish::Other(word) if *word == "error")
}

/// Writes a reason in OpenAI's own five words; SDKs with typed enums know no other.
pub(crate) fn write(finish: &Finish) -> &'static str {
    match finish {
        Finish::Stop | Finish::StopSequence(_) | Finish::Pause | Finish::Other(_) => "stop",
        Finish::Length | Finish::ContextWindow => "length",
        Finish::ToolCalls => "tool_calls",
        Finish::Refusal | Finish::ContentFilter => "content_filter",
    }
}
