//! Reading one owned field: its type must be right and it must stand there once, or the request is refused.
//! Two readers may disagree about which of two `model`s counts; what was checked here must be what the provider sees.

use crate::BadBody;
use std::ops::Range;
use stdx::{
    Str,
    json::{Kind, Member},
};

/// A field that may stand in a body once.
#[derive(Debug)]
pub(super) struct Once<T> {
    pub(super) value: T,
    pub(super) span: Range<usize>,
}

/// Puts `value` into `slot`, unless the field was there before.
pub(super) fn put<T>(
    slot: &mut Option<Once<T>>,
    name: &str,
    member: &Member,
    value: T,
) -> Result<(), BadBody> {
    if slot.is_some() {
        return Err(BadBody::new(name.to_string(), format!("`{name}` stands more than once; give it once")));
    }
    *slot = Some(Once { value, span: member.value.clone() });
    Ok(())
}

fn wrong(name: &str, expected: &str) -> BadBody {
    BadBody::new(name.to_string(), format!("`{name}` must be {expected}"))
}

/// A string that is text.
pub(super) fn text(body: &[u8], member: &Member, name: &str) -> Result<Str, BadBody> {
    member.string(body).map(Str::from).ok_or_else(|| wrong(name, "a string"))
}

/// A string; null is as good as absent.
pub(super) fn text_or_null(body: &[u8], member: &Member, name: &str) -> Result<Option<Str>, BadBody> {
    if member.kind == Kind::Null { Ok(None) } else { text(body, member, name).map(Some) }
}

/// A boolean; null is as good as false.
pub(super) fn flag(body: &[u8], member: &Member, name: &str) -> Result<bool, BadBody> {
    match member.kind {
        Kind::Bool => Ok(member.raw_value(body) == b"true"),
        Kind::Null => Ok(false),
        _ => Err(wrong(name, "true or false")),
    }
}

/// A whole number from 0 up; null is as good as absent. `1e3` and `1000.0` are whole numbers, too.
pub(super) fn count_or_null(body: &[u8], member: &Member, name: &str) -> Result<Option<u64>, BadBody> {
    match member.kind {
        Kind::Null => Ok(None),
        Kind::Number => {
            count(member.raw_value(body)).map(Some).ok_or_else(|| wrong(name, "a whole number from 0 up"))
        }
        _ => Err(wrong(name, "a whole number from 0 up")),
    }
}

/// The whole number a JSON number stands for, if it does. Numbers beyond 2⁵³ must be written as integers.
pub(crate) fn count(raw: &[u8]) -> Option<u64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let text = std::str::from_utf8(raw).ok()?;
    if let Ok(count) = text.parse() {
        return Some(count);
    }
    let number: f64 = text.parse().ok()?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to be a whole number in range"
    )]
    let whole = (number.fract() == 0.0 && (0.0..=EXACT).contains(&number)).then_some(number as u64);
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_read_however_they_are_written() {
        assert_eq!(count(b"12"), Some(12));
        assert_eq!(count(b"1e3"), Some(1000));
        assert_eq!(count(b"5.0"), Some(5));
        for wrong in ["-1", "1.5", "1e400", "99999999999999999999"] {
            assert_eq!(count(wrong.as_bytes()), None, "{wrong}");
        }
    }
}
