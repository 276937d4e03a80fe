//! The name of one exchange: 26 characters that sort by time, as in the ULID specification.

use std::{fmt, time::Duration};

/// A request's id: 48 bits of milliseconds since 1970, then 80 bits of chance, in Crockford's base 32.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId([u8; 26]);

impl RequestId {
    /// Makes an id from the wall clock and two draws of an `Entropy`; of `low` only 16 bits are used.
    pub fn new(unix: Duration, high: u64, low: u64) -> Self {
        const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        let millis = u64::try_from(unix.as_millis()).unwrap_or(u64::MAX) & 0xFFFF_FFFF_FFFF;
        let bits = (u128::from(millis) << 80) | (u128::from(high) << 16) | u128::from(low & 0xFFFF);
        let mut text = [b'0'; 26];
        for (place, letter) in text.iter_mut().rev().enumerate() {
            let digit = (bits >> (5 * place)) & 31;
            *letter = ALPHABET.get(digit as usize).copied().unwrap_or(b'0');
        }
        Self(text)
    }

    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl Default for RequestId {
    fn default() -> Self {
        Self([b'0'; 26])
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time_and_carry_all_their_bits() {
        let early = RequestId::new(Duration::from_millis(1), u64::MAX, u64::MAX);
        let late = RequestId::new(Duration::from_millis(2), 0, 0);
        assert!(early < late);
        assert_eq!(early.as_str(), "0000000001ZZZZZZZZZZZZZZZZ");
        assert_eq!(late.as_str(), "00000000020000000000000000");
    }

    #[test]
    fn different_chance_gives_different_ids() {
        let at = Duration::from_secs(1_760_000_000);
        assert_ne!(RequestId::new(at, 1, 0), RequestId::new(at, 2, 0));
        assert_ne!(RequestId::new(at, 1, 1), RequestId::new(at, 1, 2));
    }
}
