//! What vendors add to a model's name without making it another model.

/// The name without the date of a snapshot: `gpt-4.1-2025-04-14`, `claude-opus-4-5-20251101`.
pub(crate) fn undated(name: &str) -> Option<&str> {
    let cut = |digits: &str, length: usize| {
        let at = name.len().checked_sub(length)?;
        let tail = name.get(at..)?;
        let dated = tail.bytes().zip(digits.bytes()).all(|(byte, shape)| match shape {
            b'-' => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
        // Every date has a century: `-20` keeps `-12345678` from being one.
        (dated && tail.starts_with("-20") && at > 0).then(|| name.get(..at)).flatten()
    };
    cut("-0000-00-00", 11).or_else(|| cut("-00000000", 9))
}

/// The price row of a fine-tuned model: `ft:gpt-4.1-2025-04-14:org::id` is priced as `ft:gpt-4.1-2025-04-14`.
pub(crate) fn tuned(name: &str) -> Option<&str> {
    let base = name.strip_prefix("ft:")?.split(':').next()?;
    name.get(..base.len() + 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_dates_are_cut_off() {
        assert_eq!(undated("gpt-4.1-2025-04-14"), Some("gpt-4.1"));
        assert_eq!(undated("claude-opus-4-5-20251101"), Some("claude-opus-4-5"));
        for whole in
            ["gpt-4.1", "gpt-4-0613", "m-12345678", "m-2025-4-14", "-20251101", "", "ü-2025", "m-2025-04-1x"]
        {
            assert_eq!(undated(whole), None, "{whole}");
        }
    }

    #[test]
    fn a_tuned_name_is_cut_after_its_base() {
        assert_eq!(tuned("ft:gpt-4.1-2025-04-14:org::id"), Some("ft:gpt-4.1-2025-04-14"));
        assert_eq!(tuned("ft:gpt-4o"), Some("ft:gpt-4o"));
        assert_eq!(tuned("gpt-4o"), None);
    }
}
