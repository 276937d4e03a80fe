//! The name that was probably meant.

/// The candidate nearest to `name`, if it is near enough to be a slip: a third of its letters or fewer differ.
pub(crate) fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (name.chars().count().max(3) / 3).min(4);
    // Names longer than this are not slips, and the distance costs the product of the lengths.
    if name.len() > 100 {
        return None;
    }
    let comparable =
        |candidate: &&str| candidate.len() <= 100 && candidate.len().abs_diff(name.len()) <= limit * 4;
    let near = candidates.into_iter().filter(comparable).map(|candidate| {
        let (a, b) = (name.to_lowercase(), candidate.to_lowercase());
        (distance(&a, &b), candidate)
    });
    near.filter(|(distance, _)| *distance <= limit).min().map(|(_, candidate)| candidate)
}

/// `did you mean …?`, if there is something to mean.
pub(crate) fn did_you_mean<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(name, candidates).map(|candidate| format!("did you mean `{candidate}`?"))
}

/// `did you mean …?`, or else the list of what there is, or else `none`.
pub(crate) fn suggest<'a>(
    name: &str,
    candidates: impl IntoIterator<Item = &'a str> + Clone,
    what: &str,
    none: &str,
) -> String {
    if let Some(found) = did_you_mean(name, candidates.clone()) {
        return found;
    }
    const SHOWN: usize = 16;
    let all: Vec<&str> = candidates.into_iter().collect();
    if all.is_empty() {
        return none.to_owned();
    }
    let more = if all.len() > SHOWN { format!(" and {} more", all.len() - SHOWN) } else { String::new() };
    let shown: Vec<&str> = all.into_iter().take(SHOWN).collect();
    format!("{what}: {}{more}", shown.join(", "))
}

/// Letters to insert, remove or replace to get from one to the other; swapping two neighbours counts as one.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    let mut previous = None;
    for (row, letter) in (1..).zip(a.chars()) {
        let mut line = Vec::with_capacity(b.len() + 1);
        let mut left = row;
        line.push(left);
        for (column, other) in b.iter().enumerate() {
            let at = |line: &[usize], index: usize| line.get(index).copied().unwrap_or(usize::MAX - 1);
            let replaced = at(&last, column) + usize::from(letter != *other);
            let mut best = replaced.min(at(&last, column + 1) + 1).min(left + 1);
            let swapped = column.checked_sub(1).filter(|index| {
                previous == Some(*other) && b.get(*index) == Some(&letter) && !before.is_empty()
            });
            if let Some(index) = swapped {
                best = best.min(at(&before, index) + 1);
            }
            line.push(best);
            left = best;
        }
        before = std::mem::replace(&mut last, line);
        previous = Some(letter);
    }
    last.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised() {
        let names = ["openai", "anthropic", "listen", "max_body", "first_token"];
        for (slip, meant) in [
            ("opnai", "openai"),
            ("openia", "openai"),
            ("Anthropic", "anthropic"),
            ("lsiten", "listen"),
            ("maxbody", "max_body"),
            ("first-token", "first_token"),
        ] {
            assert_eq!(nearest(slip, names), Some(meant), "{slip}");
        }
    }

    #[test]
    fn something_else_is_not_a_slip() {
        assert_eq!(nearest("gemini", ["openai", "anthropic"]), None);
        assert_eq!(nearest("to", ["on"]), None);
        assert_eq!(nearest("", ["a"]), Some("a"));
        assert_eq!(nearest(&"x".repeat(101), ["x"]), None);
    }

    #[test]
    fn distances_are_edits() {
        for (a, b, expected) in
            [("", "", 0), ("abc", "", 3), ("", "abc", 3), ("abc", "acb", 1), ("kitten", "sitting", 3)]
        {
            assert_eq!(distance(a, b), expected, "{a} {b}");
        }
    }
}
