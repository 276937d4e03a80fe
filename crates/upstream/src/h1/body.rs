//! Takes an HTTP/1.1 body out of its framing: a state machine over slices that does no I/O. Payload is
//! moved together inside the slice it came in, so that one read makes one frame whatever the chunks were.

use std::ops::Range;

use http::HeaderMap;

use super::chunked::Chunked;
use crate::fault::{BodyFault, Malformed};

/// How the head says the body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    None,
    Length(u64),
    Chunked,
    UntilClose,
}

/// Where the body's reading stands.
#[derive(Debug)]
pub(crate) enum Decoder {
    Done,
    Length(u64),
    Chunked(Chunked),
    UntilClose,
}

/// What one slice came to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Decoded {
    /// Where in the slice the payload now is.
    pub(crate) payload: Range<usize>,
    /// Bytes taken; what is left over comes after the body's end.
    pub(crate) used: usize,
}

impl Decoder {
    pub(crate) fn new(framing: Framing) -> Decoder {
        match framing {
            Framing::None | Framing::Length(0) => Decoder::Done,
            Framing::Length(left) => Decoder::Length(left),
            Framing::Chunked => Decoder::Chunked(Chunked::default()),
            Framing::UntilClose => Decoder::UntilClose,
        }
    }

    /// Whether the body is complete.
    pub(crate) fn is_done(&self) -> bool {
        match self {
            Decoder::Done => true,
            Decoder::Length(left) => *left == 0,
            Decoder::Chunked(chunked) => chunked.is_done(),
            Decoder::UntilClose => false,
        }
    }

    /// Payload bytes still to come, where known.
    pub(crate) fn remaining(&self) -> Option<u64> {
        match self {
            Decoder::Done => Some(0),
            Decoder::Length(left) => Some(*left),
            Decoder::Chunked(_) | Decoder::UntilClose => None,
        }
    }

    /// Takes what arrived and leaves the payload in one range of it.
    ///
    /// # Errors
    /// When the framing is broken or goes beyond a bound; payload before the fault is lost with it.
    pub(crate) fn decode(&mut self, input: &mut [u8]) -> Result<Decoded, Malformed> {
        match self {
            Decoder::Done => Ok(Decoded { payload: 0..0, used: 0 }),
            Decoder::Length(left) => {
                let taken = usize::try_from(*left).unwrap_or(usize::MAX).min(input.len());
                *left -= taken as u64;
                Ok(Decoded { payload: 0..taken, used: taken })
            }
            Decoder::Chunked(chunked) => chunked.decode(input),
            Decoder::UntilClose => Ok(Decoded { payload: 0..input.len(), used: input.len() }),
        }
    }

    /// Takes the end of the stream.
    ///
    /// # Errors
    /// When the body was to be longer.
    pub(crate) fn end(&mut self) -> Result<(), BodyFault> {
        match self {
            Decoder::UntilClose => *self = Decoder::Done,
            _ if self.is_done() => {}
            _ => return Err(BodyFault::Truncated),
        }
        Ok(())
    }

    /// The trailers, once, when the body is complete and had some.
    pub(crate) fn take_trailers(&mut self) -> Option<HeaderMap> {
        match self {
            Decoder::Chunked(chunked) => chunked.take_trailers(),
            _ => None,
        }
    }

    /// Whether trailers wait to be taken.
    pub(crate) fn has_trailers(&self) -> bool {
        matches!(self, Decoder::Chunked(chunked) if chunked.has_trailers())
    }
}
