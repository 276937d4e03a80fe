//! What the targets share: cutting input up, and driving one codec with bytes from anywhere. Panics are the findings.
#![forbid(unsafe_code)]

use bytes::{Bytes, BytesMut};
use ir::{Event, Format, Losses};
use stdx::json;
use wire::frame::sse;
use wire::table::codec;
use wire::{ChatCodec, Seed, Target};

/// The first byte, which steers, and the rest, which is the input.
pub fn steered(data: &[u8]) -> Option<(u8, Bytes)> {
    data.split_first().map(|(steer, rest)| (*steer, Bytes::copy_from_slice(rest)))
}

/// The input in pieces whose lengths repeat with a small period that `steer` chooses: 1 cuts inside everything.
pub fn pieces(input: &Bytes, steer: u8) -> Vec<Bytes> {
    let lengths = [usize::from(steer % 16) + 1, usize::from(steer / 16) * 7 + 1];
    let (mut at, mut turn, mut pieces) = (0, 0, Vec::new());
    while at < input.len() {
        let end = (at + lengths[turn % 2]).min(input.len());
        pieces.push(input.slice(at..end));
        (at, turn) = (end, turn + 1);
    }
    pieces
}

/// Everything a codec can be asked about bytes of its format.
pub fn drive(format: Format, data: &[u8]) {
    let Some((steer, input)) = steered(data) else { return };
    let own = codec(format);
    match steer % 4 {
        0 => requests(own, &input),
        1 => responses(own, &input),
        2 => faults(own, steer, &input),
        _ => streams(own, &input),
    }
}

/// What was understood can be said in every format, and each format understands what it said itself.
fn requests(own: &dyn ChatCodec, input: &Bytes) {
    let Ok(chat) = own.decode_request(input) else { return };
    for &format in Format::ALL {
        let target =
            Target { model: "fuzz-model", max_output: Some(4096), legacy_max_tokens: input.len() % 2 == 0 };
        let Ok(said) = codec(format).encode_request(&chat, &target, &mut Losses::default()) else { continue };
        json::validate(&said).expect("a request is JSON");
        codec(format).decode_request(&said).expect("a codec reads the requests it writes");
    }
}

fn responses(own: &dyn ChatCodec, input: &Bytes) {
    let Ok(response) = own.decode_response(input) else { return };
    for &format in Format::ALL {
        let said = codec(format).encode_response(&response, &seed(), &mut Losses::default());
        json::validate(&said).expect("an answer is JSON");
        codec(format).decode_response(&said).expect("a codec reads the answers it writes");
    }
}

fn faults(own: &dyn ChatCodec, steer: u8, input: &Bytes) {
    let fault = own.decode_fault(400 + u16::from(steer), input);
    for &format in Format::ALL {
        let (status, said) = codec(format).encode_fault(&fault, "req_fuzz");
        assert!((400..600).contains(&status), "an error has an error's status, not {status}");
        json::validate(&said).expect("an error is JSON");
    }
}

/// Whatever a stream says, what is written of it is frames of JSON that the format's own reader takes.
fn streams(own: &dyn ChatCodec, input: &Bytes) {
    let events = read(own, input);
    for &format in Format::ALL {
        let (mut writer, mut said) = (codec(format).writer(seed()), BytesMut::new());
        for event in &events {
            writer.write(event, &mut said);
        }
        let said = said.freeze();
        frames(&said, &mut |_, data| {
            if data != "[DONE]" {
                json::validate(data.as_bytes()).expect("a frame's data is JSON");
            }
        });
        read(codec(format), &said);
    }
}

fn read(codec: &dyn ChatCodec, stream: &Bytes) -> Vec<Event> {
    let (mut reader, mut events) = (codec.reader(), Vec::new());
    frames(stream, &mut |event, data| reader.read(event, data, &mut events));
    reader.finish(&mut events);
    events
}

fn frames(stream: &Bytes, show: &mut dyn FnMut(&str, &str)) {
    let mut reader = sse::Reader::default();
    let mut show = |frame: sse::Frame<'_>| show(&frame.event, &frame.data);
    reader.feed(stream, &mut show).expect("inputs are shorter than a frame may be");
    reader.finish(&mut show);
}

fn seed() -> Seed {
    Seed { id: "fuzz".into(), created: 1_760_000_000, model: "fuzz-model".into(), include_usage: true }
}
