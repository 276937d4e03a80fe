//! Streams, read.

use super::*;
use proptest::prelude::*;

/// The events of a stream, one short line each.
fn events(frames: &[&str]) -> Vec<String> {
    let (mut reader, mut out) = (OpenAiChat.reader(), Vec::new());
    for frame in frames {
        reader.read("", frame, &mut out);
    }
    reader.finish(&mut out);
    out.iter().map(show).collect()
}

fn show(event: &Event) -> String {
    match event {
        Event::Start(start) => format!("start {}", start.id.as_deref().unwrap_or("-")),
        Event::Open { part, kind: PartKind::ToolCall { id, name } } => {
            format!("open {part} call {id} {name}")
        }
        Event::Open { part, kind } => format!("open {part} {kind:?}"),
        Event::Delta { part, delta: Delta::Text(text) } => format!("{part} {text}"),
        Event::Delta { part, delta: Delta::Opaque(opaque) } => {
            format!("{part} sealed {} {}", opaque.origin, opaque.token)
        }
        Event::Delta { part, delta: Delta::Citation(citation) } => {
            format!("{part} cites {}", citation.url.as_deref().unwrap_or("-"))
        }
        Event::Close { part } => format!("close {part}"),
        Event::Usage(usage) => format!("usage {} {}", usage.total_input(), usage.output),
        Event::Finish(finish) => format!("finish {finish:?}"),
        Event::Fault(fault) => format!("fault {}", fault.message),
        Event::End => "end".into(),
        other => format!("{other:?}"),
    }
}

fn delta(delta: &str) -> String {
    format!(r#"{{"id":"i","choices":[{{"index":0,"delta":{delta}}}]}}"#)
}

const STOP: &str = r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;

#[test]
fn a_plain_stream_is_read() {
    let usage = r#"{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}"#;
    let filter = r#"{"id":"","choices":[],"prompt_filter_results":[]}"#;
    let frames = [
        filter,
        &delta(r#"{"role":"assistant","content":""}"#),
        &delta(r#"{"content":"a"}"#),
        STOP,
        usage,
        "[DONE]",
    ];
    // Azure's verdict on the prompt comes first and is not where the answer begins.
    let expected = ["start i", "open 0 Text", "0 a", "usage 1 2", "close 0", "finish Stop", "end"];
    assert_eq!(events(&frames), expected);
    assert_eq!(
        events(&frames[..4])[4..],
        ["finish Stop", "end"],
        "a stream that said why it ended is complete without [DONE]"
    );
    assert_eq!(events(&["[DONE]"]), ["start -", "finish Stop", "end"]);
}

#[test]
fn a_cut_or_broken_stream_is_a_fault() {
    let last = |frames: &[&str]| events(frames).pop().unwrap();
    assert!(last(&[]).starts_with("fault"));
    assert!(last(&[&delta(r#"{"content":"a"}"#)]).starts_with("fault"));
    assert!(last(&["{not json", STOP, "[DONE]"]).starts_with("fault"));
    assert_eq!(last(&[r#"{"error":{"message":"busy"}}"#, STOP, "[DONE]"]), "fault busy");
    assert_eq!(
        last(&[r#"{"choices":[],"x_groq":{"error":"bad"}}"#]),
        "fault the provider answered with status 500 and no readable message"
    );
}

#[test]
fn thoughts_are_read_under_every_name() {
    let claude = |text: &str| {
        delta(&format!(
            r#"{{"reasoning":"{text}","reasoning_details":[{{"type":"reasoning.text","text":"{text}","format":"anthropic-claude-v1","index":0}}]}}"#
        ))
    };
    let seal = delta(
        r#"{"reasoning_details":[{"type":"reasoning.text","signature":"sig","format":"anthropic-claude-v1","index":0}]}"#,
    );
    let content = delta(r#"{"content":"x"}"#);
    let read = events(&[&claude("a"), &claude("b"), &seal, &content, STOP]);
    assert_eq!(read[1..6], ["open 0 Reasoning", "0 a", "0 b", "0 sealed anthropic_messages sig", "close 0"]);
    let read = events(&[&delta(r#"{"reasoning_content":"a"}"#), &content, STOP]);
    assert_eq!(
        read[1..6],
        ["open 0 Reasoning", "0 a", "0 sealed openai_chat reasoning_content", "close 0", "open 1 Text"]
    );
    let encrypted = delta(
        r#"{"reasoning_details":[{"type":"reasoning.encrypted","data":"d","format":"anthropic-claude-v1"}]}"#,
    );
    assert_eq!(
        events(&[&encrypted, STOP])[1..4],
        ["open 0 RedactedReasoning", "0 sealed anthropic_messages d", "close 0"]
    );
    let mistral = delta(
        r#"{"content":[{"type":"thinking","thinking":[{"type":"text","text":"a"}]},{"type":"text","text":"b"}]}"#,
    );
    assert_eq!(events(&[&mistral, STOP])[1..6], ["open 0 Reasoning", "0 a", "close 0", "open 1 Text", "1 b"]);
}

#[test]
fn calls_are_read_and_settle_the_reason() {
    let whole = delta(
        r#"{"tool_calls":[{"function":{"name":"f","arguments":"{}"}},{"function":{"name":"g","arguments":{"a":1}}}]}"#,
    );
    let read = events(&[&whole, STOP]);
    let expected = [
        "open 0 call call_i_0 f",
        "0 {}",
        "close 0",
        "open 1 call call_i_1 g",
        "1 {\"a\":1}",
        "close 1",
        "finish ToolCalls",
    ];
    assert_eq!(read[1..8], expected);
    let empty =
        delta(r#"{"content":"","function_call":{"name":"","arguments":""},"tool_calls":null,"refusal":""}"#);
    assert_eq!(events(&[&empty, STOP])[1..], ["finish Stop", "end"], "empty stand-ins mean nothing");
}

proptest! {
    #[test]
    fn no_stream_upsets_the_reader(frames in prop::collection::vec("[\\[\\]{}\":,a-z0-9]{0,40}", 0..8)) {
        let (mut reader, mut out) = (OpenAiChat.reader(), Vec::new());
        for frame in &frames {
            reader.read("", frame, &mut out);
        }
        reader.finish(&mut out);
        prop_assert!(matches!(out.last(), Some(Event::Fault(_) | Event::End)));
    }
}
