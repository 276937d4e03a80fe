//! Signatures of thinking blocks. The simulator signs what it thinks and refuses thoughts that come back changed, as
//! the provider does, so that a gateway which does not carry them exactly is found out.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::random::{Random, hash};

const REDACTED: &str = "simulated-redacted-thinking:";

/// The signature of a thought; it looks like base64 and is as long as a short real one.
pub(crate) fn of(thinking: &str) -> String {
    let mut random = Random::new(hash(0x7469_6465, thinking.as_bytes()));
    let bytes: Vec<u8> = (0..9).flat_map(|_| random.next().to_le_bytes()).collect();
    STANDARD.encode(bytes)
}

/// A thought nobody can read: opaque data that carries its own check.
pub(crate) fn redact(thinking: &str) -> String {
    STANDARD.encode(format!("{REDACTED}{}", of(thinking)))
}

/// Whether this simulator could have made the redacted data.
pub(crate) fn is_redacted_by_us(data: &str) -> bool {
    let decoded = STANDARD.decode(data).unwrap_or_default();
    decoded.strip_prefix(REDACTED.as_bytes()).is_some_and(|rest| rest.len() == of("").len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_thought_has_another_signature() {
        assert_eq!(of("a thought"), of("a thought"));
        assert_ne!(of("a thought"), of("a thought "));
        assert!(is_redacted_by_us(&redact("secret")));
        assert!(!is_redacted_by_us("EsgCCioIERgC"));
    }
}
