//! Whatever events come, the Anthropic writer says only what the dialect allows: checked by a machine that knows nothing of the writer.

use crate::meaning::{events, seed, write};
use bytes::Bytes;
use ir::{Citation, Delta, Event, Fault, Finish, Foreign, Format, Opaque, PartKind, Start, Usage};
use proptest::prelude::*;
use serde_json::Value;
use stdx::RawJson;
use wire::{
    Flow, Out,
    frame::sse::{Frame, Reader},
    table, transcode,
};

/// Anthropic's documented order of events, and which deltas each block takes.
#[derive(Debug, Default)]
struct Rules {
    started: bool,
    open: Option<(u64, String)>,
    next: u64,
    /// A call's input so far.
    input: String,
    ending: bool,
    over: bool,
}

impl Rules {
    fn check(stream: &Bytes) -> Self {
        let (mut rules, mut reader) = (Self::default(), Reader::default());
        let mut step = |frame: Frame<'_>| rules.step(&frame.event, &frame.data);
        reader.feed(stream, &mut step).unwrap();
        reader.finish(&mut step);
        rules
    }

    fn step(&mut self, event: &str, data: &str) {
        let data: Value = serde_json::from_str(data).unwrap_or_else(|e| panic!("{e}: {data}"));
        assert_eq!(data["type"], event, "the name is told twice and must agree");
        assert!(!self.over, "nothing follows the end: {data}");
        match event {
            "message_start" => {
                assert!(!self.started, "{data}");
                self.started = true;
                let message = &data["message"];
                assert!(
                    message["id"].is_string()
                        && message["model"].is_string()
                        && message["content"] == Value::Array(vec![])
                );
                assert!(
                    message["usage"]["input_tokens"].is_u64() && message["usage"]["output_tokens"].is_u64(),
                    "{data}"
                );
            }
            "content_block_start" => {
                assert!(self.started && self.open.is_none() && !self.ending, "{data}");
                assert_eq!(data["index"], self.next, "indexes are dense");
                self.open = Some((self.next, data["content_block"]["type"].as_str().unwrap().to_owned()));
                self.next += 1;
                self.input.clear();
            }
            "content_block_delta" => {
                let (index, block) = self.open.as_ref().unwrap_or_else(|| panic!("no block is open: {data}"));
                assert_eq!(data["index"], *index);
                let allowed: &[&str] = match block.as_str() {
                    "text" => &["text_delta", "citations_delta"],
                    "thinking" => &["thinking_delta", "signature_delta"],
                    "tool_use" => &["input_json_delta"],
                    _ => &[],
                };
                assert!(allowed.contains(&data["delta"]["type"].as_str().unwrap()), "{block}: {data}");
                self.input.push_str(data["delta"]["partial_json"].as_str().unwrap_or_default());
                self.input_may_become_an_object();
            }
            "content_block_stop" => {
                let (index, _) = self.open.take().unwrap_or_else(|| panic!("no block is open: {data}"));
                assert_eq!(data["index"], index);
            }
            "message_delta" => {
                assert!(self.started && self.open.is_none() && !self.ending, "{data}");
                assert!(
                    data["delta"]["stop_reason"].is_string() && data["usage"]["output_tokens"].is_u64(),
                    "{data}"
                );
                self.ending = true;
            }
            "message_stop" => {
                assert!(self.ending, "{data}");
                self.over = true;
            }
            "error" => {
                assert!(data["error"]["type"].is_string() && data["error"]["message"].is_string(), "{data}");
                self.over = true;
            }
            other => panic!("no such event: {other}"),
        }
    }
}

impl Rules {
    /// SDKs parse what has come at every piece.
    fn input_may_become_an_object(&self) {
        match serde_json::from_str::<Value>(&self.input) {
            Ok(value) => assert!(value.is_object(), "{value}"),
            Err(error) => assert!(error.is_eof(), "{error}: {}", self.input),
        }
    }
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        Just("{\"a\":".to_owned()),
        Just("1}".to_owned()),
        "[a-z\"\\\\ü\n ]{0,6}"
    ]
}

fn kind() -> impl Strategy<Value = PartKind> {
    prop_oneof![
        Just(PartKind::Text),
        Just(PartKind::Reasoning),
        Just(PartKind::RedactedReasoning),
        Just(PartKind::Refusal),
        (text(), text()).prop_map(|(id, name)| PartKind::ToolCall { id: id.into(), name: name.into() }),
    ]
}

fn origin() -> impl Strategy<Value = Format> {
    prop_oneof![Just(Format::OpenAiChat), Just(Format::AnthropicMessages)]
}

fn delta() -> impl Strategy<Value = Delta> {
    let citation = |(origin, url): (Format, Option<String>)| {
        Delta::Citation(Citation {
            url: url.map(Into::into),
            title: None,
            quote: None,
            span: None,
            origin,
            raw: RawJson::from_valid("{}"),
        })
    };
    prop_oneof![
        4 => text().prop_map(|text| Delta::Text(text.into())),
        1 => (origin(), text()).prop_map(|(origin, token)| Delta::Opaque(Opaque { origin, token: token.into() })),
        1 => (origin(), proptest::option::of(text())).prop_map(citation),
    ]
}

/// Events without any order: the writer may not rely on the grammar to stay legal.
fn event() -> impl Strategy<Value = Event> {
    let foreign = |origin| {
        Event::Foreign(Foreign { origin, kind: "x".into(), json: RawJson::from_valid(r#"{"type":"x"}"#) })
    };
    prop_oneof![
        1 => Just(Event::Start(Start::default())),
        4 => (0..4_u32, kind()).prop_map(|(part, kind)| Event::Open { part, kind }),
        8 => (0..4_u32, delta()).prop_map(|(part, delta)| Event::Delta { part, delta }),
        4 => (0..4_u32).prop_map(|part| Event::Close { part }),
        1 => origin().prop_map(foreign),
        1 => Just(Event::Logprobs(RawJson::from_valid("[]"))),
        1 => (0..9_u64).prop_map(|output| Event::Usage(Usage { output, ..Usage::default() })),
        1 => text().prop_map(|reason| Event::Finish(Finish::Other(reason.into()))),
        1 => Just(Event::End),
        1 => Just(Event::Fault(Fault::cut())),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_events_make_an_illegal_stream(list in proptest::collection::vec(event(), 0..40)) {
        let written = write(Format::AnthropicMessages, &list);
        let rules = Rules::check(&written);
        let ends = list.iter().any(|event| matches!(event, Event::End | Event::Fault(_)));
        prop_assert_eq!(rules.over, ends, "an end is written if and only if one came");
        // And our own reader takes it, keeping the grammar.
        events(Format::AnthropicMessages, &written);
    }

    #[test]
    fn a_stream_that_fails_anywhere_ends_with_an_error(list in proptest::collection::vec(event(), 0..20), at in 0..20_usize) {
        let mut writer = table::codec(Format::AnthropicMessages).writer(seed());
        let mut out = bytes::BytesMut::new();
        let list: Vec<Event> = list.into_iter().filter(|event| !matches!(event, Event::End | Event::Fault(_))).take(at).collect();
        list.iter().for_each(|event| writer.write(event, &mut out));
        writer.write(&Event::Fault(Fault::cut()), &mut out);
        prop_assert!(Rules::check(&out.freeze()).over);
    }
}

/// A stream of OpenAI's, in Anthropic's words.
fn told(chunks: &[&str]) -> (String, Box<dyn Flow>) {
    let (mut flow, mut out) =
        (transcode::flow(Format::OpenAiChat, Format::AnthropicMessages, seed()), Out::new());
    for chunk in chunks {
        flow.feed(format!("data: {chunk}\n\n").into(), &mut out);
    }
    let written: Bytes = out.concat().into();
    Rules::check(&written);
    (String::from_utf8(written.to_vec()).unwrap(), flow)
}

#[test]
fn calls_side_by_side_come_one_after_the_other() {
    let call = |index, id: &str| {
        format!(
            r#"{{"choices":[{{"delta":{{"tool_calls":[{{"index":{index},"id":"{id}","type":"function","function":{{"name":"f","arguments":""}}}}]}}}}]}}"#
        )
    };
    let more = |index, text: &str| {
        format!(
            r#"{{"choices":[{{"delta":{{"tool_calls":[{{"index":{index},"function":{{"arguments":"{text}"}}}}]}}}}]}}"#
        )
    };
    let chunks = [
        call(0, "a"),
        call(1, "b"),
        more(1, "{}"),
        more(0, r#"{\"n\":1}"#),
        r#"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#.into(),
        "[DONE]".into(),
    ];
    let (written, flow) = told(&chunks.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(flow.progress().ended);
    let at = |needle: &str| written.find(needle).unwrap_or_else(|| panic!("{needle} is not in {written}"));
    assert!(
        at(r#""id":"a""#) < at(r#""partial_json":"{\"n\":1}""#)
            && at(r#""partial_json":"{\"n\":1}""#) < at(r#""id":"b""#)
            && at(r#""id":"b""#) < at(r#""partial_json":"{}""#)
    );
    assert!(written.contains(r#""stop_reason":"tool_use""#), "{written}");
}

#[test]
fn before_content_only_lifecycle_is_written() {
    let (written, flow) = told(&[r#"{"id":"x","choices":[{"delta":{"role":"assistant","content":""}}]}"#]);
    assert!(!flow.progress().content);
    assert_eq!(written.matches("event:").count(), 1, "{written}");
    let (written, flow) = told(&[r#"{"id":"x","choices":[{"delta":{"content":"a"}}]}"#]);
    assert!(flow.progress().content);
    assert!(written.contains("text_delta"), "{written}");
}

#[test]
fn an_empty_answer_is_still_a_message() {
    let (written, flow) = told(&[r#"{"id":"x","choices":[{"delta":{},"finish_reason":"stop"}]}"#, "[DONE]"]);
    assert!(flow.progress().ended);
    assert!(written.ends_with("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"), "{written}");
}

#[test]
fn a_cut_stream_is_not_ended_and_failing_it_twice_says_it_once() {
    let (_, mut flow) = told(&[r#"{"choices":[{"delta":{"content":"a"}}]}"#]);
    let mut out = Out::new();
    flow.finish(&mut out);
    let fault = flow.progress().fault.clone().unwrap();
    assert!(out.is_empty() && !flow.progress().ended);
    flow.fail(&fault, &mut out);
    flow.fail(&fault, &mut out);
    flow.feed("data: [DONE]\n\n".into(), &mut out);
    assert_eq!(out.len(), 1);
    assert!(out[0].starts_with(b"event: error\n"));
}
