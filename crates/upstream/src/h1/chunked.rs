//! The chunked transfer coding (RFC 9112 7.1), strictly: line ends are CR LF, extensions and trailers are
//! skipped or read within bounds, and sizes cannot overflow.

use http::HeaderMap;
use http::header::{self, HeaderName, HeaderValue};

use super::body::Decoded;
use crate::fault::Malformed;

/// Bytes of chunk extensions in a whole body.
const MAX_EXTENSIONS: u32 = 16 * 1024;
/// Bytes of trailers.
const MAX_TRAILERS: usize = 8 * 1024;
/// Trailer fields.
const MAX_TRAILER_FIELDS: usize = 32;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// Before the first digit of a chunk size.
    #[default]
    Size,
    /// Within the digits.
    Digits,
    /// After the size, up to the end of its line.
    Extension,
    SizeLf,
    Data,
    DataCr,
    DataLf,
    /// At the start of a line after the last chunk.
    Trailer,
    /// Within a trailer line.
    TrailerLine,
    TrailerLf,
    EndLf,
    Done,
}

/// Reads a chunked body.
#[derive(Debug, Default)]
pub(crate) struct Chunked {
    state: State,
    /// Of the chunk at hand: its size while that is read, then what is left of it.
    left: u64,
    extensions: u32,
    /// Trailer lines as they came, then the blank one.
    lines: Vec<u8>,
    trailers: Option<Box<HeaderMap>>,
}

impl Chunked {
    pub(crate) fn is_done(&self) -> bool {
        self.state == State::Done
    }

    pub(crate) fn has_trailers(&self) -> bool {
        self.trailers.is_some()
    }

    pub(crate) fn take_trailers(&mut self) -> Option<HeaderMap> {
        self.trailers.take().map(|trailers| *trailers)
    }

    pub(crate) fn decode(&mut self, input: &mut [u8]) -> Result<Decoded, Malformed> {
        let (mut at, mut start, mut end) = (0, 0, 0);
        while self.state != State::Done {
            let Some(byte) = input.get(at).copied() else { break };
            if self.state == State::Data {
                let taken = usize::try_from(self.left).unwrap_or(usize::MAX).min(input.len() - at);
                if end == start {
                    (start, end) = (at, at);
                }
                if end != at {
                    input.copy_within(at..at + taken, end);
                }
                at += taken;
                end += taken;
                self.left -= taken as u64;
                if self.left == 0 {
                    self.state = State::DataCr;
                }
                continue;
            }
            self.step(byte)?;
            at += 1;
        }
        Ok(Decoded { payload: start..end, used: at })
    }

    /// One byte of framing.
    fn step(&mut self, byte: u8) -> Result<(), Malformed> {
        self.state = match (self.state, byte) {
            (State::Size | State::Digits, _) if byte.is_ascii_hexdigit() => self.digit(byte)?,
            (State::Digits | State::Extension, b'\r') => State::SizeLf,
            (State::Digits, b';' | b' ' | b'\t') => State::Extension,
            (State::Extension, _) => self.extension(byte)?,
            (State::SizeLf, b'\n') if self.left == 0 => State::Trailer,
            (State::SizeLf, b'\n') => State::Data,
            (State::DataCr, b'\r') => State::DataLf,
            (State::DataLf, b'\n') => State::Size,
            (State::Trailer, b'\r') => State::EndLf,
            (State::TrailerLine, b'\r') => State::TrailerLf,
            (State::Trailer | State::TrailerLine, _) => self.trailer(byte)?,
            (State::TrailerLf, b'\n') => {
                self.lines.extend_from_slice(b"\r\n");
                State::Trailer
            }
            (State::EndLf, b'\n') => self.finish()?,
            (State::Size | State::Digits, _) => return Err(Malformed("a chunk size is not a number")),
            _ => return Err(Malformed("a chunk line does not end as it should")),
        };
        Ok(())
    }

    fn digit(&mut self, byte: u8) -> Result<State, Malformed> {
        let value = char::from(byte).to_digit(16).unwrap_or(0);
        let shifted = self.left.checked_mul(16).ok_or(Malformed("a chunk size is too large"))?;
        self.left = shifted | u64::from(value);
        Ok(State::Digits)
    }

    fn extension(&mut self, byte: u8) -> Result<State, Malformed> {
        self.extensions += 1;
        if byte == b'\n' {
            return Err(Malformed("a chunk line does not end as it should"));
        }
        if self.extensions > MAX_EXTENSIONS {
            return Err(Malformed("there are too many chunk extensions"));
        }
        Ok(State::Extension)
    }

    fn trailer(&mut self, byte: u8) -> Result<State, Malformed> {
        if byte == b'\n' {
            return Err(Malformed("a trailer line does not end as it should"));
        }
        if self.lines.len() >= MAX_TRAILERS {
            return Err(Malformed("there are too many trailers"));
        }
        self.lines.push(byte);
        Ok(State::TrailerLine)
    }

    fn finish(&mut self) -> Result<State, Malformed> {
        if !self.lines.is_empty() {
            let mut lines = std::mem::take(&mut self.lines);
            lines.extend_from_slice(b"\r\n");
            let trailers = parse_trailers(&lines)?;
            self.trailers = (!trailers.is_empty()).then(|| Box::new(trailers));
        }
        Ok(State::Done)
    }
}

fn parse_trailers(lines: &[u8]) -> Result<HeaderMap, Malformed> {
    let mut fields = [httparse::EMPTY_HEADER; MAX_TRAILER_FIELDS];
    let Ok(httparse::Status::Complete((_, fields))) = httparse::parse_headers(lines, &mut fields) else {
        return Err(Malformed("the trailers are not valid"));
    };
    let mut trailers = HeaderMap::with_capacity(fields.len());
    for field in fields {
        let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(field.name.as_bytes()), HeaderValue::from_bytes(field.value))
        else {
            return Err(Malformed("the trailers are not valid"));
        };
        // A trailer must not speak about framing or connection (RFC 9110 6.5.1).
        if name == header::CONTENT_LENGTH || super::request::is_ours(&name) {
            continue;
        }
        trailers.append(name, value);
    }
    Ok(trailers)
}
