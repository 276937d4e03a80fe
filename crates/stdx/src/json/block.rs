//! Skipping the plain bytes of a string, many at a time. The block loops are written so that the compiler turns
//! them into vector instructions; the exact place inside a block is found eight bytes at a time.

const BLOCK: usize = 64;
const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// How many bytes at the start of `bytes` are neither `"` nor `\` nor a control character.
/// Bytes above 0x7f are plain here; `high` gets their top bit, so that the caller knows whether to check UTF-8.
pub(super) fn plain_len(bytes: &[u8], high: &mut u8) -> usize {
    let mut len = 0;
    // Most strings of a chat body are either very short or very long: look at the first word before setting up blocks.
    let mut rest = bytes;
    if let Some((word, _)) = rest.split_first_chunk::<8>() {
        let found = special(u64::from_le_bytes(*word));
        if found != 0 {
            let skipped = first(found);
            *high |= fold(word.get(..skipped).unwrap_or_default());
            return skipped;
        }
    }
    while let Some((block, tail)) = rest.split_first_chunk::<BLOCK>() {
        let (mut stop, mut all) = (0_u8, 0_u8);
        for &byte in block {
            stop |= u8::from(byte == b'"') | u8::from(byte == b'\\') | u8::from(byte < 0x20);
            all |= byte;
        }
        if stop != 0 {
            break;
        }
        *high |= all;
        len += BLOCK;
        rest = tail;
    }
    while let Some((word, tail)) = rest.split_first_chunk::<8>() {
        let value = u64::from_le_bytes(*word);
        let found = special(value);
        if found != 0 {
            let skipped = first(found);
            *high |= fold(word.get(..skipped).unwrap_or_default());
            return len + skipped;
        }
        *high |= u8::from(value & HIGH != 0) << 7;
        len += 8;
        rest = tail;
    }
    let skipped = rest.iter().take_while(|&&byte| byte != b'"' && byte != b'\\' && byte >= 0x20).count();
    *high |= fold(rest.get(..skipped).unwrap_or_default());
    len + skipped
}

fn fold(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |all, byte| all | byte)
}

/// The top bit of every byte that stops a string; exact for the lowest one, which is the one that is used.
/// (The borrow of the subtractions only runs upwards, past the first hit.)
const fn special(word: u64) -> u64 {
    let quote = word ^ (ONES * b'"' as u64);
    let slash = word ^ (ONES * b'\\' as u64);
    let zero_quote = quote.wrapping_sub(ONES) & !quote;
    let zero_slash = slash.wrapping_sub(ONES) & !slash;
    let control = word.wrapping_sub(ONES * 0x20) & !word;
    (zero_quote | zero_slash | control) & HIGH
}

const fn first(found: u64) -> usize {
    (found.trailing_zeros() / 8) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stop_is_found_at_every_place() {
        for len in 0..200 {
            for stop in [b'"', b'\\', 0_u8, 0x1f, b'\n'] {
                for filler in [b'a', b' ', b'!', b'#', b'[', b']', 0x7f, 0x80, 0xff, 0xdc, 0xa2] {
                    let mut text = vec![filler; len];
                    text.push(stop);
                    text.extend([b'"'; 70]);
                    let mut high = 0;
                    assert_eq!(plain_len(&text, &mut high), len, "{stop} after {len} of {filler}");
                    assert_eq!(high & 0x80 != 0, len > 0 && filler >= 0x80);
                }
            }
        }
    }

    #[test]
    fn text_without_a_stop_is_plain_to_its_end() {
        for len in 0..200 {
            assert_eq!(plain_len(&vec![b'x'; len], &mut 0), len);
        }
    }
}
