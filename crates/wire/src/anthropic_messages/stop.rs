//! Why an answer ended, both ways.

use ir::Finish;
use stdx::Str;

/// `stop_reason` with its `stop_sequence`.
pub(super) fn read(reason: Str, sequence: Option<Str>) -> Finish {
    match reason.as_str() {
        "end_turn" => Finish::Stop,
        "stop_sequence" => Finish::StopSequence(sequence),
        "max_tokens" => Finish::Length,
        "model_context_window_exceeded" => Finish::ContextWindow,
        "tool_use" => Finish::ToolCalls,
        "refusal" => Finish::Refusal,
        "pause_turn" => Finish::Pause,
        _ => Finish::Other(reason),
    }
}

/// The `stop_reason` to write. Callers of this dialect run tools when told `tool_use`, so an answer that ends with tool calls says so
/// even where the provider just said it was done; likewise an answer that holds a refusal.
pub(super) fn word(finish: Option<&Finish>, has_calls: bool, has_refusal: bool) -> &'static str {
    match finish {
        None | Some(Finish::Stop | Finish::Other(_)) if has_calls => "tool_use",
        None | Some(Finish::Stop | Finish::Other(_)) if has_refusal => "refusal",
        // SDKs with strict types know no other words than these.
        None | Some(Finish::Stop | Finish::Other(_)) => "end_turn",
        Some(Finish::StopSequence(_)) => "stop_sequence",
        Some(Finish::Length) => "max_tokens",
        Some(Finish::ContextWindow) => "model_context_window_exceeded",
        Some(Finish::ToolCalls) => "tool_use",
        Some(Finish::Refusal | Finish::ContentFilter) => "refusal",
        Some(Finish::Pause) => "pause_turn",
    }
}

/// Which stop sequence it was, where that is known.
pub(super) const fn sequence(finish: Option<&Finish>) -> Option<&Str> {
    match finish {
        Some(Finish::StopSequence(sequence)) => sequence.as_ref(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_of_the_dialect_comes_back() {
        for reason in [
            "end_turn",
            "stop_sequence",
            "max_tokens",
            "model_context_window_exceeded",
            "tool_use",
            "refusal",
            "pause_turn",
        ] {
            assert_eq!(word(Some(&read(reason.into(), None)), false, false), reason);
        }
    }

    #[test]
    fn tool_calls_are_never_just_an_end() {
        assert_eq!(word(Some(&Finish::Stop), true, false), "tool_use");
        assert_eq!(word(None, true, false), "tool_use");
        assert_eq!(word(Some(&Finish::Length), true, false), "max_tokens");
        assert_eq!(word(Some(&Finish::Stop), false, true), "refusal");
    }
}
