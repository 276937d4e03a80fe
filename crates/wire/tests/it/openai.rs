//! The OpenAI chat codec by cases of its own: what is read, what is written, what is refused.

use bytes::{Bytes, BytesMut};
use ir::{
    ChatRequest, Delta, Event, Finish, Format, Loss, Losses, Opaque, Part, PartKind, Reasoning, Role, Start,
    Thought, Tool, Usage,
};
use proptest::prelude::*;
use serde_json::{Value, json};
use stdx::RawJson;
use wire::{ChatCodec, Refused, Seed, Target, openai_chat::OpenAiChat};

const TARGET: Target<'static> = Target { model: "m", max_output: None, legacy_max_tokens: false };

fn bytes(value: &Value) -> Bytes {
    Bytes::from(value.to_string())
}

fn request(rest: Value) -> ChatRequest {
    let mut body = json!({"model": "m", "messages": []});
    body.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    OpenAiChat.decode_request(&bytes(&body)).unwrap()
}

fn encoded(chat: &ChatRequest) -> (Result<Value, Refused>, Losses) {
    let mut losses = Losses::default();
    let body = OpenAiChat.encode_request(chat, &TARGET, &mut losses);
    (body.map(|body| serde_json::from_slice(&body).unwrap()), losses)
}

fn seed() -> Seed {
    Seed { id: "s".into(), created: 5, model: "shown".into(), include_usage: true }
}

fn names(losses: &Losses) -> Vec<String> {
    losses.named().iter().map(|Loss { what, fate }| format!("{} {what}", fate.name())).collect()
}

/// A request in OpenAI's own words comes back as it was.
#[test]
fn a_request_survives_the_round() {
    let check = |rest: Value| {
        let (written, losses) = encoded(&request(rest.clone()));
        let mut expected = json!({"model": "m", "messages": []});
        expected.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        assert_eq!(written.unwrap(), expected);
        assert!(losses.is_empty(), "{rest}: {losses:?}");
    };
    let image =
        json!({"type": "image_url", "image_url": {"url": "data:image/png;base64,QUJD", "detail": "low"}});
    let remote = json!({"type": "image_url", "image_url": {"url": "https://x/y.png"}});
    let audio = json!({"type": "input_audio", "input_audio": {"data": "QQ==", "format": "wav"}});
    let file = json!({"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,QQ=="}});
    let stored = json!({"type": "file", "file": {"file_id": "file-1"}});
    let text = json!({"type": "text", "text": "t\u{0}ü\"", "x_unknown": [1.50, null]});
    let call =
        json!({"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{\"a\": 1.0}"}});
    let custom = json!({"id": "c2", "type": "custom", "custom": {"name": "g", "input": "free"}});
    check(json!({"messages": [
        {"role": "developer", "content": "d"},
        {"role": "system", "content": "s", "name": "n"},
        {"role": "user", "content": [text, image, remote, audio, file, stored, {"type": "video_url", "video_url": {"url": "u"}}]},
        {"role": "assistant", "content": null, "tool_calls": [call, custom]},
        {"role": "tool", "tool_call_id": "c1", "content": "r"},
        {"role": "tool", "tool_call_id": "c2", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
        {"role": "assistant", "content": "x", "reasoning_content": "hm"},
        {"role": "assistant", "content": null, "refusal": "no"},
        {"role": "user", "content": "last", "x_more": {}},
    ]}));
    let function = json!({"type": "function", "function": {"name": "f", "description": "d", "parameters": {"type": "object"}, "strict": true}});
    let tool = json!({"type": "custom", "custom": {"name": "g", "format": {"type": "text"}}});
    check(
        json!({"tools": [function, tool], "tool_choice": {"type": "function", "function": {"name": "f"}}, "parallel_tool_calls": false}),
    );
    check(json!({"tools": [tool], "tool_choice": {"type": "custom", "custom": {"name": "g"}}}));
    check(
        json!({"tools": [function], "tool_choice": {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": []}}}),
    );
    for choice in ["auto", "none", "required"] {
        check(json!({"tools": [function], "tool_choice": choice}));
    }
    check(json!({"response_format": {"type": "json_object"}}));
    check(
        json!({"response_format": {"type": "json_schema", "json_schema": {"name": "n", "description": "d", "strict": true, "schema": {"a": 1}}}}),
    );
    check(json!({
        "temperature": 0.5, "top_p": 0.9, "seed": -3, "frequency_penalty": 0.1, "presence_penalty": -0.1, "n": 2, "stop": ["a", "b"],
        "max_completion_tokens": 9, "reasoning_effort": "low", "user": "u", "service_tier": "flex", "logprobs": true, "top_logprobs": 3,
        "metadata": {"k": "v"}, "store": false, "logit_bias": {"1": 2}, "prediction": {"type": "content", "content": "x"},
        "modalities": ["text"], "verbosity": "low", "prompt_cache_key": "k", "web_search_options": {}, "whatever": 1e2,
    }));
    check(json!({"stream": true, "stream_options": {"include_usage": true}}));
}

#[test]
fn older_and_looser_spellings_are_understood() {
    let chat = request(json!({
        "messages": [
            {"role": "user", "content": [{"type": "image_url", "image_url": "https://x/y.png"}]},
            {"role": "assistant", "content": "", "function_call": {"name": "f", "arguments": "{}"}},
            {"role": "function", "name": "f", "content": "r"},
            {"role": "assistant", "tool_calls": [{"id": "c", "type": "function", "function": {"name": "g", "arguments": {"a": 1}}}]},
        ],
        "functions": [{"name": "f"}], "function_call": {"name": "f"}, "max_tokens": 7, "stop": "x", "safety_identifier": "u",
        "reasoning": {"max_tokens": 3000},
    }));
    let (body, _) = encoded(&chat);
    let body = body.unwrap();
    assert_eq!(body["messages"][0]["content"][0]["image_url"]["url"], "https://x/y.png");
    let id = &body["messages"][1]["tool_calls"][0]["id"];
    assert_eq!((&body["messages"][2]["role"], &body["messages"][2]["tool_call_id"]), (&json!("tool"), id));
    assert_eq!(body["messages"][3]["tool_calls"][0]["function"]["arguments"], r#"{"a":1}"#);
    assert_eq!(
        (&body["tools"][0]["type"], &body["tool_choice"]["function"]["name"]),
        (&json!("function"), &json!("f"))
    );
    assert_eq!(
        (&body["max_completion_tokens"], &body["stop"], &body["user"]),
        (&json!(7), &json!(["x"]), &json!("u"))
    );
    assert_eq!((chat.reasoning, &body["reasoning_effort"]), (Reasoning::Budget(3000), &json!("medium")));
    let mut losses = Losses::default();
    let target = Target { legacy_max_tokens: true, ..TARGET };
    let body = OpenAiChat
        .encode_request(&request(json!({"max_completion_tokens": 3})), &target, &mut losses)
        .unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&body).unwrap()["max_tokens"], 3);
}

#[test]
fn bad_requests_name_their_field() {
    let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
    let user =
        |content: &str| format!(r#"{{"model":"m","messages":[{{"role":"user","content":{content}}}]}}"#);
    let field = |field: &str| format!(r#"{{"model":"m","messages":[],{field}}}"#);
    let cases = [
        ("{".to_string(), None),
        ("[]".to_string(), None),
        (r#"{"messages":[]}"#.to_string(), Some("model")),
        (r#"{"model":"m"}"#.to_string(), Some("messages")),
        (r#"{"model":"m","messages":{}}"#.to_string(), Some("messages")),
        (r#"{"model":"m","messages":["x"]}"#.to_string(), Some("messages[0]")),
        (r#"{"model":"m","messages":[{}]}"#.to_string(), Some("messages[0].role")),
        (
            r#"{"model":"m","messages":[{"role":"robot","content":"x"}]}"#.to_string(),
            Some("messages[0].role"),
        ),
        (
            r#"{"model":"m","messages":[{"role":"tool","content":"x"}]}"#.to_string(),
            Some("messages[0].tool_call_id"),
        ),
        (r#"{"model":"m","messages":[{"role":"user"}]}"#.to_string(), Some("messages[0].content")),
        (user("7"), Some("messages[0].content")),
        (user(r#"[{"text":"x"}]"#), Some("messages[0].content[0].type")),
        (user(r#"[{"type":"text"}]"#), Some("messages[0].content[0].text")),
        (user(r#"[{"type":"text","text":1}]"#), Some("messages[0].content[0].text")),
        (user(r#"[{"type":"image_url","image_url":{}}]"#), Some("messages[0].content[0].image_url.url")),
        (field(&format!(r#""x":{deep}"#)), None),
        (field(r#""temperature":"hot""#), Some("temperature")),
        (field(r#""max_tokens":-1"#), Some("max_tokens")),
        (field(r#""max_tokens":1e99"#), Some("max_tokens")),
        (field(r#""stop":[1]"#), Some("stop[0]")),
        (field(r#""tools":[{"type":"function"}]"#), Some("tools[0].function")),
        (
            field(r#""tools":[{"type":"function","function":{"description":"x"}}]"#),
            Some("tools[0].function.name"),
        ),
        (field(r#""tool_choice":"maybe""#), Some("tool_choice")),
        (field(r#""response_format":{"type":"xml"}"#), Some("response_format.type")),
        (
            field(r#""response_format":{"type":"json_schema","json_schema":{"name":"n"}}"#),
            Some("response_format.json_schema.schema"),
        ),
        (field(r#""seed":1,"seed":2"#), Some("seed")),
    ];
    for (body, param) in cases {
        let bad = OpenAiChat.decode_request(&Bytes::from(body.clone())).expect_err(&body);
        assert_eq!(bad.param.as_deref(), param, "{}: {bad}", body.get(..80).unwrap_or(&body));
    }
    assert!(OpenAiChat.decode_request(&Bytes::from_static(b"{\"model\":\"\xff\",\"messages\":[]}")).is_err());
}

#[test]
fn what_another_dialect_said_is_said_refused_or_noted() {
    let part = |part: Part| ChatRequest {
        model: "m".into(),
        messages: vec![ir::Message {
            role: Role::Assistant,
            parts: vec![part],
            name: None,
            ext: ir::Ext::default(),
        }],
        ..ChatRequest::default()
    };
    let claude = Opaque { origin: Format::AnthropicMessages, token: "sig".into() };
    let thought = |opaque| {
        Part::Reasoning(Thought { text: "hm".into(), opaque, redacted: false, ext: ir::Ext::default() })
    };
    let (body, losses) = encoded(&part(thought(Some(claude))));
    assert_eq!(body.unwrap()["messages"][0], json!({"role": "assistant", "content": ""}));
    assert_eq!(names(&losses), ["dropped messages[0].thinking"]);
    let own = Opaque { origin: Format::OpenAiChat, token: "reasoning_content".into() };
    let (body, losses) = encoded(&part(thought(Some(own))));
    assert_eq!(body.unwrap()["messages"][0]["reasoning_content"], "hm");
    assert!(losses.is_empty());
    let evil = Opaque { origin: Format::OpenAiChat, token: r#"{}],"model":"x""#.into() };
    let (body, _) = encoded(&part(thought(Some(evil))));
    assert_eq!(body.unwrap()["model"], "m", "a token that is no detail is not written raw");
    let foreign = |kind: &str| ir::Foreign {
        origin: Format::AnthropicMessages,
        kind: kind.into(),
        json: RawJson::from_valid("{}"),
    };
    assert_eq!(
        names(&encoded(&part(Part::Foreign(foreign("server_tool_use")))).1),
        ["dropped messages[0].server_tool_use"]
    );
    let (body, _) = encoded(&part(Part::Foreign(foreign("container_upload"))));
    assert_eq!(body.unwrap_err().what, "messages[0].container_upload");
    let chat = ChatRequest {
        model: "m".into(),
        tools: vec![Tool::Foreign(foreign("web_search_20250305"))],
        ..ChatRequest::default()
    };
    assert_eq!(encoded(&chat).0.unwrap_err().what, "tools[0].type");
}

#[test]
fn tool_results_become_messages_and_their_images_follow() {
    let text = |text: &str| Part::Text(ir::Text { text: text.into(), ..ir::Text::default() });
    let image = Part::Media(ir::Media {
        kind: ir::MediaKind::Image,
        source: ir::MediaSource::Inline { mime: "image/png".into(), base64: "QQ==".into() },
        name: None,
        detail: None,
        cache: None,
        ext: ir::Ext::default(),
    });
    let result = |call: &str, parts: Vec<Part>| {
        Part::ToolResult(ir::ToolResult {
            call: call.into(),
            parts,
            failed: false,
            cache: None,
            ext: ir::Ext::default(),
        })
    };
    let parts = vec![result("a", vec![text("1"), image]), result("b", vec![]), text("and now?")];
    let message = ir::Message { role: Role::User, parts, name: None, ext: ir::Ext::default() };
    let (body, losses) =
        encoded(&ChatRequest { model: "m".into(), messages: vec![message], ..ChatRequest::default() });
    assert_eq!(
        body.unwrap()["messages"],
        json!([
            {"role": "tool", "tool_call_id": "a", "content": "1"},
            {"role": "tool", "tool_call_id": "b", "content": ""},
            {"role": "user", "content": [
                {"type": "text", "text": "Attachment returned by tool call a:"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,QQ=="}},
                {"type": "text", "text": "and now?"},
            ]},
        ])
    );
    assert_eq!(names(&losses), ["approximated messages[0].tool_result"]);
}

#[test]
fn an_answer_survives_the_round() {
    let body = json!({
        "id": "i", "object": "chat.completion", "created": 3, "model": "gpt", "system_fingerprint": "fp", "service_tier": "default",
        "choices": [{"index": 0, "finish_reason": "tool_calls", "logprobs": {"content": [{"token": "a"}]}, "message": {
            "role": "assistant", "content": "grün", "refusal": null, "reasoning_content": "hm",
            "annotations": [{"type": "url_citation", "url_citation": {"url": "u", "title": "t", "start_index": 0, "end_index": 2}}],
            "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
        }}],
        "usage": {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12,
            "prompt_tokens_details": {"cached_tokens": 2, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 4, "audio_tokens": 0, "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0}},
    });
    let response = OpenAiChat.decode_response(&bytes(&body)).unwrap();
    let mut losses = Losses::default();
    let written = OpenAiChat.encode_response(&response, &seed(), &mut losses);
    assert_eq!(serde_json::from_slice::<Value>(&written).unwrap(), body);
    assert!(losses.is_empty(), "{losses:?}");
}

#[test]
fn answers_that_are_none_are_refused() {
    for body in [
        r#"{"error":{"message":"no"}}"#,
        r#"{"choices":[]}"#,
        "{}",
        "[]",
        "x",
        r#"{"choices":[{"message":{"content":5}}]}"#,
    ] {
        assert!(OpenAiChat.decode_response(&Bytes::from(body)).is_err(), "{body}");
    }
}

#[test]
fn a_refusal_ends_as_openai_ends_it() {
    let body = json!({"choices": [{"message": {"role": "assistant", "content": null, "refusal": "no"}, "finish_reason": "stop"}]});
    let response = OpenAiChat.decode_response(&bytes(&body)).unwrap();
    assert_eq!(response.finish, Some(Finish::Refusal));
    let written = OpenAiChat.encode_response(&response, &seed(), &mut Losses::default());
    let written: Value = serde_json::from_slice(&written).unwrap();
    assert_eq!(
        (&written["choices"][0]["finish_reason"], &written["choices"][0]["message"]["refusal"]),
        (&json!("stop"), &json!("no"))
    );
    assert_eq!(
        (&written["id"], &written["model"], &written["created"]),
        (&json!("chatcmpl-s"), &json!("shown"), &json!(5))
    );
}

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
    let expected = ["start -", "open 0 Text", "0 a", "usage 1 2", "close 0", "finish Stop", "end"];
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
