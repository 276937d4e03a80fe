//! Skipping the plain bytes of a string: the first few eight at a time, since most strings are short, and then many at a time.

use memchr::memchr2;

/// Words looked at one by one before a long string is assumed.
const SHORT: usize = 4;
/// Bytes looked at in one go when writing.
const BLOCK: usize = 64;
const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// How many bytes at the start of `bytes` are neither `"` nor `\` nor a control character.
/// Bytes above 0x7f are plain here; `high` gets their top bit, so that the caller knows whether to check UTF-8.
pub(super) fn plain_len(bytes: &[u8], high: &mut u8) -> usize {
    let (mut len, mut rest) = (0, bytes);
    for _ in 0..SHORT {
        let Some((word, tail)) = rest.split_first_chunk::<8>() else { break };
        let word = u64::from_le_bytes(*word);
        let found = special(word);
        if found != 0 {
            let skipped = first(found);
            // Of the word, only what stands before the stop counts.
            *high |= u8::from(word & HIGH & !(u64::MAX << (8 * skipped)) != 0) << 7;
            return len + skipped;
        }
        *high |= u8::from(word & HIGH != 0) << 7;
        (len, rest) = (len + 8, tail);
    }
    // Two passes without a branch inside are faster than one that stops at any of three kinds of bytes.
    let end = memchr2(b'"', b'\\', rest).unwrap_or(rest.len());
    let run = rest.get(..end).unwrap_or_default();
    let (least, all) = run.iter().fold((u8::MAX, 0), |(least, all), &byte| (byte.min(least), all | byte));
    if least >= 0x20 {
        *high |= all;
        return len + end;
    }
    let control = run.iter().take_while(|&&byte| byte >= 0x20);
    len + control.inspect(|&&byte| *high |= byte).count()
}

/// The same for text that is about to be written, in which control characters are common: stops at the first of any kind
/// without having looked beyond its block.
pub(super) fn clean_len(bytes: &[u8]) -> usize {
    let (mut len, mut rest) = (0, bytes);
    while let Some((block, tail)) = rest.split_first_chunk::<BLOCK>() {
        let stop = block.iter().fold(0, |stop, &byte| {
            stop | u8::from(byte == b'"') | u8::from(byte == b'\\') | u8::from(byte < 0x20)
        });
        if stop != 0 {
            break;
        }
        (len, rest) = (len + BLOCK, tail);
    }
    while let Some((word, tail)) = rest.split_first_chunk::<8>() {
        let found = special(u64::from_le_bytes(*word));
        if found != 0 {
            return len + first(found);
        }
        (len, rest) = (len + 8, tail);
    }
    len + rest.iter().take_while(|&&byte| byte != b'"' && byte != b'\\' && byte >= 0x20).count()
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
                    assert_eq!(clean_len(&text), len, "{stop} after {len} of {filler}");
                }
            }
        }
    }

    #[test]
    fn text_without_a_stop_is_plain_to_its_end() {
        for len in 0..200 {
            assert_eq!(plain_len(&vec![b'x'; len], &mut 0), len);
            assert_eq!(clean_len(&vec![b'x'; len]), len);
        }
    }
}
