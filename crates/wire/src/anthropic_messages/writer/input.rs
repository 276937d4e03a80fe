//! A tool call's input as it streams. Clients of this dialect parse what has come so far, at every piece, and some break off at the
//! first byte that is not JSON. So only what can still become an object is passed on: a prefix of one is, garbage behind it is not,
//! and text that does not even begin like an object waits to be wrapped whole.

use crate::json::out::quoted;

/// Levels of nesting that are followed; deeper input is cut there.
const DEPTH_MAX: usize = 256;
/// Bytes of text kept to be wrapped.
const WRAP_MAX: usize = 1024 * 1024;

/// One call's input.
#[derive(Debug, Default)]
pub(super) struct Input {
    state: State,
    /// Open brackets; true for an object.
    open: Vec<bool>,
    /// Text that is no object.
    stray: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// Nothing but white space so far.
    #[default]
    Before,
    /// Not an object.
    Stray,
    Value,
    /// After `[`: a value or its end.
    FirstItem,
    /// After `{`: a key or its end.
    FirstKey,
    Key,
    Colon,
    /// After a value: a comma or the end of what is open.
    After,
    Text {
        is_key: bool,
        escape: Escape,
    },
    Number(Number),
    /// What is still to come of `true`, `false` or `null`.
    Word(&'static [u8]),
    /// The object is complete.
    Done,
    /// Whatever comes now is no JSON.
    Broken,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Escape {
    No,
    Begun,
    Hex(u8),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Number {
    Minus,
    Zero,
    Whole,
    Point,
    Fraction,
    E,
    Sign,
    Exponent,
}

impl Input {
    /// The part of the next piece that may go out.
    pub(super) fn take<'a>(&mut self, mut piece: &'a str) -> &'a str {
        if self.state == State::Before {
            // White space in front says nothing, wherever it is cut.
            piece = piece.trim_start();
            self.state = match piece.bytes().next() {
                None => State::Before,
                Some(b'{') => State::Value,
                Some(_) => State::Stray,
            };
        }
        if matches!(self.state, State::Before | State::Stray) {
            if self.stray.len() + piece.len() <= WRAP_MAX {
                self.stray.push_str(piece);
            }
            return "";
        }
        for (at, byte) in piece.bytes().enumerate() {
            self.step(byte);
            if self.state == State::Broken {
                // Only ASCII breaks JSON outside of strings, and inside them only ASCII ends or breaks them.
                return piece.get(..at).unwrap_or_default();
            }
        }
        piece
    }

    /// What is still to be said when the call is over: text that was no object, wrapped in one.
    pub(super) fn rest(&mut self) -> Option<String> {
        let stray = std::mem::take(&mut self.stray);
        (!stray.trim().is_empty()).then(|| format!("{{\"arguments\":{}}}", quoted(&stray).as_str()))
    }

    fn step(&mut self, byte: u8) {
        self.state = match self.state {
            State::Text { is_key, escape } => text(is_key, escape, byte),
            State::Number(number) => match number_goes_on(number, byte) {
                Some(number) => State::Number(number),
                None if matches!(
                    number,
                    Number::Zero | Number::Whole | Number::Fraction | Number::Exponent
                ) =>
                {
                    self.after(byte)
                }
                None => State::Broken,
            },
            State::Word([next, rest @ ..]) if *next == byte => {
                if rest.is_empty() {
                    State::After
                } else {
                    State::Word(rest)
                }
            }
            _ if matches!(byte, b' ' | b'\n' | b'\r' | b'\t') && !matches!(self.state, State::Word(_)) => {
                self.state
            }
            State::Value => self.value(byte),
            State::FirstItem if byte == b']' => self.close(false),
            State::FirstItem => self.value(byte),
            State::FirstKey if byte == b'}' => self.close(true),
            State::FirstKey | State::Key if byte == b'"' => State::Text { is_key: true, escape: Escape::No },
            State::Colon if byte == b':' => State::Value,
            State::After => self.after(byte),
            _ => State::Broken,
        };
    }

    fn value(&mut self, byte: u8) -> State {
        match byte {
            b'{' | b'[' if self.open.len() < DEPTH_MAX => {
                self.open.push(byte == b'{');
                if byte == b'{' { State::FirstKey } else { State::FirstItem }
            }
            b'"' => State::Text { is_key: false, escape: Escape::No },
            b'-' => State::Number(Number::Minus),
            b'0' => State::Number(Number::Zero),
            b'1'..=b'9' => State::Number(Number::Whole),
            b't' => State::Word(b"rue"),
            b'f' => State::Word(b"alse"),
            b'n' => State::Word(b"ull"),
            _ => State::Broken,
        }
    }

    fn after(&mut self, byte: u8) -> State {
        match (byte, self.open.last()) {
            (b' ' | b'\n' | b'\r' | b'\t', Some(_)) => State::After,
            (b',', Some(true)) => State::Key,
            (b',', Some(false)) => State::Value,
            (b'}', Some(true)) => self.close(true),
            (b']', Some(false)) => self.close(false),
            _ => State::Broken,
        }
    }

    fn close(&mut self, is_object: bool) -> State {
        match self.open.pop() {
            Some(open) if open == is_object => {
                if self.open.is_empty() {
                    State::Done
                } else {
                    State::After
                }
            }
            _ => State::Broken,
        }
    }
}

fn text(is_key: bool, escape: Escape, byte: u8) -> State {
    let escape = match (escape, byte) {
        (Escape::No, b'"') => return if is_key { State::Colon } else { State::After },
        (Escape::No, b'\\') => Escape::Begun,
        (Escape::No, 0..0x20) => return State::Broken,
        (Escape::No, _) | (Escape::Begun, b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
            Escape::No
        }
        (Escape::Begun, b'u') => Escape::Hex(4),
        (Escape::Hex(1), byte) if byte.is_ascii_hexdigit() => Escape::No,
        (Escape::Hex(left), byte) if byte.is_ascii_hexdigit() => Escape::Hex(left.saturating_sub(1)),
        _ => return State::Broken,
    };
    State::Text { is_key, escape }
}

fn number_goes_on(number: Number, byte: u8) -> Option<Number> {
    Some(match (number, byte) {
        (Number::Minus, b'0') => Number::Zero,
        (Number::Minus, b'1'..=b'9') | (Number::Whole, b'0'..=b'9') => Number::Whole,
        (Number::Zero | Number::Whole, b'.') => Number::Point,
        (Number::Point | Number::Fraction, b'0'..=b'9') => Number::Fraction,
        (Number::Zero | Number::Whole | Number::Fraction, b'e' | b'E') => Number::E,
        (Number::E, b'+' | b'-') => Number::Sign,
        (Number::E | Number::Sign | Number::Exponent, b'0'..=b'9') => Number::Exponent,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed(text: &str) -> String {
        let (mut input, mut out) = (Input::default(), String::new());
        for (at, c) in text.char_indices() {
            out.push_str(input.take(&text[at..at + c.len_utf8()]));
        }
        out.extend(input.rest());
        let mut whole = Input::default();
        let mut at_once = whole.take(text).to_owned();
        at_once.extend(whole.rest());
        assert_eq!(out, at_once, "cuts do not matter");
        out
    }

    #[test]
    fn an_object_goes_out_as_it_is() {
        for object in
            [r#"{}"#, r#"{"a" : [1, -0.5e+3, true, null, {"b\"\u00fc": "ü\n"}], "c": []}"#, "{\"a\": 0}\n"]
        {
            assert_eq!(passed(object), object);
            assert!(serde_json::from_str::<serde_json::Value>(object).is_ok());
        }
    }

    #[test]
    fn a_prefix_stays_one_and_garbage_stays_out() {
        for (text, expected) in [
            (r#"{"a": "b"#, r#"{"a": "b"#),
            (r#"{'a': 1}"#, "{"),
            (r#"{"a": 1}{"a": 1}"#, r#"{"a": 1}"#),
            (r#"{"a": 1]"#, r#"{"a": 1"#),
            (r#"{"a": 01}"#, r#"{"a": 0"#),
            (r#"{"a": nul!"#, r#"{"a": nul"#),
            (r#"{"a": nu l}"#, r#"{"a": nu"#),
            ("{\"a\": \"b\nc\"}", "{\"a\": \"b"),
            (r#"{"a": "\x"}"#, r#"{"a": "\"#),
            (r#"{,}"#, "{"),
        ] {
            assert_eq!(passed(text), expected);
        }
    }

    #[test]
    fn what_is_no_object_is_wrapped() {
        assert_eq!(passed("[1, 2]"), r#"{"arguments":"[1, 2]"}"#);
        assert_eq!(passed(r#""a""#), r#"{"arguments":"\"a\""}"#);
        assert_eq!(passed(" "), "");
        assert_eq!(passed(" {}"), "{}");
    }

    #[test]
    fn depth_is_bounded() {
        let deep = format!("{{\"a\":{}", "[".repeat(100_000));
        assert_eq!(passed(&deep).len(), 5 + DEPTH_MAX - 1);
    }
}
