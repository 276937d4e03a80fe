//! A streamed answer on its way through: upstream bytes in, client bytes out, and what was seen on the way.
//! The engine drives a `Flow` without knowing whether it relays or translates.

use bytes::Bytes;
use ir::{Fault, Finish, Usage};
use smallvec::SmallVec;

/// Bytes for the client, in order.
pub type Out = SmallVec<[Bytes; 4]>;

/// One streamed answer, either lane. Sans-io: `feed` what arrived, send what is in `out`.
pub trait Flow: Send {
    /// Bytes from the upstream, split anywhere.
    fn feed(&mut self, chunk: Bytes, out: &mut Out);
    /// The upstream closed cleanly at the HTTP level. Sets `progress.fault` if the answer was not complete, and then writes nothing.
    fn finish(&mut self, out: &mut Out);
    /// Ends the client's stream with the dialect's own error event. Legal at any point; further calls write nothing.
    fn fail(&mut self, fault: &Fault, out: &mut Out);
    fn progress(&self) -> &Progress;
}

/// What a flow has seen so far.
#[derive(Debug, Default)]
pub struct Progress {
    /// Content (text, reasoning, a tool call, a refusal) has been seen. Before it, `out` holds lifecycle frames only,
    /// which the engine holds back so that another target may still answer.
    pub content: bool,
    /// The dialect's own end has been seen.
    pub ended: bool,
    /// The stream reported an error, or was cut or broken. Nothing about it was written to `out`; the engine decides (`fail`, or another target).
    pub fault: Option<Fault>,
    pub usage: Option<Usage>,
    pub finish: Option<Finish>,
    /// The beginning of the answer's text (text, reasoning, arguments), for an estimate when no usage comes. Bounded by `SEEN_MAX`.
    pub seen: String,
    /// All answer text in bytes, also beyond what `seen` keeps.
    pub seen_bytes: u64,
    /// Stream events that carried content, counted.
    pub events: u64,
}

impl Progress {
    /// Bytes of text kept for estimating usage.
    pub const SEEN_MAX: usize = 16 * 1024;

    /// Notes answer text, keeping at most `SEEN_MAX` bytes of it.
    pub fn saw(&mut self, text: &str) {
        self.seen_bytes += text.len() as u64;
        let room = Self::SEEN_MAX.saturating_sub(self.seen.len());
        if room > 0 {
            let end = text.floor_char_boundary(room.min(text.len()));
            self.seen.push_str(text.get(..end).unwrap_or_default());
        }
    }
}
