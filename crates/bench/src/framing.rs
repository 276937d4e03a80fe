//! Where an HTTP/1.1 body ends: by length, by chunks or with the connection. Bytes may arrive cut anywhere.

/// How much of a body is still to come.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Framing {
    Length(u64),
    Chunked(Chunked),
    UntilClose,
}

/// Where in a chunked body the reader stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Chunked {
    /// In a size line, with the size so far; the flag tells that the digits are over.
    Size(u64, bool),
    Data(u64),
    /// After data, before its line feed.
    DataEnd,
    /// In the trailer, with the length of the line so far.
    Trailer(usize),
}

/// A body that is not framed as announced.
#[derive(Debug, PartialEq)]
pub(crate) struct Malformed;

/// Largest chunk believed.
const MOST: u64 = 1 << 40;

impl Framing {
    pub(crate) fn chunked() -> Self {
        Self::Chunked(Chunked::Size(0, false))
    }

    /// Takes bytes of the body from the start of `input`, hands content to `content`, and says how many were taken
    /// and whether the body is complete. Bytes after the end are left.
    pub(crate) fn feed(
        &mut self,
        input: &[u8],
        mut content: impl FnMut(&[u8]),
    ) -> Result<(usize, bool), Malformed> {
        match self {
            Self::UntilClose => {
                content(input);
                Ok((input.len(), false))
            }
            Self::Length(left) => {
                let taken = take(input, *left);
                content(taken);
                *left -= taken.len() as u64;
                Ok((taken.len(), *left == 0))
            }
            Self::Chunked(state) => feed_chunks(state, input, content),
        }
    }
}

/// The first `most` bytes of the input.
fn take(input: &[u8], most: u64) -> &[u8] {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    input.get(..most).unwrap_or(input)
}

fn feed_chunks(
    state: &mut Chunked,
    input: &[u8],
    mut content: impl FnMut(&[u8]),
) -> Result<(usize, bool), Malformed> {
    let mut at = 0;
    while let Some(byte) = input.get(at).copied() {
        if let Chunked::Data(left) = *state {
            let data = take(input.get(at..).unwrap_or_default(), left);
            content(data);
            at += data.len();
            let left = left - data.len() as u64;
            *state = if left == 0 { Chunked::DataEnd } else { Chunked::Data(left) };
            continue;
        }
        at += 1;
        *state = match (*state, byte) {
            (Chunked::Size(0, _), b'\n') => Chunked::Trailer(0),
            (Chunked::Size(size, _), b'\n') => Chunked::Data(size),
            (Chunked::Size(size, _), b'\r' | b';' | b' ') => Chunked::Size(size, true),
            (Chunked::Size(size, true), _) => Chunked::Size(size, true),
            (Chunked::Size(size, false), digit) => {
                let digit = char::from(digit).to_digit(16).ok_or(Malformed)?;
                Chunked::Size(
                    Some(size * 16 + u64::from(digit)).filter(|size| *size < MOST).ok_or(Malformed)?,
                    false,
                )
            }
            (Chunked::DataEnd, b'\n') => Chunked::Size(0, false),
            (Chunked::DataEnd, b'\r') => Chunked::DataEnd,
            (Chunked::DataEnd, _) => return Err(Malformed),
            (Chunked::Trailer(0), b'\n') => return Ok((at, true)),
            (Chunked::Trailer(_), b'\n') => Chunked::Trailer(0),
            (Chunked::Trailer(length), b'\r') => Chunked::Trailer(length),
            (Chunked::Trailer(length), _) => Chunked::Trailer(length + 1),
            (Chunked::Data(_), _) => return Err(Malformed),
        };
    }
    Ok((at, false))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds the input in two parts, cut at every place.
    fn check(framing: Framing, input: &[u8], content: &str, rest: &str) {
        for cut in 0..=input.len() {
            let mut framing = framing.clone();
            let mut found = Vec::new();
            let (taken, done) = framing.feed(&input[..cut], |bytes| found.extend_from_slice(bytes)).unwrap();
            let mut used = taken;
            if !done {
                assert_eq!(taken, cut);
                let (taken, done) =
                    framing.feed(&input[cut..], |bytes| found.extend_from_slice(bytes)).unwrap();
                assert!(done, "cut at {cut}");
                used += taken;
            }
            assert_eq!(String::from_utf8_lossy(&found), content, "cut at {cut}");
            assert_eq!(String::from_utf8_lossy(&input[used..]), rest, "cut at {cut}");
        }
    }

    #[test]
    fn bodies_end_where_they_should() {
        check(Framing::Length(5), b"helloHTTP", "hello", "HTTP");
        check(Framing::chunked(), b"5\r\nhello\r\n1;x=y\r\n!\r\n0\r\n\r\nHTTP", "hello!", "HTTP");
        check(Framing::chunked(), b"A\r\n0123456789\r\n0\r\nx-t: 1\r\n\r\n", "0123456789", "");
    }

    #[test]
    fn nonsense_is_refused() {
        let feed = |input: &[u8]| Framing::chunked().feed(input, |_| {});
        assert_eq!(feed(b"xyz\r\n"), Err(Malformed));
        assert_eq!(feed(b"ffffffffffffffffff\r\n"), Err(Malformed));
        assert_eq!(feed(b"1\r\nab"), Err(Malformed));
    }
}
