//! The name somebody probably meant.

/// The candidate with the fewest edits from `word`, if that is few enough to be a slip.
pub(crate) fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // Longer words are no names of ours; the bound keeps the work small whatever is asked.
    if word.is_empty() || word.len() > 64 {
        return None;
    }
    let allowed = (word.chars().count() / 3).max(1);
    let rated = candidates.map(|candidate| (edits(word, candidate), candidate));
    rated.filter(|(edits, _)| *edits <= allowed).min().map(|(_, candidate)| candidate)
}

/// Edit distance where swapping two neighbours is one edit (optimal string alignment), ignoring ASCII case.
fn edits(from: &str, to: &str) -> usize {
    let lower = |text: &str| text.chars().map(|c| c.to_ascii_lowercase()).collect::<Vec<_>>();
    let (from, to) = (lower(from), lower(to));
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=to.len()).collect();
    let at = |row: &[usize], place: usize| row.get(place).copied().unwrap_or(usize::MAX / 2);
    for (i, a) in from.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in to.iter().enumerate() {
            let mut best =
                (at(&last, j) + usize::from(a != b)).min(at(&last, j + 1) + 1).min(at(&row, j) + 1);
            let swapped = i > 0 && j > 0 && from.get(i - 1) == Some(b) && to.get(j - 1) == Some(a);
            if swapped {
                best = best.min(at(&before, j - 1) + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    at(&last, to.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised_and_strangers_are_not() {
        let kinds = ["openai", "anthropic", "openrouter"];
        let near = |word| nearest(word, kinds.into_iter());
        assert_eq!(near("opneai"), Some("openai"));
        assert_eq!(near("OpenAI"), Some("openai"));
        assert_eq!(near("antropic"), Some("anthropic"));
        assert_eq!(near("bedrock"), None);
        assert_eq!(near(""), None);
        assert_eq!(near(&"x".repeat(1_000_000)), None);
    }

    #[test]
    fn distances_are_the_known_ones() {
        assert_eq!(edits("kitten", "sitting"), 3);
        assert_eq!(edits("ab", "ba"), 1);
        assert_eq!(edits("", "abc"), 3);
        assert_eq!(edits("abc", ""), 3);
    }
}
