//! What changed between generations of Claude that a request must be spelled by, read from the model's name.
//!
//! Facts as of 2026-11 (platform.claude.com, "What's new in Claude 4.6/4.7/4.8", "Structured outputs", "Mid-conversation system
//! messages"). A model whose generation the name does not tell is taken to be plain: no adaptive thinking, no system turns.

/// Major and minor version: `claude-opus-4-8` is (4, 8), `claude-3-5-haiku-20241022` is (3, 5).
fn version(model: &str) -> Option<(u32, u32)> {
    let (_, rest) = model.split_once("claude")?;
    let mut numbers = rest
        .split(|c: char| !c.is_ascii_alphanumeric())
        .skip_while(|word| word.parse::<u32>().is_err())
        .take_while(|word| word.len() <= 2)
        .map_while(|word| word.parse::<u32>().ok());
    let major = numbers.next()?;
    Some((major, numbers.next().unwrap_or(0)))
}

fn at_least(model: &str, floor: (u32, u32)) -> bool {
    version(model).is_some_and(|version| version >= floor)
}

/// Thinks as much as it finds right (`thinking.type: adaptive`), steered by an effort. Older ones take a budget in tokens.
pub(super) fn is_adaptive(model: &str) -> bool {
    at_least(model, (4, 6))
}

/// Refuses a thinking budget: how much to think is the model's to say.
pub(super) fn refuses_budget(model: &str) -> bool {
    at_least(model, (4, 7))
}

/// Knows no extended thinking at all.
pub(super) fn cannot_think(model: &str) -> bool {
    version(model).is_some_and(|version| version < (3, 7))
}

/// Takes the effort `xhigh`.
pub(super) fn has_xhigh(model: &str) -> bool {
    at_least(model, (4, 7))
}

/// Answers 400 to any `temperature`, `top_p` or `top_k` but the default.
pub(super) fn refuses_sampling(model: &str) -> bool {
    at_least(model, (4, 7))
}

/// Takes a system message after a user turn.
pub(super) fn has_system_turns(model: &str) -> bool {
    at_least(model, (4, 8))
}

/// Holds its answer or a tool's input to a JSON schema.
pub(super) fn has_structured_output(model: &str) -> bool {
    version(model).is_none_or(|version| version >= (4, 5) || (version == (4, 1) && model.contains("opus")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_all_spellings() {
        for (model, expected) in [
            ("claude-3-haiku-20240307", Some((3, 0))),
            ("claude-3-5-sonnet-20241022", Some((3, 5))),
            ("claude-sonnet-4-20250514", Some((4, 0))),
            ("claude-sonnet-4@20250514", Some((4, 0))),
            ("us.anthropic.claude-opus-4-1-20250805-v1:0", Some((4, 1))),
            ("anthropic/claude-haiku-4.5", Some((4, 5))),
            ("claude-opus-4-8", Some((4, 8))),
            ("claude-fable-5", Some((5, 0))),
            ("claude-next", None),
            ("kimi-k2", None),
        ] {
            assert_eq!(version(model), expected, "{model}");
        }
    }
}
