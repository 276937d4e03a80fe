//! What we link and may ship: licences of every crate of the lockfile, crates that are never welcome, and crates that came in
//! twice. `deny.toml` says the same to cargo-deny; this needs nothing installed.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;

use crate::Problems;
use crate::metadata::{self, Linked};

/// Licences that may be linked into an Apache-2.0 binary without further thought.
const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "OpenSSL",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Crates that must never come in, even through somebody else, with the reason.
const BANNED: &[(&str, &str)] = &[
    ("openssl", "one TLS library: rustls with aws-lc-rs"),
    ("openssl-sys", "one TLS library: rustls with aws-lc-rs"),
    ("native-tls", "one TLS library: rustls with aws-lc-rs"),
    ("ring", "one crypto library: aws-lc-rs"),
    ("reqwest", "one HTTP client: our own over hyper"),
    ("serde_yaml", "unmaintained; serde-saphyr reads YAML"),
    ("async-std", "one runtime: tokio"),
];

/// Crates that are in the tree in two versions and why that is borne. What is not listed and doubled is a problem.
const DOUBLED: &[(&str, &str)] = &[("winnow", "toml 0.9 writes with one and parses with the other")];

/// Looks at everything that is linked.
pub fn check(root: &Path) -> Result<Problems> {
    let linked = metadata::linked(root)?;
    let mut found = problems(&linked);
    found.extend(stale_exceptions(&linked));
    Ok(found)
}

fn problems(linked: &[Linked]) -> Problems {
    let mut found = Problems::new();
    for one in linked {
        let Linked { name, version, licence } = one;
        if let Some((_, reason)) = BANNED.iter().find(|(banned, _)| banned == name) {
            found.push(format!("{name} {version} is banned: {reason}"));
        }
        if licence.is_empty() {
            found.push(format!("{name} {version} names no licence"));
        } else if !allowed(licence) {
            found.push(format!("{name} {version} is under {licence}, which is not on our list"));
        }
    }
    for (name, versions) in versions(linked) {
        if versions.len() > 1 && !DOUBLED.iter().any(|(known, _)| *known == name) {
            found.push(format!("{name} is linked in {} versions ({})", versions.len(), versions.join(", ")));
        }
    }
    found
}

fn versions(linked: &[Linked]) -> BTreeMap<&str, Vec<&str>> {
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for one in linked {
        versions.entry(&one.name).or_default().push(&one.version);
    }
    versions
}

/// Exceptions that are no longer needed.
fn stale_exceptions(linked: &[Linked]) -> Problems {
    let versions = versions(linked);
    DOUBLED
        .iter()
        .filter(|(name, _)| versions.get(name).is_none_or(|v| v.len() < 2))
        .map(|(name, _)| format!("{name} is no longer doubled: take it out of xtask/src/licences.rs"))
        .collect()
}

/// Whether an SPDX expression can be satisfied with licences of the list. `AND` binds tighter than `OR`; parentheses as usual.
/// The old `MIT/Apache-2.0` spelling means `OR`.
fn allowed(expression: &str) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    any_of(&mut rest) == Some(true) && rest.is_empty()
}

// The three readers of the expression: `None` where it is malformed. Both sides of an operator are always read, whatever the
// first says, because reading is what moves on.

fn any_of(words: &mut &[&str]) -> Option<bool> {
    let mut verdict = all_of(words)?;
    while let ["OR", tail @ ..] = *words {
        *words = tail;
        verdict |= all_of(words)?;
    }
    Some(verdict)
}

fn all_of(words: &mut &[&str]) -> Option<bool> {
    let mut verdict = one(words)?;
    while let ["AND", tail @ ..] = *words {
        *words = tail;
        verdict &= one(words)?;
    }
    Some(verdict)
}

fn one(words: &mut &[&str]) -> Option<bool> {
    match *words {
        ["(", tail @ ..] => {
            *words = tail;
            let verdict = any_of(words)?;
            let [")", tail @ ..] = *words else { return None };
            *words = tail;
            Some(verdict)
        }
        [name, "WITH", exception, tail @ ..] => {
            *words = tail;
            Some(ALLOWED.contains(&format!("{name} WITH {exception}").as_str()))
        }
        [name, tail @ ..] => {
            *words = tail;
            Some(ALLOWED.contains(name))
        }
        [] => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crate_of(name: &str, version: &str, licence: &str) -> Linked {
        Linked { name: name.to_owned(), version: version.to_owned(), licence: licence.to_owned() }
    }

    #[test]
    fn a_choice_is_good_when_one_of_it_is() {
        assert!(allowed("MIT OR GPL-3.0"));
        assert!(allowed("MIT/Apache-2.0"));
        assert!(allowed("Apache-2.0 WITH LLVM-exception OR GPL-2.0"));
    }

    #[test]
    fn a_sum_is_good_only_when_all_of_it_is() {
        assert!(allowed("(MIT OR Apache-2.0) AND Unicode-3.0"));
        assert!(!allowed("MIT AND GPL-3.0"));
        assert!(!allowed("(GPL-2.0 OR AGPL-3.0) AND MIT"));
    }

    #[test]
    fn nonsense_is_not_a_licence() {
        for text in ["", "MIT OR", "(MIT", "MIT MIT", "custom"] {
            assert!(!allowed(text), "{text}");
        }
    }

    #[test]
    fn a_banned_crate_is_named_with_the_reason() {
        assert_eq!(
            problems(&[crate_of("ring", "0.17.0", "MIT")]),
            ["ring 0.17.0 is banned: one crypto library: aws-lc-rs"]
        );
    }

    #[test]
    fn a_crate_that_came_in_twice_is_named() {
        let found = problems(&[crate_of("one", "1.0.0", "MIT"), crate_of("one", "2.0.0", "MIT")]);
        assert_eq!(found, ["one is linked in 2 versions (1.0.0, 2.0.0)"]);
    }
}
