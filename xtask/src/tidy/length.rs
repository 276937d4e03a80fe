//! Files stay small enough to be read from the top. One that may not is in the table with its reason.

use super::Text;
use crate::Problems;

/// Lines a Rust file may have, tests included.
const LIMIT: usize = 450;

/// Files that may be longer, with the reason.
const LONG: &[(&str, &str)] = &[];

pub(super) fn check(file: &Text) -> Option<String> {
    let lines = file.text.lines().count();
    let long = file.is_rust() && lines > LIMIT && !LONG.iter().any(|(path, _)| *path == file.path);
    long.then(|| format!("{}: {lines} lines, {LIMIT} are allowed; make it a folder", file.path))
}

/// Exceptions that are no longer needed.
pub(super) fn stale(files: &[Text]) -> Problems {
    LONG.iter()
        .filter(|(path, _)| !files.iter().any(|f| f.path == *path && f.text.lines().count() > LIMIT))
        .map(|(path, _)| format!("{path}: no longer long; take it out of xtask/src/tidy/length.rs"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::text;
    use super::*;

    #[test]
    fn a_file_over_the_limit_is_named_with_its_length() {
        let found = check(&text("crates/a/src/b.rs", &"\n".repeat(LIMIT + 1)));
        assert_eq!(found.unwrap(), "crates/a/src/b.rs: 451 lines, 450 are allowed; make it a folder");
    }

    #[test]
    fn a_file_at_the_limit_and_a_long_manual_are_fine() {
        assert_eq!(check(&text("crates/a/src/b.rs", &"\n".repeat(LIMIT))), None);
        assert_eq!(check(&text("docs/a.md", &"\n".repeat(2 * LIMIT))), None);
    }
}
