//! Relayed request bodies: the scanner agrees with serde_json on what JSON is, and an edited body differs from the caller's in
//! the gateway's own fields and in nothing else.
#![no_main]

use bytes::Bytes;
use ir::{Format, Operation};
use libfuzzer_sys::fuzz_target;
use serde::de::IgnoredAny;
use stdx::json;
use wire::relay::envelope;

const MODELS: [&str; 4] = ["m", "gpt-4.1-mini", "quo\"te \\ and \n line", "naïve 🌊"];
const OWNED: [&str; 2] = ["model", "stream_options"];

fuzz_target!(|data: &[u8]| {
    let Some((steer, body)) = fuzz::steered(data) else { return };
    agrees_with_serde(&body);
    let format = if steer & 1 == 0 { Format::OpenAiChat } else { Format::AnthropicMessages };
    let (include_usage, model) = (steer & 2 == 0, MODELS[usize::from(steer >> 2) % MODELS.len()]);
    let Ok(before) = envelope(Operation::Chat, format, &body) else { return };
    let edited = Bytes::from(before.outgoing(&body, model, include_usage).concat());
    let after = envelope(Operation::Chat, format, &edited).expect("an edited body is still a body");
    assert_eq!(after.model(), model);
    assert_eq!(after.is_stream(), before.is_stream());
    assert_eq!((after.user(), after.max_output()), (before.user(), before.max_output()));
    if include_usage && before.is_stream() {
        assert!(after.wants_usage());
    }
    assert_eq!(foreign(&body), foreign(&edited), "a field that is not ours was touched");
    if model == before.model() && (!include_usage || before.wants_usage()) {
        assert_eq!(body, edited, "nothing to change, and yet changed");
    }
});

fn agrees_with_serde(text: &[u8]) {
    let ours = json::validate(text).is_ok();
    let theirs = std::str::from_utf8(text).is_ok() && serde_json::from_slice::<IgnoredAny>(text).is_ok();
    // We refuse to go deeper than `MAX_DEPTH`; serde_json, skipping, does not mind.
    let deep = text.iter().filter(|b| matches!(b, b'[' | b'{')).count() >= 512;
    assert!(ours == theirs || (deep && !ours), "one of us takes this for JSON: we {ours}, serde_json {theirs}");
}

/// The members the gateway does not own, to the byte.
fn foreign(body: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut found = Vec::new();
    json::members(body, &mut |member| {
        if !member.name(body).is_some_and(|name| OWNED.contains(&name.as_ref())) {
            found.push((member.raw_name(body).to_vec(), member.raw_value(body).to_vec()));
        }
    })
    .expect("a body");
    found
}
