//! Token counts of our own, for when a provider reports none. They are estimates and marked as such: one
//! vocabulary (OpenAI's `o200k_base`) stands for all, and of long texts only samples are counted.
//!
//! The vocabulary takes some 100 ms to load, at the first count, and is never loaded where none is needed.

use std::sync::OnceLock;
use tiktoken::CoreBpe;

/// Tokens a chat format adds for each message, and for the answer's beginning (OpenAI's cookbook, "How to count
/// tokens with tiktoken").
pub const PER_MESSAGE: u64 = 3;
pub const PER_REPLY: u64 = 3;

/// Bytes of a text that are counted one by one, at most: the slowest text there is (letters without a space)
/// takes about half a µs a byte.
const COUNTED: usize = 32 * 1024;
/// Bytes of one sample of a longer text.
const SAMPLE: usize = 2 * 1024;

/// About how many tokens a text is. Blocks for up to about 20 ms on the worst of texts, and for the loading of
/// the vocabulary at the first call.
pub fn estimate(text: &str) -> u64 {
    if text.is_empty() {
        return 0;
    }
    if text.len() <= COUNTED {
        return count(text);
    }
    let samples = COUNTED / SAMPLE;
    let stride = text.len() / samples;
    let (mut tokens, mut bytes) = (0, 0);
    for at in 0..samples {
        let from = text.ceil_char_boundary(at * stride);
        let to = text.floor_char_boundary(from + SAMPLE);
        let sample = text.get(from..to).unwrap_or_default();
        tokens += count(sample);
        bytes += sample.len();
    }
    extrapolate(tokens, bytes, text.len() as u64)
}

fn count(text: &str) -> u64 {
    encoding().count(text) as u64
}

/// As many tokens for `whole` bytes as a sample has for its own, rounded up.
fn extrapolate(tokens: u64, sample: usize, whole: u64) -> u64 {
    let sample = (sample as u128).max(1);
    let scaled = (u128::from(tokens) * u128::from(whole)).div_ceil(sample);
    u64::try_from(scaled).unwrap_or(u64::MAX)
}

fn encoding() -> &'static CoreBpe {
    static ENCODING: OnceLock<CoreBpe> = OnceLock::new();
    ENCODING.get_or_init(tiktoken::encoding::o200k_base)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_texts_are_counted_as_the_reference_does() {
        // Counts for o200k_base as in OpenAI's cookbook and on its tokenizer page.
        for (text, tokens) in [
            ("", 0),
            ("hello world", 2),
            ("The quick brown fox jumps over the lazy dog.", 10),
            ("tiktoken is great!", 6),
            ("お誕生日おめでとう", 8),
            ("antidisestablishmentarianism", 6),
            ("2 + 2 = 4", 7),
        ] {
            assert_eq!(estimate(text), tokens, "{text}");
        }
    }

    #[test]
    fn long_texts_are_sampled_close_to_the_truth() {
        let text = "Each sentence of this text is a little different: number one, then two. ".repeat(3_000);
        let truth = count(&text);
        let near = estimate(&text);
        assert!(near.abs_diff(truth) * 20 < truth, "{near} is not within 5 % of {truth}");
    }

    #[test]
    fn samples_end_between_characters_and_the_work_is_bounded() {
        for text in ["ü🦀日".repeat(40_000), "x".repeat(5_000_000)] {
            assert!(estimate(&text) > 1_000);
        }
    }
}
