//! Server-sent events cut anywhere are the same events; a relayed stream cut anywhere is the same stream.
#![no_main]

use bytes::Bytes;
use ir::Format;
use libfuzzer_sys::fuzz_target;
use wire::frame::sse::{Frame, Reader};
use wire::relay::{RelayOptions, flow};

fuzz_target!(|data: &[u8]| {
    let Some((steer, input)) = fuzz::steered(data) else { return };
    let cut = fuzz::pieces(&input, steer);
    let whole = [input];
    assert_eq!(frames(&whole), frames(&cut));
    for &format in Format::ALL {
        for hide_usage in [false, true] {
            assert_eq!(relayed(format, hide_usage, &whole), relayed(format, hide_usage, &cut));
        }
    }
});

fn frames(chunks: &[Bytes]) -> Vec<(String, String)> {
    let (mut reader, mut seen) = (Reader::default(), Vec::new());
    let mut show = |frame: Frame<'_>| seen.push((frame.event.into_owned(), frame.data.into_owned()));
    for chunk in chunks {
        reader.feed(chunk, &mut show).expect("inputs are shorter than a frame may be");
    }
    reader.finish(&mut show);
    seen
}

/// What the caller gets, and what was seen of it: text, whether it ended, whether it failed.
fn relayed(format: Format, hide_usage: bool, chunks: &[Bytes]) -> (Vec<u8>, String, bool, bool) {
    let (mut flow, mut out) = (flow(format, RelayOptions { hide_usage }), wire::Out::new());
    for chunk in chunks {
        flow.feed(chunk.clone(), &mut out);
    }
    flow.finish(&mut out);
    let progress = flow.progress();
    (out.concat(), progress.seen.clone(), progress.ended, progress.fault.is_some())
}
