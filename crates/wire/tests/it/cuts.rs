//! A stream means the same however the network cuts it.

use crate::{
    fixtures,
    relay::{facts, run},
};
use bytes::Bytes;
use ir::Format;
use proptest::prelude::*;
use stdx::Str;
use wire::{
    Flow, Out, Seed,
    relay::{RelayOptions, flow},
    transcode,
};

/// Makes a fresh flow.
type Make = Box<dyn Fn() -> Box<dyn Flow>>;

fn flows(format: Format) -> Vec<(&'static str, Make)> {
    let seed = || Seed { id: Str::from("seed"), created: 1, model: Str::from("m"), include_usage: true };
    let mut flows: Vec<(&'static str, Make)> = vec![
        ("relay", Box::new(move || flow(format, RelayOptions { hide_usage: false }))),
        ("relay, usage hidden", Box::new(move || flow(format, RelayOptions { hide_usage: true }))),
    ];
    for &client in Format::ALL {
        flows.push((client.name(), Box::new(move || transcode::flow(format, client, seed()))));
    }
    flows
}

/// Small streams with every line end, a byte order mark, comments, several data lines, and characters of several bytes.
fn small() -> Vec<(Format, String)> {
    let openai = concat!(
        "\u{feff}: hi\n\ndata: {\"id\":\"1\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n",
        "data:{\"choices\":[{\"delta\":{\"content\":\"gr\u{fc}n \u{1f600}\"},\"finish_reason\":null}]}\r\n\r\n",
        "data: {\"choices\":[\ndata: {\"delta\":{\"content\":\"!\"}}]}\n\n",
        "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"c\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]}}]}\r\r",
        "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\n",
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}\r\n\r\n",
        "data: [DONE]\n\n",
    );
    let anthropic = concat!(
        "event: message_start\r\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"usage\":{\"input_tokens\":3,\"output_tokens\":1}}}\r\n\r\n",
        "event: ping\ndata: {\"type\":\"ping\"}\n\n",
        "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n",
        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"gr\u{fc}n\"}}\n\n",
        "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n",
        "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":4}}\n\n",
        "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
    );
    vec![(Format::OpenAiChat, openai.to_string()), (Format::AnthropicMessages, anthropic.to_string())]
}

fn fed(make: &dyn Fn() -> Box<dyn Flow>, chunks: &[&[u8]]) -> (Vec<u8>, String) {
    let (mut flow, mut out) = (make(), Out::new());
    for chunk in chunks {
        flow.feed(Bytes::copy_from_slice(chunk), &mut out);
    }
    flow.finish(&mut out);
    (out.concat(), facts(flow.progress()))
}

#[test]
fn small_streams_cut_once_at_every_byte() {
    for (format, stream) in small() {
        for (name, make) in flows(format) {
            let whole = fed(&*make, &[stream.as_bytes()]);
            assert!(whole.1.starts_with("true true None"), "{name}: {}", whole.1);
            for at in 0..=stream.len() {
                let (first, rest) = stream.as_bytes().split_at(at);
                assert_eq!(fed(&*make, &[first, rest]), whole, "{name}, cut at {at}");
            }
            let bytes: Vec<&[u8]> = stream.as_bytes().chunks(1).collect();
            assert_eq!(fed(&*make, &bytes), whole, "{name}, byte by byte");
        }
    }
}

#[test]
fn a_stream_that_stops_early_is_a_fault_wherever_it_stops() {
    for (format, stream) in small() {
        let complete = stream
            .rfind(if format == Format::OpenAiChat { "data: {\"choices\":[],\"usage\"" } else { "\n\n" })
            .unwrap();
        for (name, make) in flows(format) {
            for at in (0..complete.saturating_sub(4)).filter(|at| stream.is_char_boundary(*at)) {
                let (_, facts) = fed(&*make, &[&stream.as_bytes()[..at]]);
                let said_why = stream[..at].contains("finish_reason\":\"tool_calls\"}]}")
                    || stream[..at].ends_with("message_stop\"}");
                assert_eq!(
                    facts.contains("Some((UpstreamError"),
                    !said_why,
                    "{name}, stopped at {at}: {facts}"
                );
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn small_streams_cut_anywhere(cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12)) {
        for (format, stream) in small() {
            let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len())).collect();
            places.extend([0, stream.len()]);
            places.sort_unstable();
            let chunks: Vec<&[u8]> = places.windows(2).map(|pair| &stream.as_bytes()[pair[0]..pair[1]]).collect();
            for (name, make) in flows(format) {
                prop_assert_eq!(fed(&*make, &chunks), fed(&*make, &[stream.as_bytes()]), "{}", name);
            }
        }
    }
}

#[test]
fn recorded_streams_in_pieces_of_any_size() {
    for case in fixtures::all().iter().filter(|case| case.is_stream) {
        for (name, make) in flows(case.format) {
            let (whole, flow) = run(make(), &case.response, usize::MAX);
            for size in [1, 7, 61, 1021] {
                let (out, cut) = run(make(), &case.response, size);
                assert!(out == whole, "{}, {name}: pieces of {size} change the output", case.name);
                assert_eq!(facts(cut.progress()), facts(flow.progress()), "{}, {name}, {size}", case.name);
            }
        }
    }
}
