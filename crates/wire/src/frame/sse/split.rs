//! Cutting a stream of chunks into whole frames, and reading them.

use super::{borders::Borders, fields::fields};
use bytes::{Bytes, BytesMut};
use std::{borrow::Cow, ops::Range};

/// The longest frame there may be, in bytes.
pub const MAX_FRAME: usize = 16 * 1024 * 1024;

/// A frame is longer than `MAX_FRAME`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

/// Cuts chunks into frames; keeps the beginning of the one that is not complete yet.
#[derive(Debug, Default)]
pub struct Splitter {
    borders: Borders,
    tail: BytesMut,
}

impl Splitter {
    /// Shows every frame `chunk` completes, with its blank line, as a range of some shared bytes: mostly of `chunk` itself,
    /// else of a copy of the one frame that began in an earlier chunk. `show` says whether to go on.
    pub fn feed(
        &mut self,
        chunk: &Bytes,
        show: &mut dyn FnMut(&Bytes, Range<usize>) -> bool,
    ) -> Result<(), TooLong> {
        let mut start = 0;
        if !self.tail.is_empty() {
            let end = self.borders.next(chunk, 0);
            self.keep(chunk.get(..end.unwrap_or(chunk.len())).unwrap_or_default())?;
            let Some(end) = end else { return Ok(()) };
            let frame = self.tail.split().freeze();
            let len = frame.len();
            if !show(&frame, 0..len) {
                return Ok(());
            }
            start = end;
        }
        while let Some(end) = self.borders.next(chunk, start) {
            if end - start > MAX_FRAME {
                return Err(TooLong);
            }
            if !show(chunk, start..end) {
                return Ok(());
            }
            start = end;
        }
        self.keep(chunk.get(start..).unwrap_or_default())
    }

    /// What was begun and never ended, once the stream has closed. Servers that close right after the last line are common.
    pub fn rest(&mut self) -> Bytes {
        self.tail.split().freeze()
    }

    fn keep(&mut self, bytes: &[u8]) -> Result<(), TooLong> {
        if self.tail.len() + bytes.len() > MAX_FRAME {
            return Err(TooLong);
        }
        self.tail.extend_from_slice(bytes);
        Ok(())
    }
}

/// One frame with data. Bytes that are not UTF-8 have become U+FFFD, as the standard says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Empty when absent.
    pub event: Cow<'a, str>,
    pub data: Cow<'a, str>,
}

/// Reads frames out of chunks; frames without data (comments) are not shown.
#[derive(Debug, Default)]
pub struct Reader(Splitter);

impl Reader {
    /// Shows the frames `chunk` completes.
    pub fn feed(&mut self, chunk: &Bytes, show: &mut dyn FnMut(Frame<'_>)) -> Result<(), TooLong> {
        self.0.feed(chunk, &mut |base, range| {
            show_frame(base.get(range).unwrap_or_default(), show);
            true
        })
    }

    /// The stream closed: shows a last frame that came without its blank line.
    pub fn finish(&mut self, show: &mut dyn FnMut(Frame<'_>)) {
        show_frame(&self.0.rest(), show);
    }
}

fn show_frame(frame: &[u8], show: &mut dyn FnMut(Frame<'_>)) {
    let fields = fields(frame);
    if let Some(data) = &fields.data {
        show(Frame { event: text(fields.event), data: text(data) });
    }
}

/// Nearly all text is good, and telling so is much faster than mending.
fn text(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str =
        "\u{feff}: hi\n\nevent: a\ndata: grün\n\ndata: x\r\ndata: y\r\n\r\ndata: z\r\rdata: [DONE]";

    fn read(chunks: &[&[u8]]) -> Vec<(String, String)> {
        let (mut reader, mut frames) = (Reader::default(), Vec::new());
        let mut show = |frame: Frame<'_>| frames.push((frame.event.into_owned(), frame.data.into_owned()));
        for chunk in chunks {
            reader.feed(&Bytes::copy_from_slice(chunk), &mut show).unwrap();
        }
        reader.finish(&mut show);
        frames
    }

    #[test]
    fn frames_do_not_depend_on_the_cuts() {
        let whole = read(&[STREAM.as_bytes()]);
        let pair = |event: &str, data: &str| (event.to_string(), data.to_string());
        assert_eq!(whole, [pair("a", "grün"), pair("", "x\ny"), pair("", "z"), pair("", "[DONE]")]);
        for first in 0..STREAM.len() {
            let (a, b) = STREAM.as_bytes().split_at(first);
            assert_eq!(read(&[a, b]), whole, "cut at {first}");
        }
        let single: Vec<&[u8]> = STREAM.as_bytes().chunks(1).collect();
        assert_eq!(read(&single), whole);
    }

    #[test]
    fn frames_inside_a_chunk_are_views_of_it() {
        let chunk = Bytes::from_static(b"data: 1\n\ndata: 2\n\nda");
        let mut splitter = Splitter::default();
        let mut seen = Vec::new();
        splitter
            .feed(&chunk, &mut |base, range| {
                assert_eq!(base.as_ptr(), chunk.as_ptr());
                seen.push(range);
                true
            })
            .unwrap();
        assert_eq!(seen, [0..9, 9..18]);
        assert_eq!(splitter.rest(), "da");
    }

    #[test]
    fn a_frame_without_end_is_bounded() {
        let chunk = Bytes::from(vec![b'x'; 1 << 20]);
        let mut splitter = Splitter::default();
        let fed = (0..17).map(|_| splitter.feed(&chunk, &mut |_, _| true)).collect::<Vec<_>>();
        assert!(fed[..16].iter().all(Result::is_ok));
        assert_eq!(fed[16], Err(TooLong));
    }
}
