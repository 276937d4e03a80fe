//! A relayed stream: whole frames go on as the bytes they came as, and a tap reads along.
//!
//! Only whole frames go on. What is forwarded is then always legal to end with an error event, a hidden frame never shows
//! its beginning, and since servers write whole frames there is nothing to gain from sending halves.

use super::{anthropic::AnthropicTap, openai::OpenAiTap};
use crate::{
    Flow, Out, Progress,
    frame::sse::{MAX_FRAME, Splitter, TooLong, fields},
    table,
};
use bytes::{Bytes, BytesMut};
use ir::{Blame, Fault, FaultKind, Format, Retry};
use std::ops::Range;
use stdx::json;

/// What is not simply forwarded.
#[derive(Clone, Copy, Debug, Default)]
pub struct RelayOptions {
    /// The gateway asked for usage and the caller did not: the chunk that holds nothing else is kept back.
    pub hide_usage: bool,
}

/// A flow for an answer that stays in its format.
pub fn flow(format: Format, options: RelayOptions) -> Box<dyn Flow> {
    match format {
        Format::OpenAiChat => Box::new(Relay::new(format, OpenAiTap::new(options.hide_usage))),
        Format::AnthropicMessages => Box::new(Relay::new(format, AnthropicTap::default())),
    }
}

/// What becomes of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Forward,
    Hide,
    /// The frame reports an error: nothing of it or after it goes on.
    Broken,
}

/// Reads along.
pub(super) trait Tap: Send {
    fn look(&mut self, frame: &[u8], progress: &mut Progress) -> Fate;
    /// The stream closed without the dialect's end: what to write if the answer was complete all the same.
    fn closing(&self, progress: &Progress) -> Option<&'static [u8]>;
}

struct Relay<T> {
    format: Format,
    tap: T,
    splitter: Splitter,
    progress: Progress,
    /// What became of the frame before: the stray half of a line end goes the same way.
    last: Fate,
    /// Nothing more is read.
    over: bool,
    /// The caller has been told of a fault: nothing more is written.
    failed: bool,
}

impl<T: Tap> Relay<T> {
    fn new(format: Format, tap: T) -> Self {
        let (splitter, progress) = (Splitter::default(), Progress::default());
        Self { format, tap, splitter, progress, last: Fate::Forward, over: false, failed: false }
    }
}

/// Neighbouring frames that go on together, as one piece.
#[derive(Default)]
struct Run {
    piece: Option<(Bytes, Range<usize>)>,
}

impl Run {
    fn push(&mut self, base: &Bytes, frame: Range<usize>, out: &mut Out) {
        if let Some((bytes, range)) = &mut self.piece
            && bytes.as_ptr() == base.as_ptr()
            && range.end == frame.start
        {
            range.end = frame.end;
            return;
        }
        self.flush(out);
        self.piece = Some((base.clone(), frame));
    }

    fn flush(&mut self, out: &mut Out) {
        if let Some((bytes, range)) = self.piece.take() {
            out.push(bytes.slice(range));
        }
    }
}

impl<T: Tap> Flow for Relay<T> {
    fn feed(&mut self, chunk: Bytes, out: &mut Out) {
        if self.over {
            return;
        }
        let Self { tap, splitter, progress, last, over, .. } = self;
        let mut run = Run::default();
        let fed = splitter.feed(&chunk, &mut |base, range| {
            let frame = base.get(range.clone()).unwrap_or_default();
            if frame != b"\n" {
                *last = tap.look(frame, progress);
            }
            match *last {
                Fate::Forward => run.push(base, range, out),
                Fate::Hide => {}
                Fate::Broken => *over = true,
            }
            !*over
        });
        run.flush(out);
        if fed == Err(TooLong) {
            self.over = true;
            self.progress.fault =
                Some(broken(format!("the provider sent a stream event of more than {MAX_FRAME} bytes")));
        }
    }

    fn finish(&mut self, out: &mut Out) {
        if self.over {
            return;
        }
        self.over = true;
        let rest = self.splitter.rest();
        // A last frame without its blank line counts if it is what completes the answer; else the stream was cut inside it.
        let fate = if is_whole(&rest) { self.tap.look(&rest, &mut self.progress) } else { Fate::Hide };
        if fate == Fate::Broken || self.progress.fault.is_some() {
            return;
        }
        let closing =
            if self.progress.ended { Some(b"".as_slice()) } else { self.tap.closing(&self.progress) };
        let Some(closing) = closing else {
            self.progress.fault = Some(broken("the provider's stream ended before it was complete"));
            return;
        };
        self.progress.ended = true;
        if fate == Fate::Forward {
            out.push(rest);
            out.push(Bytes::from_static(b"\n\n"));
        }
        if !closing.is_empty() {
            out.push(Bytes::from_static(closing));
        }
    }

    fn fail(&mut self, fault: &Fault, out: &mut Out) {
        self.over = true;
        if !self.failed && !self.progress.ended {
            self.failed = true;
            out.push(error_event(self.format, fault));
        }
    }

    fn progress(&self) -> &Progress {
        &self.progress
    }
}

/// Whether a frame that lacks its blank line holds all of its data.
fn is_whole(frame: &[u8]) -> bool {
    let data = fields(frame).data.unwrap_or_default();
    data.trim_ascii() == b"[DONE]" || json::validate(&data).is_ok()
}

fn broken(message: impl Into<std::borrow::Cow<'static, str>>) -> Fault {
    Fault::new(FaultKind::UpstreamError, Blame::Upstream, message)
        .with_retry(Retry::SameTarget { after: None })
}

/// The dialect's own error event: OpenAI's SDKs raise on a data frame that holds `error`, Anthropic's on `event: error`.
/// No `[DONE]` follows, which would say that the answer was complete.
pub(crate) fn error_event(format: Format, fault: &Fault) -> Bytes {
    use crate::frame::sse::{write_data, write_event};
    let (_, body) = table::codec(format).encode_fault(fault, "");
    let mut event = BytesMut::new();
    match format {
        Format::OpenAiChat => write_data(&mut event, &body),
        Format::AnthropicMessages => write_event(&mut event, "error", &body),
    }
    event.freeze()
}
