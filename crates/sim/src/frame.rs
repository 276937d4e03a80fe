//! A streamed answer as frames, before timing: what each event is for, and the ways a provider can spoil it.

use std::fmt::Write;

use bytes::Bytes;
use serde_json::Value;

use crate::Behaviour;

/// One server-sent event.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) text: String,
    pub(crate) part: Part,
}

/// What an event is for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Part {
    /// Comes before the first token is there.
    Opening,
    /// Carries one token.
    Token,
    /// Frames tokens or follows them.
    Closing,
    /// Says that the stream is complete.
    Done,
}

impl Frame {
    /// `data: …`, as OpenAI writes events.
    pub(crate) fn data(part: Part, data: &Value) -> Self {
        Self { text: format!("data: {data}\n\n"), part }
    }

    /// `event: …` and `data: …`, as Anthropic writes them; the name is the data's `type`.
    pub(crate) fn event(part: Part, data: &Value) -> Self {
        let name = data.get("type").and_then(Value::as_str).unwrap_or_default();
        Self { text: format!("event: {name}\ndata: {data}\n\n"), part }
    }
}

/// How a body ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum End {
    Clean,
    /// Never: nothing more comes.
    Stall,
    /// The connection breaks.
    Abort,
}

/// Applies the behaviour's faults to a stream: what is sent, and how it ends. `error` is the dialect's error event.
pub(crate) fn spoil(frames: Vec<Frame>, behaviour: &Behaviour, error: Frame) -> (Vec<Frame>, End) {
    let cuts = [
        (behaviour.error_after, End::Clean),
        (behaviour.disconnect_after, End::Abort),
        (behaviour.stall_after, End::Stall),
    ];
    let cut = cuts
        .into_iter()
        .filter_map(|(after, end)| after.map(|after| (after, end)))
        .min_by_key(|(after, _)| *after);
    let (mut frames, mut end) = (frames, End::Clean);
    if let Some((after, how)) = cut {
        frames.truncate(position_after(&frames, after));
        end = how;
        if end == End::Clean {
            frames.push(error);
        }
    }
    if behaviour.garbage {
        let at = position_after(&frames, 1);
        frames.insert(
            at,
            Frame { text: "data: {\"id\": \"garb\u{fffd}ge\", nonsense\n\n".into(), part: Part::Token },
        );
    }
    if behaviour.drop_done {
        frames.retain(|frame| frame.part != Part::Done);
    }
    if behaviour.truncate {
        let tokens = frames.iter().filter(|frame| frame.part == Part::Token).count();
        frames.truncate(position_after(&frames, tokens.div_ceil(2)));
        if let Some(last) = frames.last_mut() {
            let half = (0..=last.text.len() / 2).rev().find(|at| last.text.is_char_boundary(*at));
            last.text.truncate(half.unwrap_or(0));
        }
    }
    if behaviour.comment {
        frames.insert(0, Frame { text: ": simulated\n\n".into(), part: Part::Opening });
    }
    (frames, end)
}

/// Index of the first frame that must not be sent when `tokens` tokens have been.
fn position_after(frames: &[Frame], tokens: usize) -> usize {
    let mut sent = 0;
    for (index, frame) in frames.iter().enumerate() {
        if frame.part == Part::Token {
            sent += 1;
        }
        if tokens == 0 && frame.part != Part::Opening {
            return index;
        }
        if sent == tokens && tokens > 0 {
            return index + 1;
        }
    }
    frames.len()
}

/// The bytes of one frame.
pub(crate) fn bytes(frame: &Frame, behaviour: &Behaviour) -> Bytes {
    if !behaviour.crlf {
        return Bytes::from(frame.text.clone());
    }
    let mut text = String::with_capacity(frame.text.len() + 8);
    for line in frame.text.split_inclusive('\n') {
        match line.strip_suffix('\n') {
            Some(line) => _ = write!(text, "{line}\r\n"),
            None => text.push_str(line),
        }
    }
    Bytes::from(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn stream() -> Vec<Frame> {
        let parts =
            [Part::Opening, Part::Closing, Part::Token, Part::Token, Part::Token, Part::Closing, Part::Done];
        parts.iter().enumerate().map(|(index, part)| Frame::data(*part, &json!(index))).collect()
    }

    fn check(directives: &str, sent: &str, end: End) {
        let error = Frame::data(Part::Closing, &json!("error"));
        let (frames, how) = spoil(stream(), &Behaviour::parse(directives).unwrap(), error);
        let text: String =
            frames.iter().map(|frame| frame.text.replace("data: ", "").replace("\n\n", " ")).collect();
        assert_eq!((text.trim_end(), how), (sent, end), "{directives}");
    }

    #[test]
    fn faults_cut_after_so_many_tokens() {
        check("", "0 1 2 3 4 5 6", End::Clean);
        check("stall_after=0", "0", End::Stall);
        check("stall_after=2", "0 1 2 3", End::Stall);
        check("disconnect_after=1", "0 1 2", End::Abort);
        check("error_after=2", "0 1 2 3 \"error\"", End::Clean);
        check("error_after=0", "0 \"error\"", End::Clean);
        check("drop_done", "0 1 2 3 4 5", End::Clean);
        check("stall_after=9", "0 1 2 3 4 5 6", End::Stall);
        check("truncate", "0 1 2 data", End::Clean);
        check("garbage", "0 1 2 {\"id\": \"garb\u{fffd}ge\", nonsense 3 4 5 6", End::Clean);
        check("comment,drop_done", ": simulated 0 1 2 3 4 5", End::Clean);
    }

    #[test]
    fn lines_can_end_with_cr_lf() {
        let frame = Frame::event(Part::Done, &json!({"type": "ping"}));
        let crlf = Behaviour::parse("crlf").unwrap();
        assert_eq!(&bytes(&frame, &crlf)[..], b"event: ping\r\ndata: {\"type\":\"ping\"}\r\n\r\n");
    }
}
