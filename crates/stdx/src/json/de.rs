//! Typed decoding over the scanner: what `serde_json::from_str` does, several times faster on long strings and on raw parts.
//!
//! Borrowed decoding spends its time skipping: a message is skipped to be kept raw, then read for its type, then read for its
//! members. The scanner skips at memory speed. It is only ever a short cut: whatever it does not take, `serde_json` decides,
//! so that values and error messages are that crate's own.

use super::{
    scan::{Bad, Kind, MAX_DEPTH, Scanner},
    string::unescape,
};
use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use std::{borrow::Cow, fmt};

/// How `serde_json` asks for a raw value; if it ever asks otherwise, it is also the one that answers.
const RAW: &str = "$serde_json::private::RawValue";

/// Decodes one JSON value and nothing after it.
pub fn from_str<'a, T: Deserialize<'a>>(text: &'a str) -> serde_json::Result<T> {
    let mut reader = Reader { scanner: Scanner::new(text.as_bytes()), text, depth: 0 };
    reader.scanner.space();
    match T::deserialize(&mut reader) {
        Ok(value) if reader.at_end() => Ok(value),
        _ => serde_json::from_str(text),
    }
}

struct Reader<'de> {
    scanner: Scanner<'de>,
    text: &'de str,
    depth: usize,
}

/// "Let `serde_json` do it": nobody gets to see why.
#[derive(Debug)]
struct Declined;

impl fmt::Display for Declined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("declined")
    }
}
impl std::error::Error for Declined {}
impl de::Error for Declined {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}
impl From<Bad> for Declined {
    fn from(_: Bad) -> Self {
        Self
    }
}

impl<'de> Reader<'de> {
    fn at_end(&mut self) -> bool {
        self.scanner.space();
        self.scanner.at >= self.text.len()
    }

    /// The text since `start`.
    fn since(&self, start: usize) -> Result<&'de str, Declined> {
        self.text.get(start..self.scanner.at).ok_or(Declined)
    }

    fn string(&mut self) -> Result<Cow<'de, str>, Declined> {
        let start = self.scanner.at + 1;
        let escaped = self.scanner.string("")?;
        let inner = self.text.get(start..self.scanner.at - 1).ok_or(Declined)?;
        if escaped { unescape(inner.as_bytes()).ok_or(Declined) } else { Ok(Cow::Borrowed(inner)) }
    }

    fn number<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Declined> {
        let start = self.scanner.at;
        self.scanner.number()?;
        let text = self.since(start)?;
        if let Ok(number) = text.parse::<u64>() {
            return visitor.visit_u64(number);
        }
        // Minus zero is a float, as serde_json has it.
        match text.parse::<i64>() {
            Ok(number) if number != 0 => visitor.visit_i64(number),
            _ => match text.parse::<f64>() {
                Ok(number) if number.is_finite() => visitor.visit_f64(number),
                _ => Err(Declined),
            },
        }
    }

    fn raw<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Declined> {
        let start = self.scanner.at;
        self.scanner.value(0)?;
        let raw = self.since(start)?;
        visitor.visit_map(RawAccess { raw: Some(raw) })
    }

    /// Reads what stands in brackets; the visitor must have taken all of it.
    fn inside<T>(
        &mut self,
        close: u8,
        read: impl FnOnce(&mut Items<'_, 'de>) -> Result<T, Declined>,
    ) -> Result<T, Declined> {
        self.scanner.at += 1;
        self.depth += 1;
        if self.depth > MAX_DEPTH / 4 {
            return Err(Declined);
        }
        let mut items = Items { reader: self, close, first: true, done: false };
        let value = read(&mut items)?;
        let done = items.done || !items.next()?;
        self.depth -= 1;
        if done { Ok(value) } else { Err(Declined) }
    }
}

impl<'de> Deserializer<'de> for &mut Reader<'de> {
    type Error = Declined;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Declined> {
        match self.scanner.kind()? {
            Kind::String => match self.string()? {
                Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
                Cow::Owned(text) => visitor.visit_string(text),
            },
            Kind::Object => self.inside(b'}', |items| visitor.visit_map(items)),
            Kind::Array => self.inside(b']', |items| visitor.visit_seq(items)),
            Kind::Number => self.number(visitor),
            Kind::Bool => {
                let start = self.scanner.at;
                self.scanner.value(0)?;
                visitor.visit_bool(self.since(start)? == "true")
            }
            Kind::Null => {
                self.scanner.value(0)?;
                visitor.visit_unit()
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Declined> {
        if self.scanner.kind()? == Kind::Null {
            self.scanner.value(0)?;
            return visitor.visit_none();
        }
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Declined> {
        if name == RAW { self.raw(visitor) } else { visitor.visit_newtype_struct(self) }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Declined> {
        self.scanner.kind()?;
        self.scanner.value(0)?;
        visitor.visit_unit()
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Declined> {
        Err(Declined)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit unit_struct seq tuple tuple_struct map struct identifier
    }
}

/// The items of an array, or the members of an object.
struct Items<'r, 'de> {
    reader: &'r mut Reader<'de>,
    close: u8,
    first: bool,
    done: bool,
}

impl Items<'_, '_> {
    /// Moves to the next item; false when there is none.
    fn next(&mut self) -> Result<bool, Declined> {
        let scanner = &mut self.reader.scanner;
        scanner.space();
        if scanner.take(self.close) {
            self.done = true;
            return Ok(false);
        }
        if !std::mem::take(&mut self.first) {
            scanner.expect(b',', "")?;
            scanner.space();
        }
        Ok(true)
    }
}

impl<'de> SeqAccess<'de> for &mut Items<'_, 'de> {
    type Error = Declined;
    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Declined> {
        if !self.next()? {
            return Ok(None);
        }
        seed.deserialize(&mut *self.reader).map(Some)
    }
}

impl<'de> MapAccess<'de> for &mut Items<'_, 'de> {
    type Error = Declined;
    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Declined> {
        if !self.next()? {
            return Ok(None);
        }
        if self.reader.scanner.kind()? != Kind::String {
            return Err(Declined);
        }
        seed.deserialize(&mut *self.reader).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Declined> {
        self.reader.scanner.colon()?;
        seed.deserialize(&mut *self.reader)
    }
}

/// A raw value the way `serde_json` wants it handed over: a map of its own token to the text.
struct RawAccess<'de> {
    raw: Option<&'de str>,
}

impl<'de> MapAccess<'de> for RawAccess<'de> {
    type Error = Declined;
    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Declined> {
        if self.raw.is_none() {
            return Ok(None);
        }
        seed.deserialize(de::value::BorrowedStrDeserializer::new(RAW)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Declined> {
        let raw = self.raw.take().ok_or(Declined)?;
        seed.deserialize(de::value::BorrowedStrDeserializer::new(raw))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, value::RawValue};
    use std::collections::BTreeMap;

    /// Decodes by the short cut alone, so that falling back cannot hide that it is broken.
    fn short<'a, T: Deserialize<'a>>(text: &'a str) -> Option<T> {
        let mut reader = Reader { scanner: Scanner::new(text.as_bytes()), text, depth: 0 };
        reader.scanner.space();
        let value = T::deserialize(&mut reader).ok()?;
        reader.at_end().then_some(value)
    }

    #[test]
    fn values_are_what_serde_json_makes_of_them() {
        for text in [
            r#" {"a": [1, -2, 0.5, 1e3, true, null, "x\n\u00fc", {}], "b": {"c": []}} "#,
            "18446744073709551615",
            "-9223372036854775808",
            "123456789012345678901234567890",
            "-0",
            "\"ü\"",
            "[]",
        ] {
            assert_eq!(short::<Value>(text), serde_json::from_str(text).ok(), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_left_to_serde_json() {
        for text in [
            "",
            "{",
            "[1,]",
            "[1 2]",
            "{\"a\":1,}",
            "{\"a\" 1}",
            "{1:2}",
            "\"\\ud800\"",
            "1 2",
            "nul",
            "1e999",
            "[1}",
        ] {
            assert!(short::<Value>(text).is_none(), "{text}");
            let (ours, theirs) =
                (from_str::<Value>(text).unwrap_err(), serde_json::from_str::<Value>(text).unwrap_err());
            assert_eq!(ours.to_string(), theirs.to_string());
        }
        assert!(short::<(u8,)>("[1,2]").is_none(), "more than was asked for");
    }

    #[test]
    fn raw_values_and_strings_are_views() {
        let text = r#"{"a": {"x": [1]} , "b": "plain"}"#;
        let raw: BTreeMap<&str, &RawValue> = short(text).unwrap();
        assert_eq!((raw["a"].get(), raw["b"].get()), (r#"{"x": [1]}"#, r#""plain""#));
        assert!(text.as_bytes().as_ptr_range().contains(&raw["a"].get().as_ptr()));
        let some: Option<Vec<Option<u32>>> = short("[1,null]").unwrap();
        assert_eq!(some, Some(vec![Some(1), None]));
    }

    #[test]
    fn depth_is_bounded() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(from_str::<Value>(&deep).is_err());
    }
}
