//! From a JSON reader's error to a [`BadBody`] that names the field and never repeats what the caller wrote.

use crate::BadBody;
use bytes::Bytes;
use serde_json::error::Category;
use stdx::json;

/// How deep a body may nest. What is kept raw may come to stand a few levels deeper in another dialect.
const DEPTH_MAX: usize = json::MAX_DEPTH - 12;

/// Field names longer than this are cut: they are the caller's text.
const KEY_MAX: usize = 64;
/// What the path of no field at all is called in a message.
const THE_BODY: &str = "the body";
/// Levels of a path that are shown.
const LEVELS_MAX: usize = 12;

/// The body as text, once it is known to be JSON in UTF-8 that does not nest too deeply: no raw part of it needs another look.
pub(crate) fn checked(body: &Bytes) -> Result<&str, BadBody> {
    let wrong =
        |what: &dyn std::fmt::Display| BadBody::new(None, format!("the body is not valid JSON: {what}"));
    json::validate_within(body, DEPTH_MAX).map_err(|bad| wrong(&bad))?;
    std::str::from_utf8(body).map_err(|bad| wrong(&bad))
}

/// `text` is what was being read, `at` the path of its root (empty for the whole body).
pub(crate) fn bad(error: &serde_json::Error, text: &str, at: &str) -> BadBody {
    if error.classify() != Category::Data {
        let what = if error.is_eof() {
            "the body ends in the middle of a JSON value"
        } else {
            "the body is not valid JSON"
        };
        return BadBody::new(None, format!("{what} (line {}, column {})", error.line(), error.column()));
    }
    let offset = offset_of(text, error.line(), error.column());
    let path = join(at, &path_to(text, offset));
    let message = match complaint(&error.to_string()) {
        Complaint::Duplicate => format!("{path} is given twice"),
        Complaint::Wrong { expected, got } => format!("{path} must be {expected}, not {got}"),
        Complaint::Other => format!("{path} has a value that cannot be used"),
    };
    // The body as a whole is no field.
    let param = Some(path).filter(|path| path != THE_BODY);
    BadBody::new(param, message)
}

enum Complaint {
    Duplicate,
    Wrong { expected: String, got: &'static str },
    Other,
}

/// Takes from serde's message only the words that are ours: the expectation and the kind of what was found, never its value.
fn complaint(message: &str) -> Complaint {
    if message.starts_with("duplicate field") {
        return Complaint::Duplicate;
    }
    let kinds = [
        ("null", "null"),
        ("string", "a string"),
        ("boolean", "a boolean"),
        ("integer", "this integer"),
        ("floating point", "this number"),
        ("number", "this number"),
        ("map", "an object"),
        ("sequence", "a list"),
    ];
    let found = message.strip_prefix("invalid type: ").or_else(|| message.strip_prefix("invalid value: "));
    let Some((found, (_, tail))) = found.zip(message.rsplit_once(", expected ")) else {
        return Complaint::Other;
    };
    let expected = tail.rsplit_once(" at line ").map_or(tail, |(text, _)| text);
    let expected = match expected {
        "u64" | "u32" | "i64" => "a whole number in range".to_owned(),
        "f64" => "a number".to_owned(),
        other => other.to_owned(),
    };
    let got = kinds.iter().find(|(word, _)| found.starts_with(word)).map_or("this value", |(_, name)| name);
    Complaint::Wrong { expected, got }
}

fn offset_of(text: &str, line: usize, column: usize) -> usize {
    let start = match line.saturating_sub(1) {
        0 => 0,
        lines => memchr::memchr_iter(b'\n', text.as_bytes()).nth(lines - 1).map_or(0, |at| at + 1),
    };
    start.saturating_add(column).min(text.len())
}

/// `messages` and `[0].content` make `messages[0].content`.
pub(crate) fn join(at: &str, path: &str) -> String {
    match (at.is_empty(), path.is_empty()) {
        (_, true) if at.is_empty() => THE_BODY.to_owned(),
        (_, true) => at.to_owned(),
        (true, _) => path.to_owned(),
        _ if path.starts_with('[') => format!("{at}{path}"),
        _ => format!("{at}.{path}"),
    }
}

enum Level<'a> {
    Object(&'a str),
    Array(usize),
}

/// The path of the value that byte `offset` of `text` belongs to. Runs only after something went wrong.
fn path_to(text: &str, offset: usize) -> String {
    let bytes = text.as_bytes();
    let mut levels: Vec<Level<'_>> = Vec::new();
    let mut at = 0;
    let mut key_next = false;
    while let Some(byte) = bytes.get(at).filter(|_| at < offset) {
        match byte {
            b'{' => {
                levels.push(Level::Object(""));
                key_next = true;
            }
            b'[' => levels.push(Level::Array(0)),
            b'}' | b']' => {
                levels.pop();
                key_next = false;
            }
            b',' => match levels.last_mut() {
                Some(Level::Array(index)) => *index += 1,
                _ => key_next = true,
            },
            b'"' => {
                let end = string_end(bytes, at);
                if key_next && let Some(Level::Object(key)) = levels.last_mut() {
                    *key = text.get(at + 1..end).unwrap_or_default();
                    key_next = false;
                }
                at = end;
            }
            _ => {}
        }
        at += 1;
    }
    render(&levels)
}

/// The index of the quote that closes the string opened at `start`.
fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn render(levels: &[Level<'_>]) -> String {
    let mut path = String::new();
    for level in levels.iter().take(LEVELS_MAX) {
        match level {
            Level::Object("") => {}
            Level::Object(key) => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(key.get(..key.floor_char_boundary(KEY_MAX)).unwrap_or_default());
            }
            Level::Array(index) => path.push_str(&format!("[{index}]")),
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_a_value_is_found_by_its_offset() {
        let text = r#"{"a":1,"m":[{"x":"\"}"},{"role":7}]}"#;
        let at = |needle: &str| text.find(needle).unwrap();
        assert_eq!(path_to(text, at("7")), "m[1].role");
        assert_eq!(path_to(text, at("1,")), "a");
        assert_eq!(path_to(text, at("[{")), "m");
    }

    #[test]
    fn a_message_does_not_repeat_the_value() {
        let text = r#"{"n":"my secret, expected nothing"}"#;
        let error = serde_json::from_str::<std::collections::BTreeMap<String, u64>>(text).unwrap_err();
        let bad = bad(&error, text, "top");
        assert_eq!(bad.param.as_deref(), Some("top.n"));
        assert_eq!(bad.message, "top.n must be a whole number in range, not a string");
    }
}
