//! Money as integer nano-USD, and prices per million units. No float ever touches either.

use std::{fmt, iter::Sum, ops::Add};

/// An amount in nano-USD (1 USD = 10⁹). Saturates instead of wrapping.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(i64);

impl Money {
    pub const ZERO: Self = Self(0);

    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// The amount in nano-USD.
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// Reads a decimal number of USD (`"0.15"`, `"3"`): at most nine decimals, so nothing is rounded.
    pub fn parse_usd(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || fraction.len() > 9 || !digits(whole) || !digits(fraction) {
            return None;
        }
        if text.ends_with('.') {
            return None;
        }
        let nanos = format!("{fraction:0<9}").parse::<i64>().ok()?;
        whole.parse::<i64>().ok()?.checked_mul(1_000_000_000)?.checked_add(nanos).map(Self)
    }
}

impl Add for Money {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}
impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}
impl fmt::Display for Money {
    /// Plain USD with the decimals it needs: `0.00015`, `12`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, nanos) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        let (whole, fraction) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
        if fraction == 0 {
            return write!(f, "{sign}{whole}");
        }
        let fraction = format!("{fraction:09}");
        write!(f, "{sign}{whole}.{}", fraction.trim_end_matches('0'))
    }
}

/// What a million units cost, in nano-USD. `PerMillion(150_000_000)` is $0.15 a million.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PerMillion(pub u64);

/// Sums lines of `units × price` exactly and rounds half up once, at the end.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bill {
    micro_nanos: u128,
}

impl Bill {
    /// Adds `units` at `price` a million.
    pub fn add(&mut self, units: u64, price: PerMillion) {
        self.micro_nanos = self.micro_nanos.saturating_add(u128::from(units) * u128::from(price.0));
    }

    /// Adds an amount that does not depend on units: a fee per call.
    pub fn add_fee(&mut self, fee: Money) {
        self.micro_nanos = self.micro_nanos.saturating_add(fee.0.max(0).unsigned_abs() as u128 * 1_000_000);
    }

    pub fn total(self) -> Money {
        Money(i64::try_from(self.micro_nanos.saturating_add(500_000) / 1_000_000).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usd_text_is_read_exactly_or_not_at_all() {
        assert_eq!(Money::parse_usd("0.15"), Some(Money::from_nanos(150_000_000)));
        assert_eq!(Money::parse_usd("3"), Some(Money::from_nanos(3_000_000_000)));
        for wrong in ["", ".5", "1.", "-1", "1e3", "0.0000000001", "1.2.3", "99999999999999"] {
            assert_eq!(Money::parse_usd(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn rounding_happens_once() {
        let mut bill = Bill::default();
        for _ in 0..3 {
            bill.add(1, PerMillion(333_333));
        }
        assert_eq!(
            bill.total(),
            Money::from_nanos(1),
            "0.999999 nano-USD rounds to one, not three times to zero"
        );
    }

    #[test]
    fn amounts_print_as_plain_usd() {
        assert_eq!(Money::from_nanos(150_000).to_string(), "0.00015");
        assert_eq!(Money::from_nanos(-12_000_000_000).to_string(), "-12");
    }
}
