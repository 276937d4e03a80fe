//! The insides of JSON strings: decoding escapes, and writing them.

use bytes::BufMut;
use std::borrow::Cow;

/// The text a JSON string stands for; `raw` is what stands between its quotes, syntax already checked.
/// `None` when it is not text: half of a surrogate pair, or not UTF-8.
pub fn unescape(raw: &[u8]) -> Option<Cow<'_, str>> {
    let raw = simdutf8::basic::from_utf8(raw).ok()?;
    let Some(first) = memchr::memchr(b'\\', raw.as_bytes()) else {
        return Some(Cow::Borrowed(raw));
    };
    let (plain, mut rest) = raw.split_at_checked(first)?;
    let mut text = String::with_capacity(raw.len());
    text.push_str(plain);
    while let Some(escape) = rest.strip_prefix('\\') {
        let (letter, tail) = escape.split_at_checked(1)?;
        rest = match letter {
            "u" => push_unicode(tail, &mut text)?,
            _ => {
                text.push(match letter {
                    "n" => '\n',
                    "t" => '\t',
                    "r" => '\r',
                    "b" => '\u{8}',
                    "f" => '\u{c}',
                    "\"" => '"',
                    "\\" => '\\',
                    "/" => '/',
                    _ => return None,
                });
                tail
            }
        };
        let plain = memchr::memchr(b'\\', rest.as_bytes()).unwrap_or(rest.len());
        let (plain, tail) = rest.split_at_checked(plain)?;
        text.push_str(plain);
        rest = tail;
    }
    Some(Cow::Owned(text))
}

/// Decodes the four digits after `\u`, and a second half where the first asks for one.
fn push_unicode<'a>(digits: &'a str, text: &mut String) -> Option<&'a str> {
    let (high, rest) = hex4(digits)?;
    let (code, rest) = if (0xD800..0xDC00).contains(&high) {
        let (low, rest) = hex4(rest.strip_prefix("\\u")?)?;
        if !(0xDC00..0xE000).contains(&low) {
            return None;
        }
        (0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00), rest)
    } else {
        (high, rest)
    };
    text.push(char::from_u32(code)?);
    Some(rest)
}

fn hex4(text: &str) -> Option<(u32, &str)> {
    let (digits, rest) = text.split_at_checked(4)?;
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    Some((u32::from_str_radix(digits, 16).ok()?, rest))
}

/// Appends `text` as a JSON string, quotes included; only what must be escaped is.
pub fn escape_into(text: &str, out: &mut impl BufMut) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let mut rest = text.as_bytes();
    out.put_u8(b'"');
    loop {
        let plain = super::block::clean_len(rest);
        let (before, tail) = rest.split_at(plain);
        out.put_slice(before);
        let Some((&byte, tail)) = tail.split_first() else { break };
        match byte {
            b'"' | b'\\' => out.put_slice(&[b'\\', byte]),
            b'\n' => out.put_slice(b"\\n"),
            b'\r' => out.put_slice(b"\\r"),
            b'\t' => out.put_slice(b"\\t"),
            _ => {
                let digit = |nibble: u8| HEX.get(usize::from(nibble)).copied().unwrap_or(b'0');
                out.put_slice(&[b'\\', b'u', b'0', b'0', digit(byte >> 4), digit(byte & 15)]);
            }
        }
        rest = tail;
    }
    out.put_u8(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_decoded() {
        let decode = |raw: &str| unescape(raw.as_bytes()).map(Cow::into_owned);
        assert_eq!(decode(r"gpt-4\u002e1").as_deref(), Some("gpt-4.1"));
        assert_eq!(decode(r#"\"\\\/\b\f\n\r\t"#).as_deref(), Some("\"\\/\u{8}\u{c}\n\r\t"));
        assert_eq!(decode(r"\ud83d\ude00 ok").as_deref(), Some("😀 ok"));
        for half in [r"\ud83d", r"\ud83dx", r"\ude00", r"\ud83d\u0041", r"\u+041", r"\u00"] {
            assert_eq!(decode(half), None, "{half}");
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let hard: String = (0..0x80_u8).map(char::from).chain("ü😀\u{2028}".chars()).collect();
        let mut json = Vec::new();
        escape_into(&hard, &mut json);
        assert_eq!(serde_json::from_slice::<String>(&json).unwrap(), hard);
        assert_eq!(unescape(&json[1..json.len() - 1]).unwrap(), hard.as_str());
    }
}
