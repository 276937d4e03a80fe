//! Texts that mean quantities: read exactly, in integers, with errors that name what would be right.

mod duration;
mod money;
pub(crate) mod schema;
mod size;

pub(crate) use duration::{parse_duration, parse_range};
pub(crate) use money::{parse_money, parse_rate};
pub(crate) use size::parse_size;
pub use stdx::Cidr;

/// Splits a text into its leading decimal number (`12`, `1.5`) and the unit behind it.
fn number_and_unit(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let digits = number.starts_with(|c: char| c.is_ascii_digit()) && !number.ends_with('.');
    (digits && number.matches('.').count() <= 1).then(|| (number, unit.trim_start()))
}

/// `number` times `scale`, if that is a whole number that fits.
fn scaled(number: &str, scale: u64) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let parts = 10_u128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let digits = format!("{whole}{fraction}").parse::<u128>().ok()?;
    let product = digits.checked_mul(u128::from(scale))?;
    (product % parts == 0).then(|| u64::try_from(product / parts).ok())?
}
