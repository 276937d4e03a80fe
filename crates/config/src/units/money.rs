//! US dollars as decimals, kept as integer nano-dollars: no float ever touches a price.

use stdx::Money;
use stdx::money::PerMillion;

/// More than any price.
const MOST: Money = Money::from_nanos(1_000_000 * 1_000_000_000);

/// Reads an amount in dollars.
///
/// # Errors
/// Says what an amount looks like, or which bound it passed.
pub(crate) fn parse_money(text: &str) -> Result<Money, String> {
    let amount = Money::parse_usd(text.trim()).ok_or_else(|| {
        "an amount is a decimal number of US dollars with at most nine decimals, without sign or unit, such as `2.50`"
            .to_owned()
    })?;
    if amount > MOST {
        return Err("an amount is at most 1000000 USD".to_owned());
    }
    Ok(amount)
}

/// Reads the price of a million tokens in dollars.
///
/// # Errors
/// As [`parse_money`].
pub(crate) fn parse_rate(text: &str) -> Result<PerMillion, String> {
    let amount = parse_money(text)?;
    u64::try_from(amount.nanos()).map(PerMillion).map_err(|_| "an amount is not negative".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_exact() {
        assert_eq!(parse_rate("2.50"), Ok(PerMillion(2_500_000_000)));
        assert_eq!(parse_rate("0.000000001"), Ok(PerMillion(1)));
        assert_eq!(parse_rate("0"), Ok(PerMillion(0)));
    }

    #[test]
    fn a_wrong_amount_says_what_would_be_right() {
        for text in ["$2", "-1", "1e-6", "", "2,5", "2.5 USD", "0.0000000001"] {
            assert!(parse_money(text).unwrap_err().contains("such as `2.50`"), "{text}");
        }
        assert!(parse_money("1000001").unwrap_err().contains("at most 1000000"));
    }
}
