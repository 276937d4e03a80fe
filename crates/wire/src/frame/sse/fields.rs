//! What stands in a frame: its event name and its data.

use memchr::memchr2;
use std::borrow::Cow;

/// The two fields of a frame anybody here reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields<'a> {
    /// `event:`, empty when absent.
    pub event: &'a [u8],
    /// `data:`; `None` when there was no such line (a comment, a blank frame).
    pub data: Option<Cow<'a, [u8]>>,
}

/// Reads one frame, without its byte order mark or with it.
pub fn fields(frame: &[u8]) -> Fields<'_> {
    let mut rest = frame.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(frame);
    let mut fields = Fields::default();
    while !rest.is_empty() {
        // A CRLF shows as a line and a blank one, which is read over.
        let end = memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        let (line, tail) = rest.split_at(end);
        rest = tail.get(1..).unwrap_or_default();
        if let Some(value) = value_of(line, b"data") {
            fields.data = Some(match fields.data.take() {
                None => Cow::Borrowed(value),
                Some(before) => {
                    let mut joined = before.into_owned();
                    joined.push(b'\n');
                    joined.extend_from_slice(value);
                    Cow::Owned(joined)
                }
            });
        } else if let Some(value) = value_of(line, b"event") {
            fields.event = value;
        }
    }
    fields
}

/// The value of `line` if its field is `name`: after the colon, and one space if there is one.
fn value_of<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let rest = line.strip_prefix(name)?;
    match rest.split_first() {
        None => Some(rest),
        Some((b':', value)) => Some(value.strip_prefix(b" ").unwrap_or(value)),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_as_the_standard_says() {
        let read = |frame: &'static str| {
            let fields = fields(frame.as_bytes());
            let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
            (text(fields.event), fields.data.as_deref().map(text))
        };
        assert_eq!(read("data: {}\n\n"), (String::new(), Some("{}".into())));
        assert_eq!(read("\u{feff}event:ping\r\ndata:  x\r\n\r\n"), ("ping".into(), Some(" x".into())));
        assert_eq!(read("data: a\rdata\rdata:b\r\r"), (String::new(), Some("a\n\nb".into())));
        assert_eq!(read(": hello\n\n"), (String::new(), None));
        assert_eq!(read("id: 1\nretry: 5\ndatax: 1\n\n"), (String::new(), None));
        assert_eq!(read("\n"), (String::new(), None));
    }
}
