//! Names, ids and opaque tokens made to fit this dialect and found again.
//!
//! Tool names and call ids may hold only letters, digits, `_` and `-`. Any other character `c` becomes `_uHEX_`, and so does the
//! first `_` of text that already looks like that, which keeps the mapping reversible. A signature another dialect issued is sealed
//! behind a prefix that says whose it is, so that it can go home when the client sends it back.

use ir::{Format, Opaque};
use std::borrow::Cow;
use stdx::Str;

/// The longest tool name this dialect takes.
pub(super) const NAME_MAX: usize = 128;

/// What a sealed token begins with; the format's name and a colon follow.
const SEAL: &str = "tidegate:";

fn is_legal(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

/// The character an escape at the start of `text` stands for, and the escape's length. Only what `escape` writes counts.
fn escaped(text: &str) -> Option<(char, usize)> {
    let digits = text.strip_prefix("_u")?;
    let end = digits.find('_').filter(|end| (2..=6).contains(end))?;
    let hex = digits.get(..end)?;
    if !hex.bytes().all(|b| b.is_ascii_digit() || (b'A'..=b'F').contains(&b)) {
        return None;
    }
    let c = char::from_u32(u32::from_str_radix(hex, 16).ok()?)?;
    (!is_legal(c) || c == '_').then_some((c, end + 3))
}

/// A name or id of legal characters only.
pub(super) fn escape(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_legal) && !text.contains("_u") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for (at, c) in text.char_indices() {
        let looks_escaped = c == '_' && text.get(at..).and_then(escaped).is_some();
        if is_legal(c) && !looks_escaped {
            out.push(c);
        } else {
            out.push_str(&format!("_u{:02X}_", u32::from(c)));
        }
    }
    Cow::Owned(out)
}

/// The name or id as it was before `escape`.
pub(super) fn unescape(text: Str) -> Str {
    if !text.contains("_u") {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest: &str = &text;
    while let Some(c) = rest.chars().next() {
        let (c, len) = escaped(rest).unwrap_or((c, c.len_utf8()));
        out.push(c);
        rest = rest.get(len..).unwrap_or_default();
    }
    out.into()
}

/// A signature or sealed thought as the client holds it: empty is none, a sealed one belongs to whom the seal names.
pub(super) fn opaque(token: Str) -> Option<Opaque> {
    if token.is_empty() {
        return None;
    }
    let home = token.strip_prefix(SEAL).and_then(|rest| rest.split_once(':')).and_then(|(name, token)| {
        let origin = Format::ALL.iter().copied().find(|format| format.name() == name)?;
        Some(Opaque { origin, token: token.into() })
    });
    Some(home.unwrap_or(Opaque { origin: super::ORIGIN, token }))
}

/// The text of a signature towards a client of this dialect.
pub(super) fn seal(opaque: &Opaque) -> Cow<'_, str> {
    if opaque.origin == super::ORIGIN {
        return Cow::Borrowed(&opaque.token);
    }
    Cow::Owned(format!("{SEAL}{}:{}", opaque.origin, opaque.token))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_comes_back_and_is_legal_on_the_way() {
        for name in
            ["get_weather", "functions.get:0", "ünder_u2E_x", "_u2E_", "_u5F_u2E_", "a_u", "", "😀", "x_u41_"]
        {
            let there = escape(name).into_owned();
            assert!(there.chars().all(is_legal), "{there}");
            assert_eq!(unescape(there.into()), name);
        }
        assert!(matches!(escape("get_user"), Cow::Owned(s) if s == "get_user"));
    }

    #[test]
    fn a_foreign_token_goes_home() {
        let foreign = Opaque { origin: Format::OpenAiChat, token: "a:b".into() };
        assert_eq!(opaque(seal(&foreign).into_owned().into()), Some(foreign));
        assert_eq!(opaque("sig".into()).unwrap().origin, Format::AnthropicMessages);
        assert_eq!(opaque("".into()), None);
    }
}
