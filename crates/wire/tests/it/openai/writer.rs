//! Streams, written.

use super::*;
use proptest::prelude::*;

fn written(events: &[Event], include_usage: bool) -> String {
    let mut writer = OpenAiChat.writer(Seed { include_usage, ..seed() });
    let mut out = BytesMut::new();
    for event in events {
        writer.write(event, &mut out);
    }
    String::from_utf8(out.to_vec()).unwrap()
}

fn chunks(stream: &str) -> Vec<Value> {
    let frames = stream.split("\n\n").filter(|frame| !frame.is_empty());
    let data = frames.map(|frame| frame.strip_prefix("data: ").unwrap());
    data.filter(|data| *data != "[DONE]").map(|data| serde_json::from_str(data).unwrap()).collect()
}

#[test]
fn a_sealed_thought_is_written_so_that_it_can_come_back() {
    let seal = Opaque { origin: Format::AnthropicMessages, token: "c2ln".into() };
    let stream = written(
        &[
            Event::Start(Start::default()),
            Event::Open { part: 0, kind: PartKind::Reasoning },
            Event::Delta { part: 0, delta: Delta::Text("h".into()) },
            Event::Delta { part: 0, delta: Delta::Text("m".into()) },
            Event::Delta { part: 0, delta: Delta::Opaque(seal.clone()) },
            Event::Close { part: 0 },
            Event::Finish(Finish::Stop),
            Event::End,
        ],
        false,
    );
    let details: Vec<Value> = chunks(&stream)
        .iter()
        .flat_map(|chunk| chunk["choices"][0]["delta"]["reasoning_details"].as_array().cloned())
        .flatten()
        .collect();
    assert_eq!(details.len(), 3, "two pieces of text and the seal");
    let chat = request(
        json!({"messages": [{"role": "assistant", "content": "x", "reasoning_content": "hm", "reasoning_details": details}]}),
    );
    let Part::Reasoning(thought) = &chat.messages[0].parts[0] else { panic!("{:?}", chat.messages[0].parts) };
    assert_eq!((&*thought.text, thought.opaque.as_ref()), ("hm", Some(&seal)));
}

#[test]
fn citations_are_numbered_for_the_helpers_that_put_lists_together() {
    let page = |url: &str| ir::Citation {
        url: Some(url.into()),
        title: None,
        quote: None,
        span: None,
        origin: Format::AnthropicMessages,
        raw: RawJson::from_valid("{}"),
    };
    let cite = |url| Event::Delta { part: 0, delta: Delta::Citation(page(url)) };
    let stream = written(&[Event::Open { part: 0, kind: PartKind::Text }, cite("a"), cite("b")], false);
    let found: Vec<Value> = chunks(&stream)
        .iter()
        .map(|chunk| chunk["choices"][0]["delta"]["annotations"][0].clone())
        .filter(Value::is_object)
        .map(|note| json!([note["index"], note["url_citation"]["url"]]))
        .collect();
    assert_eq!(found, [json!([0, "a"]), json!([1, "b"])]);
}

#[test]
fn usage_is_written_where_it_was_asked_for() {
    let usage = Usage { input: 3, output: 4, ..Usage::default() };
    let events =
        [Event::Usage(usage), Event::Start(Start::default()), Event::Finish(Finish::Length), Event::End];
    let shown = written(&events, true);
    let last = chunks(&shown).pop().unwrap();
    assert_eq!((&last["choices"], &last["usage"]["total_tokens"]), (&json!([]), &json!(7)));
    assert!(!written(&events, false).contains("usage"));
}

fn any_event() -> impl Strategy<Value = Event> {
    let part = 0_u32..4;
    let kind = prop_oneof![
        Just(PartKind::Text),
        Just(PartKind::Reasoning),
        Just(PartKind::RedactedReasoning),
        Just(PartKind::Refusal),
        Just(PartKind::ToolCall { id: "c".into(), name: "f".into() }),
    ];
    let opaque = Opaque { origin: Format::AnthropicMessages, token: "s".into() };
    let delta = prop_oneof![".{0,5}".prop_map(|text| Delta::Text(text.into())), Just(Delta::Opaque(opaque))];
    prop_oneof![
        Just(Event::Start(Start::default())),
        (part.clone(), kind).prop_map(|(part, kind)| Event::Open { part, kind }),
        (part.clone(), delta).prop_map(|(part, delta)| Event::Delta { part, delta }),
        part.prop_map(|part| Event::Close { part }),
        Just(Event::Usage(Usage::default())),
        Just(Event::Logprobs(RawJson::from_valid("{}"))),
        Just(Event::Finish(Finish::ToolCalls)),
        Just(Event::Fault(ir::Fault::internal("broken"))),
        Just(Event::End),
    ]
}

proptest! {
    #[test]
    fn whatever_the_events_the_stream_is_legal(events in prop::collection::vec(any_event(), 0..24)) {
        let stream = written(&events, true);
        let ended = events.iter().position(|event| matches!(event, Event::End | Event::Fault(_)));
        let clean = ended.is_some_and(|at| matches!(events[at], Event::End));
        prop_assert_eq!(stream.ends_with("data: [DONE]\n\n"), clean);
        let (mut calls, mut reasons, mut over) = (0, 0, false);
        for (index, chunk) in chunks(&stream).iter().enumerate() {
            prop_assert!(!over, "nothing after an error");
            if !chunk["error"].is_null() {
                over = true;
                continue;
            }
            prop_assert_eq!(&chunk["object"], "chat.completion.chunk");
            let Some(choice) = chunk["choices"].get(0) else { continue };
            prop_assert_eq!(index == 0, choice["delta"]["role"] == "assistant");
            prop_assert!(choice["delta"].is_object());
            reasons += usize::from(choice["finish_reason"].is_string());
            for call in choice["delta"]["tool_calls"].as_array().into_iter().flatten() {
                let index = call["index"].as_u64().unwrap();
                prop_assert!(index <= calls, "numbers are dense");
                prop_assert_eq!(index == calls, call["id"].is_string());
                calls = calls.max(index + u64::from(call["id"].is_string()));
            }
        }
        prop_assert_eq!(reasons, usize::from(clean));
    }
}
