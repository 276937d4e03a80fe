//! `250ms`, `30s`, `1.5m`, `2h` and ranges of them, `100ms..5s`.

use std::time::Duration;

use super::{number_and_unit, scaled};

/// What a duration looks like, for error messages.
const FORM: &str = "a duration is a number and a unit, ms, s, m, h or d, such as `250ms` or `30s`";

/// Far longer than any timeout, and short enough that adding it to a clock cannot overflow.
const LONGEST: Duration = Duration::from_secs(366 * 86_400);

/// Reads a duration, exact to the microsecond and at most a year.
///
/// # Errors
/// Says what a duration looks like, or which bound it passed.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = number_and_unit(text.trim()).ok_or(FORM)?;
    let micros = match unit {
        "us" | "µs" => 1,
        "ms" => 1_000,
        "s" => 1_000_000,
        "m" | "min" => 60_000_000,
        "h" => 3_600_000_000,
        "d" => 86_400_000_000,
        "" if number == "0" => 1,
        "" => return Err(format!("a unit is missing: write `{number}s` for seconds or `{number}ms`")),
        _ => return Err(FORM.to_owned()),
    };
    let value = scaled(number, micros).map(Duration::from_micros);
    match value {
        Some(value) if value <= LONGEST => Ok(value),
        Some(_) => Err("a duration is at most 366d".to_owned()),
        None => Err("a duration is exact to the microsecond and at most 366d".to_owned()),
    }
}

/// Reads `shorter..longer`, or one duration as both ends.
///
/// # Errors
/// As [`parse_duration`], or that the ends are the wrong way round.
pub(crate) fn parse_range(text: &str) -> Result<(Duration, Duration), String> {
    let (from, to) = text.split_once("..").unwrap_or((text, text));
    let (from, to) = (parse_duration(from)?, parse_duration(to)?);
    if from > to {
        return Err("a range goes from the shorter to the longer, such as `100ms..5s`".to_owned());
    }
    Ok((from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_exactly() {
        for (text, micros) in
            [("250ms", 250_000), ("30s", 30_000_000), ("1.5m", 90_000_000), ("2h", 7_200_000_000), ("0", 0)]
        {
            assert_eq!(parse_duration(text), Ok(Duration::from_micros(micros)), "{text}");
        }
    }

    #[test]
    fn a_wrong_duration_says_what_would_be_right() {
        assert_eq!(parse_duration("30").unwrap_err(), "a unit is missing: write `30s` for seconds or `30ms`");
        for text in ["", "s", "1.s", "1..2s", "-1s", "1 fortnight", "1e3s", "٣s"] {
            assert_eq!(parse_duration(text).unwrap_err(), FORM, "{text}");
        }
        for text in ["367d", "0.0000001s", "99999999999999999999h"] {
            assert!(parse_duration(text).unwrap_err().contains("at most 366d"), "{text}");
        }
    }

    #[test]
    fn a_range_has_its_ends_in_order() {
        assert_eq!(parse_range("1s..2s"), Ok((Duration::from_secs(1), Duration::from_secs(2))));
        assert_eq!(parse_range("1s"), Ok((Duration::from_secs(1), Duration::from_secs(1))));
        assert!(parse_range("2s..1s").unwrap_err().contains("100ms..5s"));
    }
}
