//! Base64 of text, decoded: documents given inline by one dialect and as plain text by the other.

/// The text `base64` stands for; `None` when it is not base64, or not of UTF-8. White space and padding are read over.
pub(super) fn text(base64: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(base64.len() / 4 * 3 + 3);
    let (mut bits, mut count) = (0_u32, 0_u32);
    for byte in base64.bytes().filter(|b| !b.is_ascii_whitespace() && *b != b'=') {
        bits = (bits << 6) | u32::from(value(byte)?);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from((bits >> count) & 0xFF).ok()?);
        }
    }
    // Six bits left over cannot be part of a byte that was written.
    if count >= 6 { None } else { String::from_utf8(bytes).ok() }
}

const fn value(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_decoded_and_nonsense_is_not() {
        for (base64, expected) in
            [("aGk=", Some("hi")), ("aGk", Some("hi")), ("Z3LD\nvG4=", Some("grün")), ("", Some(""))]
        {
            assert_eq!(text(base64).as_deref(), expected, "{base64}");
        }
        for wrong in ["a", "a*b=", "/w=="] {
            assert_eq!(text(wrong), None, "{wrong}");
        }
    }
}
