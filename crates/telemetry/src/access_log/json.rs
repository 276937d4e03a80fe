//! Writes JSON straight into bytes: no values in between, no allocation but the buffer's own growth.

use std::io::Write;

/// An object being written. Fields come out in the order they are given.
pub(crate) struct Object<'a> {
    out: &'a mut Vec<u8>,
    first: bool,
}

impl<'a> Object<'a> {
    pub(crate) fn open(out: &'a mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { out, first: true }
    }

    /// Writes the key and gives the bytes to write its value to.
    pub(crate) fn key(&mut self, name: &'static str) -> &mut Vec<u8> {
        self.out.extend_from_slice(if self.first { b"\"" } else { b",\"" });
        self.first = false;
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
        self.out
    }

    pub(crate) fn number(&mut self, name: &'static str, value: u64) {
        let mut digits = itoa::Buffer::new();
        self.key(name).extend_from_slice(digits.format(value).as_bytes());
    }

    /// A number that is left out when it is zero.
    pub(crate) fn count(&mut self, name: &'static str, value: u64) {
        if value > 0 {
            self.number(name, value);
        }
    }

    /// Text that is known to need no escapes: our own words.
    pub(crate) fn word(&mut self, name: &'static str, value: &str) {
        let out = self.key(name);
        out.push(b'"');
        out.extend_from_slice(value.as_bytes());
        out.push(b'"');
    }

    /// Any text, escaped, and cut after `limit` bytes at a character's border.
    pub(crate) fn text(&mut self, name: &'static str, value: &str, limit: usize) {
        string(self.key(name), cut(value, limit));
    }

    /// A value by way of its `Display`, in quotes; it must need no escapes.
    pub(crate) fn display(&mut self, name: &'static str, value: impl std::fmt::Display) {
        let out = self.key(name);
        // Writing to a Vec cannot fail.
        let _ = write!(out, "\"{value}\"");
    }

    /// Nano-USD as decimal USD in quotes, as `Money` displays it, but without allocating.
    pub(crate) fn usd(&mut self, name: &'static str, nanos: u64) {
        let out = self.key(name);
        let mut digits = itoa::Buffer::new();
        out.push(b'"');
        out.extend_from_slice(digits.format(nanos / 1_000_000_000).as_bytes());
        let mut rest = nanos % 1_000_000_000;
        if rest > 0 {
            out.push(b'.');
        }
        let mut place = 100_000_000;
        while rest > 0 {
            out.push(b'0' + u8::try_from(rest / place).unwrap_or(0));
            rest %= place;
            place /= 10;
        }
        out.push(b'"');
    }

    pub(crate) fn truth(&mut self, name: &'static str, value: bool) {
        self.key(name).extend_from_slice(if value { b"true" } else { b"false" });
    }

    pub(crate) fn close(self) {
        self.out.push(b'}');
    }
}

/// The longest start of `text` that is at most `limit` bytes long and ends on a character's border.
fn cut(text: &str, limit: usize) -> &str {
    text.get(..text.floor_char_boundary(limit)).unwrap_or(text)
}

fn string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let mut rest = text.as_bytes();
    let special = |byte: &u8| *byte < 0x20 || *byte == b'"' || *byte == b'\\' || *byte == 0x7f;
    while let Some(at) = rest.iter().position(special) {
        let (plain, tail) = rest.split_at(at);
        out.extend_from_slice(plain);
        let Some((byte, tail)) = tail.split_first() else { break };
        escape(out, *byte);
        rest = tail;
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

fn escape(out: &mut Vec<u8>, byte: u8) {
    match byte {
        b'"' => out.extend_from_slice(b"\\\""),
        b'\\' => out.extend_from_slice(b"\\\\"),
        b'\n' => out.extend_from_slice(b"\\n"),
        b'\t' => out.extend_from_slice(b"\\t"),
        b'\r' => out.extend_from_slice(b"\\r"),
        other => {
            let _ = write!(out, "\\u{other:04x}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_is_read_back_as_it_was() {
        for text in
            ["plain", "quo\"te", "back\\slash", "line\nbreak\ttab\r", "nul\0bell\u{7}del\u{7f}", "grün 🦀"]
        {
            let mut out = Vec::new();
            string(&mut out, text);
            assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
            assert!(!out.contains(&b'\n'), "a line stays a line");
        }
    }

    #[test]
    fn money_is_written_as_money_displays_it() {
        for nanos in
            [0, 1, 10, 150_000, 999_999_999, 1_000_000_000, 1_500_000_000, 12_000_000_001, i64::MAX as u64]
        {
            let mut out = Vec::new();
            Object::open(&mut out).usd("cost", nanos);
            let expected = stdx::Money::from_nanos(i64::try_from(nanos).unwrap());
            assert_eq!(String::from_utf8(out).unwrap(), format!("{{\"cost\":\"{expected}\""));
        }
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        assert_eq!(cut("grün", 3), "gr");
        assert_eq!(cut("grün", 4), "grü");
        assert_eq!(cut("grün", 99), "grün");
    }
}
