//! The sources as they may be shown: every scalar that is not known to be harmless is starred out, so that an
//! excerpt in an error message cannot give a secret away.

use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::reading::{Reading, show_harmless};
use crate::source::Environment;
use crate::yaml::{Span, parse};

/// The text with the scalars starred out that `shown` does not vouch for. References (`${NAME}`, `file:…`) say
/// nothing secret and stay.
pub(crate) fn scalars(text: &str, spans: &[Span], shown: impl Fn(usize) -> bool) -> String {
    let mut hidden = spans.iter().enumerate().filter(|(number, _)| !shown(*number)).map(|(_, span)| span);
    let mut current = hidden.next();
    let mut masked = String::with_capacity(text.len());
    let mut scalar = String::new();
    let (mut line, mut column) = (1, 1);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        while current.is_some_and(|span| span.end <= (line, column)) {
            masked.push_str(&stars(&std::mem::take(&mut scalar)));
            current = hidden.next();
        }
        let inside = current.is_some_and(|span| span.start <= (line, column));
        if inside {
            scalar.push(letter)
        } else {
            masked.push(letter)
        }
        let breaks = letter == '\n' || (letter == '\r' && letters.peek() != Some(&'\n'));
        (line, column) = if breaks { (line + 1, 1) } else { (line, column + 1) };
    }
    masked.push_str(&stars(&scalar));
    masked
}

/// A source nobody has read yet, with everything starred out that looks like a secret.
pub(crate) fn guessed(text: &str) -> String {
    struct Nothing;
    impl Environment for Nothing {
        fn var(&self, _: &str) -> Option<String> {
            Some(String::new())
        }

        fn read_file(&self, _: &Path) -> io::Result<String> {
            Err(io::ErrorKind::NotFound.into())
        }
    }
    let name = Arc::from("");
    let parsed = parse(&name, text, &Nothing);
    let Some(root) = &parsed.root else { return lines(text) };
    let cx = Reading::new(&Nothing, Vec::new());
    show_harmless("", root, &cx);
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    scalars(text, &parsed.scalars, |scalar| cx.is_shown(&name, scalar))
}

/// As many stars as letters, line for line, unless it is a reference.
fn stars(scalar: &str) -> String {
    let bare = scalar.trim().trim_matches(['"', '\'']);
    let variable = bare.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    let reference = variable.is_some_and(|name| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'))
        || (bare.starts_with("file:") && !bare.contains('\n'));
    if reference {
        return scalar.to_owned();
    }
    scalar.chars().map(|letter| if letter.is_whitespace() { letter } else { '*' }).collect()
}

/// The same for a text that is not YAML, by what its lines look like: what follows a telling name and a colon,
/// and words that begin like a provider's key.
pub(crate) fn lines(text: &str) -> String {
    text.split_inclusive('\n').map(line).collect()
}

fn line(line: &str) -> String {
    const TELLING: [&str; 6] = ["key", "secret", "token", "password", "authorization", "hash"];
    let mut masked = String::with_capacity(line.len());
    let mut telling = false;
    for word in line.split_inclusive([' ', ',', '[', ']', '\t', '\n']) {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        let (name, value) = word.split_once(':').unwrap_or((word, ""));
        let name = name.trim_matches(['"', '\'']).to_lowercase();
        if word.contains(':') && TELLING.iter().any(|suffix| name.ends_with(suffix)) {
            telling = true;
            let (start, _) = word.split_at(word.len() - value.len());
            masked.push_str(start);
            masked.push_str(&word_stars(value));
        } else if (telling && !bare.is_empty()) || bare.starts_with("sk-") {
            masked.push_str(&word_stars(word));
        } else {
            masked.push_str(word);
        }
        // A further name ends what belonged to the last one.
        if telling && word.ends_with([',', '}', ']', '\n']) {
            telling = false;
        }
    }
    masked
}

fn word_stars(word: &str) -> String {
    if word.trim_matches(['"', '\'']).starts_with("${") || word.starts_with("file:") {
        return word.to_owned();
    }
    let plain = |c: char| c.is_whitespace() || matches!(c, ',' | '{' | '}' | '[' | ']');
    word.chars().map(|letter| if plain(letter) { letter } else { '*' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: (u32, u32), end: (u32, u32)) -> Span {
        Span { start, end }
    }

    #[test]
    fn hidden_scalars_are_starred_out_in_place() {
        let text = "a: secret\nb: shown\nc: \"${NAME}\"\n";
        let spans = [span((1, 4), (1, 10)), span((2, 4), (2, 9)), span((3, 4), (3, 13))];
        assert_eq!(scalars(text, &spans, |number| number == 1), "a: ******\nb: shown\nc: \"${NAME}\"\n");
    }

    #[test]
    fn a_scalar_over_several_lines_keeps_its_lines() {
        let text = "a: |\r\n  one\r\n  two\r\nb: c";
        assert_eq!(scalars(text, &[span((1, 4), (4, 1))], |_| false), "a: *\r\n  ***\r\n  ***\r\nb: c");
    }

    #[test]
    fn a_default_is_no_reference() {
        assert_eq!(scalars("${A:-s}", &[span((1, 1), (1, 8))], |_| false), "*******");
    }

    #[test]
    fn lines_that_are_not_yaml_lose_what_looks_secret() {
        for (text, masked) in [
            ("key: abc def\n", "key: *** ***\n"),
            ("- { api_key: \"abc\", name: x ]", "- { api_key: *****, name: x ]"),
            ("a: sk-123", "a: ******"),
            ("key: ${NAME}", "key: ${NAME}"),
            ("key:abc", "key:***"),
            ("keys: { ci: x", "keys: { ci: x"),
            ("listen: 0.0.0.0:80", "listen: 0.0.0.0:80"),
        ] {
            assert_eq!(lines(text), masked, "{text}");
        }
    }
}
