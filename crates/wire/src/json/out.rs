//! Writing JSON straight into bytes. Commas take care of themselves: whether one is due shows in the byte before.

use bytes::{BufMut, Bytes, BytesMut};
use stdx::{RawJson, Str, json};

/// A JSON text being written at the end of `out`.
pub(crate) struct Json<'a> {
    out: &'a mut BytesMut,
}

impl<'a> Json<'a> {
    pub(crate) fn new(out: &'a mut BytesMut) -> Self {
        Self { out }
    }

    fn last(&self) -> u8 {
        self.out.last().copied().unwrap_or(b' ')
    }

    /// Separates list items; call before each.
    pub(crate) fn item(&mut self) -> &mut Self {
        if self.last() != b'[' {
            self.out.put_u8(b',');
        }
        self
    }

    /// `"name":`, for names that need no escaping.
    pub(crate) fn key(&mut self, name: &'static str) -> &mut Self {
        if self.last() != b'{' {
            self.out.put_u8(b',');
        }
        self.out.put_u8(b'"');
        self.out.put_slice(name.as_bytes());
        self.out.put_slice(b"\":");
        self
    }

    /// A member whose name is not ours.
    pub(crate) fn member(&mut self, name: &str, value: &RawJson) {
        if self.last() != b'{' {
            self.out.put_u8(b',');
        }
        self.str(name);
        self.out.put_u8(b':');
        self.raw(value.as_str());
    }

    /// Where writing stands, to come back to with `back_to`.
    pub(crate) fn mark(&self) -> usize {
        self.out.len()
    }

    /// Takes back everything written since `mark`.
    pub(crate) fn back_to(&mut self, mark: usize) {
        self.out.truncate(mark);
    }

    pub(crate) fn open(&mut self, bracket: u8) {
        self.out.put_u8(bracket);
    }

    pub(crate) fn close(&mut self, bracket: u8) {
        self.out.put_u8(bracket);
    }

    pub(crate) fn object(&mut self, fill: impl FnOnce(&mut Json<'_>)) {
        self.open(b'{');
        fill(self);
        self.close(b'}');
    }

    pub(crate) fn list(&mut self, fill: impl FnOnce(&mut Json<'_>)) {
        self.open(b'[');
        fill(self);
        self.close(b']');
    }

    pub(crate) fn str(&mut self, text: &str) {
        json::escape_into(text, self.out);
    }

    pub(crate) fn raw(&mut self, json: &str) {
        self.out.put_slice(json.as_bytes());
    }

    pub(crate) fn u64(&mut self, number: u64) {
        self.out.put_slice(itoa::Buffer::new().format(number).as_bytes());
    }

    pub(crate) fn f64(&mut self, number: f64) {
        // JSON has no infinities; a decoder cannot have produced one.
        let text = if number.is_finite() { number.to_string() } else { "null".to_owned() };
        self.raw(&text);
    }

    pub(crate) fn bool(&mut self, value: bool) {
        self.raw(if value { "true" } else { "false" });
    }

    pub(crate) fn null(&mut self) {
        self.raw("null");
    }

    pub(crate) fn text(&mut self, key: &'static str, text: &str) {
        self.key(key).str(text);
    }

    pub(crate) fn optional_text(&mut self, key: &'static str, text: Option<&Str>) {
        if let Some(text) = text {
            self.text(key, text);
        }
    }

    pub(crate) fn count(&mut self, key: &'static str, number: u64) {
        self.key(key).u64(number);
    }
}

/// `text` as a JSON string.
pub(crate) fn quoted(text: &str) -> Str {
    let mut out = BytesMut::with_capacity(text.len() + 2);
    json::escape_into(text, &mut out);
    Str::from_utf8(out.freeze()).unwrap_or_default()
}

/// A whole JSON object as bytes.
pub(crate) fn object(capacity: usize, fill: impl FnOnce(&mut Json<'_>)) -> Bytes {
    let mut out = BytesMut::with_capacity(capacity);
    Json::new(&mut out).object(fill);
    out.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        let wild = "a\"b\\c\n\r\t\u{1}\u{7f}ü😀";
        let bytes = object(0, |json| {
            json.text("text", wild);
            json.key("list").list(|json| {
                json.item().u64(7);
                json.item().f64(0.5);
            });
            json.key("none").null();
        });
        let value: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(value["text"], wild);
        assert_eq!(value["list"][1], 0.5);
        assert!(value["none"].is_null());
    }
}
