//! RFC 3339 in UTC with microseconds. The second's text is kept, since most lines share it with the last one.

/// Formats timestamps; remembers the last second.
#[derive(Debug, Default)]
pub(crate) struct Stamp {
    second: Option<u64>,
    text: [u8; 20],
}

impl Stamp {
    /// Appends `2026-11-21T06:30:27.123456Z` for µs since 1970.
    pub(crate) fn write(&mut self, micros: u64, out: &mut Vec<u8>) {
        let (second, rest) = (micros / 1_000_000, micros % 1_000_000);
        if self.second != Some(second) {
            self.text = text(second);
            self.second = Some(second);
        }
        out.extend_from_slice(&self.text);
        digits(rest, 6, out);
        out.push(b'Z');
    }
}

/// The time up to and with the point before the fraction.
fn text(second: u64) -> [u8; 20] {
    let (year, month, day) = civil(second / 86_400);
    let of_day = second % 86_400;
    let mut out = Vec::with_capacity(20);
    let fields = [
        (year, 4, b'-'),
        (month, 2, b'-'),
        (day, 2, b'T'),
        (of_day / 3600, 2, b':'),
        (of_day / 60 % 60, 2, b':'),
    ];
    for (value, width, after) in fields {
        digits(value, width, &mut out);
        out.push(after);
    }
    digits(of_day % 60, 2, &mut out);
    out.push(b'.');
    out.try_into().unwrap_or(*b"0000-00-00T00:00:00.")
}

/// The last `width` decimal digits of a number.
fn digits(value: u64, width: u32, out: &mut Vec<u8>) {
    for place in (0..width).rev() {
        let digit = value / 10_u64.pow(place) % 10;
        out.push(b'0' + u8::try_from(digit).unwrap_or(0));
    }
}

/// Year, month and day of a day number since 1970-01-01, after Howard Hinnant's "chrono-compatible low-level
/// date algorithms" (days_from_civil reversed).
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(micros: u64) -> String {
        let mut out = Vec::new();
        Stamp::default().write(micros, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn known_moments_are_written_as_known() {
        assert_eq!(stamp(0), "1970-01-01T00:00:00.000000Z");
        assert_eq!(stamp(951_827_696_000_001), "2000-02-29T12:34:56.000001Z");
        assert_eq!(stamp(1_709_251_199_999_999), "2024-02-29T23:59:59.999999Z");
        assert_eq!(stamp(1_760_000_000_000_000), "2025-10-09T08:53:20.000000Z");
        assert_eq!(stamp(4_102_444_800_500_000), "2100-01-01T00:00:00.500000Z");
    }

    #[test]
    fn the_remembered_second_is_renewed() {
        let (mut stamp, mut out) = (Stamp::default(), Vec::new());
        for micros in [999_999, 1_000_000, 999_999] {
            stamp.write(micros, &mut out);
            out.push(b' ');
        }
        let text = String::from_utf8(out).unwrap();
        let seconds: Vec<_> = text.split_whitespace().map(|t| &t[17..]).collect();
        assert_eq!(seconds, ["00.999999Z", "01.000000Z", "00.999999Z"]);
    }
}
