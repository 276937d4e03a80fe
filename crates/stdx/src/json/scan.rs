//! The scanner: one pass over a JSON text, without recursion or allocation.

use super::{block::plain_len, string::unescape};
use std::{borrow::Cow, fmt, ops::Range};

/// How deep objects and arrays may nest. Deeper text is refused, wherever it stands.
pub const MAX_DEPTH: usize = 512;

/// What a value is, told by its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Object,
    Array,
    String,
    Number,
    Bool,
    Null,
}

/// Text that is not JSON: where, and what is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bad {
    /// Byte offset.
    pub at: usize,
    pub what: &'static str,
}

impl fmt::Display for Bad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.what, self.at)
    }
}
impl std::error::Error for Bad {}

/// One member of an object, by its place in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The name with its quotes.
    pub key: Range<usize>,
    pub value: Range<usize>,
    pub kind: Kind,
}

impl Member {
    /// The member's name, escapes decoded; `None` when it is not text. `text` is what was scanned.
    pub fn name<'a>(&self, text: &'a [u8]) -> Option<Cow<'a, str>> {
        unescape(text.get(self.key.start + 1..self.key.end - 1)?)
    }

    /// The member's name as written, without quotes.
    pub fn raw_name<'a>(&self, text: &'a [u8]) -> &'a [u8] {
        text.get(self.key.start + 1..self.key.end - 1).unwrap_or_default()
    }

    pub fn raw_value<'a>(&self, text: &'a [u8]) -> &'a [u8] {
        text.get(self.value.clone()).unwrap_or_default()
    }

    /// The value's text where it is a string.
    pub fn string<'a>(&self, text: &'a [u8]) -> Option<Cow<'a, str>> {
        if self.kind != Kind::String {
            return None;
        }
        unescape(text.get(self.value.start + 1..self.value.end - 1)?)
    }
}

/// The kind of the value that starts with `first`.
pub const fn kind_at(first: u8) -> Option<Kind> {
    match first {
        b'{' => Some(Kind::Object),
        b'[' => Some(Kind::Array),
        b'"' => Some(Kind::String),
        b'-' | b'0'..=b'9' => Some(Kind::Number),
        b't' | b'f' => Some(Kind::Bool),
        b'n' => Some(Kind::Null),
        _ => None,
    }
}

/// Checks that `text` is one JSON value in UTF-8 and nothing else.
pub fn validate(text: &[u8]) -> Result<Kind, Bad> {
    validate_within(text, MAX_DEPTH)
}

/// The same with a lower limit of depth, for text whose parts are going to stand deeper in another one.
pub fn validate_within(text: &[u8], depth: usize) -> Result<Kind, Bad> {
    let mut scanner = Scanner::new(text);
    scanner.space();
    let kind = scanner.kind()?;
    scanner.value(MAX_DEPTH.saturating_sub(depth))?;
    scanner.end()?;
    Ok(kind)
}

/// Visits the members of the object that is the whole of `text`, and checks all of it: syntax, UTF-8, nothing after the object.
/// UTF-8 is known to be good only when this returns; what a visitor takes must not be used before.
/// Returns the object's own span.
pub fn members(text: &[u8], visit: &mut dyn FnMut(&Member)) -> Result<Range<usize>, Bad> {
    let mut scanner = Scanner::new(text);
    scanner.space();
    let start = scanner.at;
    scanner.object(visit)?;
    let end = scanner.at;
    scanner.end()?;
    Ok(start..end)
}

/// Visits the members of the object at `span` of a text; spans are relative to `text`. For parts of a text that is known to be valid.
pub fn members_in(text: &[u8], span: Range<usize>, visit: &mut dyn FnMut(&Member)) -> Result<(), Bad> {
    let mut scanner = Scanner::new(text.get(..span.end).unwrap_or(text));
    scanner.at = span.start;
    scanner.object(visit)
}

/// Visits the elements of the array at `span` of a text; spans are relative to `text`.
pub fn elements(
    text: &[u8],
    span: Range<usize>,
    visit: &mut dyn FnMut(Range<usize>, Kind),
) -> Result<(), Bad> {
    let mut scanner = Scanner::new(text.get(..span.end).unwrap_or(text));
    scanner.at = span.start;
    scanner.expect(b'[', "expected an array")?;
    scanner.space();
    if scanner.take(b']') {
        return Ok(());
    }
    loop {
        scanner.space();
        let (start, kind) = (scanner.at, scanner.kind()?);
        scanner.value(1)?;
        visit(start..scanner.at, kind);
        scanner.space();
        if scanner.take(b']') {
            return Ok(());
        }
        scanner.expect(b',', "expected `,` or `]`")?;
    }
}

pub(super) struct Scanner<'a> {
    text: &'a [u8],
    pub(super) at: usize,
    /// All bytes of strings, or'ed: whether there is anything but ASCII.
    high: u8,
}

/// Which of `{` and `[` the open brackets are, one bit each.
#[derive(Default)]
struct Stack {
    objects: [u64; MAX_DEPTH / 64],
    depth: usize,
}

impl Stack {
    fn push(&mut self, object: bool) {
        if let Some(word) = self.objects.get_mut(self.depth / 64) {
            let bit = 1_u64 << (self.depth % 64);
            *word = if object { *word | bit } else { *word & !bit };
        }
        self.depth += 1;
    }

    /// Whether the innermost bracket is an object's; `None` when none is open.
    fn top(&self) -> Option<bool> {
        let index = self.depth.checked_sub(1)?;
        let word = self.objects.get(index / 64)?;
        Some(word >> (index % 64) & 1 == 1)
    }
}

impl<'a> Scanner<'a> {
    pub(super) const fn new(text: &'a [u8]) -> Self {
        Self { text, at: 0, high: 0 }
    }

    const fn bad(&self, what: &'static str) -> Bad {
        Bad { at: self.at, what }
    }

    #[inline]
    fn peek(&self) -> u8 {
        // NUL is legal nowhere outside strings, so it can stand for the end.
        self.text.get(self.at).copied().unwrap_or(0)
    }

    #[inline]
    pub(super) fn space(&mut self) {
        while matches!(self.peek(), b' ' | b'\n' | b'\r' | b'\t') {
            self.at += 1;
        }
    }

    #[inline]
    pub(super) fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == byte;
        self.at += usize::from(found);
        found
    }

    #[inline]
    pub(super) fn expect(&mut self, byte: u8, what: &'static str) -> Result<(), Bad> {
        if self.take(byte) { Ok(()) } else { Err(self.bad(what)) }
    }

    pub(super) fn kind(&self) -> Result<Kind, Bad> {
        kind_at(self.peek()).ok_or_else(|| self.bad(self.no_value()))
    }

    const fn no_value(&self) -> &'static str {
        if self.at >= self.text.len() { "unexpected end of JSON" } else { "expected a JSON value" }
    }

    /// Nothing but space may follow, and all of it must have been UTF-8.
    fn end(&mut self) -> Result<(), Bad> {
        self.space();
        if self.at < self.text.len() {
            return Err(self.bad("unexpected text after the JSON value"));
        }
        if self.high >= 0x80
            && let Err(wrong) = simdutf8::compat::from_utf8(self.text)
        {
            return Err(Bad { at: wrong.valid_up_to(), what: "invalid UTF-8" });
        }
        Ok(())
    }

    fn object(&mut self, visit: &mut dyn FnMut(&Member)) -> Result<(), Bad> {
        self.expect(b'{', "expected a JSON object")?;
        self.space();
        if self.take(b'}') {
            return Ok(());
        }
        loop {
            self.space();
            let key = self.at;
            self.string("expected a member name in quotes")?;
            let key = key..self.at;
            self.colon()?;
            let (start, kind) = (self.at, self.kind()?);
            self.value(1)?;
            visit(&Member { key, value: start..self.at, kind });
            self.space();
            if self.take(b'}') {
                return Ok(());
            }
            self.expect(b',', "expected `,` or `}`")?;
        }
    }

    #[inline]
    pub(super) fn colon(&mut self) -> Result<(), Bad> {
        self.space();
        self.expect(b':', "expected `:`")?;
        self.space();
        Ok(())
    }

    /// Skips one value, `outer` brackets deep already.
    pub(super) fn value(&mut self, outer: usize) -> Result<(), Bad> {
        let mut open = Stack::default();
        loop {
            // Here a value begins.
            let byte = self.peek();
            match byte {
                b'"' => {
                    self.string("")?;
                }
                b'{' | b'[' => {
                    if open.depth + outer >= MAX_DEPTH {
                        return Err(self.bad("nested too deeply"));
                    }
                    let object = byte == b'{';
                    self.at += 1;
                    self.space();
                    if !self.take(if object { b'}' } else { b']' }) {
                        open.push(object);
                        if object {
                            self.name()?;
                        }
                        continue;
                    }
                }
                b'-' | b'0'..=b'9' => self.number()?,
                b't' => self.word(b"true")?,
                b'f' => self.word(b"false")?,
                b'n' => self.word(b"null")?,
                _ => return Err(self.bad(self.no_value())),
            }
            // Here a value has ended: close brackets until another one follows.
            if !self.next_value(&mut open)? {
                return Ok(());
            }
        }
    }

    /// After a value: true when another follows inside the brackets that are open, false when all are closed.
    fn next_value(&mut self, open: &mut Stack) -> Result<bool, Bad> {
        loop {
            let Some(object) = open.top() else { return Ok(false) };
            self.space();
            match (self.peek(), object) {
                (b',', _) => {
                    self.at += 1;
                    self.space();
                    if object {
                        self.name()?;
                    }
                    return Ok(true);
                }
                (b'}', true) | (b']', false) => {
                    self.at += 1;
                    open.depth -= 1;
                }
                (_, true) => return Err(self.bad("expected `,` or `}`")),
                (_, false) => return Err(self.bad("expected `,` or `]`")),
            }
        }
    }

    fn name(&mut self) -> Result<(), Bad> {
        self.string("expected a member name in quotes")?;
        self.colon()
    }

    /// Skips a string; true when it has escapes.
    #[inline]
    pub(super) fn string(&mut self, otherwise: &'static str) -> Result<bool, Bad> {
        self.expect(b'"', otherwise)?;
        let mut escaped = false;
        loop {
            self.at += plain_len(self.text.get(self.at..).unwrap_or_default(), &mut self.high);
            match self.text.get(self.at) {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(escaped);
                }
                Some(b'\\') => {
                    self.escape()?;
                    escaped = true;
                }
                Some(_) => return Err(self.bad("control character in a string")),
                None => return Err(self.bad("unexpected end of JSON in a string")),
            }
        }
    }

    fn escape(&mut self) -> Result<(), Bad> {
        match self.text.get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 2,
            Some(b'u') => {
                let digits = self.text.get(self.at + 2..self.at + 6).unwrap_or_default();
                if digits.len() < 4 || !digits.iter().all(u8::is_ascii_hexdigit) {
                    return Err(self.bad("expected four hexadecimal digits after `\\u`"));
                }
                self.at += 6;
            }
            _ => return Err(self.bad("unknown escape in a string")),
        }
        Ok(())
    }

    pub(super) fn number(&mut self) -> Result<(), Bad> {
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if matches!(self.peek(), b'e' | b'E') {
            self.at += 1;
            if matches!(self.peek(), b'+' | b'-') {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Bad> {
        let start = self.at;
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
        if self.at == start { Err(self.bad("expected a digit")) } else { Ok(()) }
    }

    fn word(&mut self, word: &[u8]) -> Result<(), Bad> {
        if !self.text.get(self.at..).unwrap_or_default().starts_with(word) {
            return Err(self.bad("expected a JSON value"));
        }
        self.at += word.len();
        Ok(())
    }
}
