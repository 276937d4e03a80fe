//! `64KiB`, `32MiB`, `10MB`.

use super::{number_and_unit, scaled};

/// What a size looks like, for error messages.
const FORM: &str = "a size is a number and a unit, such as `64KiB`, `32MiB` or `10MB`";

/// Reads a size in bytes.
///
/// # Errors
/// Says what a size looks like, or that it does not fit.
pub(crate) fn parse_size(text: &str) -> Result<u64, String> {
    let (number, unit) = number_and_unit(text.trim()).ok_or(FORM)?;
    let bytes = match unit.to_ascii_lowercase().as_str() {
        "b" | "" => 1,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        "k" | "m" | "g" => {
            let unit = unit.to_ascii_uppercase();
            return Err(format!(
                "`{unit}` is ambiguous: write `{number}{unit}iB` (powers of 1,024) or `{number}{unit}B`"
            ));
        }
        _ => return Err(FORM.to_owned()),
    };
    scaled(number, bytes)
        .filter(|size| i64::try_from(*size).is_ok())
        .ok_or_else(|| "a size is a whole number of bytes below 8EiB".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_exactly() {
        for (text, bytes) in
            [("512", 512), ("64KiB", 65_536), ("1.5 MiB", 1_572_864), ("10MB", 10_000_000), ("2kB", 2_000)]
        {
            assert_eq!(parse_size(text), Ok(bytes), "{text}");
        }
    }

    #[test]
    fn a_wrong_size_says_what_would_be_right() {
        assert!(parse_size("32M").unwrap_err().contains("write `32MiB`"));
        assert!(parse_size("0.3KiB").unwrap_err().contains("whole number of bytes"));
        for text in ["", "MiB", "1 barrel", "-1", "1_000"] {
            assert_eq!(parse_size(text).unwrap_err(), FORM, "{text}");
        }
    }
}
