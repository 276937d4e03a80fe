//! Words that must not be committed: notes to oneself, debugging left behind, and paths of the machine it was written on.

use super::Text;
use crate::Problems;

/// A word, where it counts and why not.
struct Word {
    word: &'static str,
    rust_only: bool,
    instead: &'static str,
}

const WORDS: &[Word] = &[
    Word { word: "TODO", rust_only: false, instead: "do it, or file an issue" },
    Word { word: "FIXME", rust_only: false, instead: "fix it, or file an issue" },
    Word { word: "todo!(", rust_only: true, instead: "write it" },
    Word { word: "unimplemented!(", rust_only: true, instead: "write it" },
    Word { word: "dbg!(", rust_only: true, instead: "take it out" },
    Word {
        word: "/work/",
        rust_only: false,
        instead: "a path of one machine; find it from the root or the environment",
    },
    Word {
        word: "/root/",
        rust_only: false,
        instead: "a path of one machine; find it from the root or the environment",
    },
];

/// Files in which the words stand for themselves.
const EXEMPT: &[&str] = &["xtask/src/tidy/words.rs"];

pub(super) fn check(file: &Text) -> Problems {
    if EXEMPT.contains(&file.path.as_str()) || file.path.ends_with("package-lock.json") {
        return Problems::new();
    }
    let mut found = Problems::new();
    for (number, line) in file.numbered() {
        for word in WORDS.iter().filter(|word| !word.rust_only || file.is_rust()) {
            if line.contains(word.word) {
                found.push(format!("{}:{number}: `{}`: {}", file.path, word.word, word.instead));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::text;
    use super::*;

    #[test]
    fn a_note_to_oneself_is_named_with_its_line() {
        let found = check(&text("docs/a.md", "fine\nTODO later\n"));
        assert_eq!(found, ["docs/a.md:2: `TODO`: do it, or file an issue"]);
    }

    #[test]
    fn a_macro_counts_in_rust_only() {
        assert_eq!(check(&text("a.rs", "dbg!(x)")).len(), 1);
        assert_eq!(check(&text("a.md", "never commit `dbg!(x)`")).len(), 0);
    }

    #[test]
    fn a_path_of_one_machine_is_named() {
        assert_eq!(check(&text("a.sh", "cd /work/main")).len(), 1);
        assert_eq!(check(&text("a.sh", "cd ./framework/main")).len(), 0);
    }
}
