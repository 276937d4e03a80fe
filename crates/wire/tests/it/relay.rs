//! The relay lane: bytes go through as they came but for the fields the gateway owns, and what is seen on the way is right.

use crate::fixtures;
use bytes::Bytes;
use ir::{Finish, Format, Operation};
use serde_json::{Value, json};
use wire::{
    Flow, Out, Progress,
    relay::{self, RelayOptions, envelope},
};

fn chat(format: Format, body: &str) -> Result<relay::Envelope, wire::BadBody> {
    envelope(Operation::Chat, format, &Bytes::copy_from_slice(body.as_bytes()))
}

fn sent(format: Format, body: &str, model: &str, include_usage: bool) -> String {
    let body = Bytes::copy_from_slice(body.as_bytes());
    let pieces = envelope(Operation::Chat, format, &body).unwrap().outgoing(&body, model, include_usage);
    String::from_utf8(pieces.concat()).unwrap()
}

/// Runs a stream through a flow in chunks of `size`.
pub(crate) fn run(mut flow: Box<dyn Flow>, stream: &[u8], size: usize) -> (Vec<u8>, Box<dyn Flow>) {
    let mut out = Out::new();
    for chunk in stream.chunks(size.max(1)) {
        flow.feed(Bytes::copy_from_slice(chunk), &mut out);
    }
    flow.finish(&mut out);
    (out.concat(), flow)
}

fn relayed(format: Format, stream: &str, hide_usage: bool) -> (String, Box<dyn Flow>) {
    let (out, flow) = run(relay::flow(format, RelayOptions { hide_usage }), stream.as_bytes(), usize::MAX);
    (String::from_utf8(out).unwrap(), flow)
}

const OPENAI: Format = Format::OpenAiChat;
const ANTHROPIC: Format = Format::AnthropicMessages;

#[test]
fn owned_fields_are_edited_and_nothing_else() {
    let body = r#" { "z" : 1.0, "model":"a" ,"stream" : true, "messages":[{"role":"user","content":"h\u00fc \/ ü"}] } "#;
    let expected = r#" { "z" : 1.0, "model":"b\"c" ,"stream" : true,"stream_options":{"include_usage":true}, "messages":[{"role":"user","content":"h\u00fc \/ ü"}] } "#;
    assert_eq!(sent(OPENAI, body, "b\"c", true), expected);
    assert_eq!(sent(OPENAI, body, "a", false), body);
}

#[test]
fn usage_is_asked_for_where_the_caller_did_not() {
    let check = |options: &str, expected: &str| {
        let body = |options: &str| format!(r#"{{"model":"m","stream":true{options}}}"#);
        assert_eq!(sent(OPENAI, &body(options), "m", true), body(expected), "{options}");
    };
    let asked = r#","stream_options":{"include_usage":true}"#;
    check("", asked);
    check(r#","stream_options":null"#, asked);
    check(r#","stream_options":{}"#, asked);
    check(r#","stream_options": { }"#, r#","stream_options": {"include_usage":true}"#);
    check(r#","stream_options":{"include_usage":false}"#, asked);
    check(r#","stream_options":{"include_usage":null}"#, asked);
    check(r#","stream_options":{ "x":1}"#, r#","stream_options":{"include_usage":true, "x":1}"#);
    check(
        r#","stream_options":{ "x":1,"include_usage":false }"#,
        r#","stream_options":{ "x":1,"include_usage":true }"#,
    );
    check(asked, asked);
    let whole = r#"{"model":"m","stream":false}"#;
    assert_eq!(sent(OPENAI, whole, "m", true), whole, "only streams are asked");
    let other = r#"{"model":"m","stream":true}"#;
    assert_eq!(sent(ANTHROPIC, other, "m", true), other, "anthropic tells without being asked");
}

#[test]
fn an_unchanged_body_is_the_callers_own() {
    let body = Bytes::from(r#"{"model":"gpt-4\u002e1","messages":[]}"#.to_string());
    let envelope = envelope(Operation::Chat, OPENAI, &body).unwrap();
    assert_eq!(envelope.model(), "gpt-4.1");
    let pieces = envelope.outgoing(&body, "gpt-4.1", true);
    assert_eq!((pieces.len(), pieces[0].as_ptr()), (1, body.as_ptr()));
    let pieces = envelope.outgoing(&body, "x", true);
    assert_eq!(pieces[0].as_ptr(), body.as_ptr(), "what stands around an edit is shared");
}

#[test]
fn the_envelope_tells_what_the_gateway_must_know() {
    let read = chat(
        OPENAI,
        r#"{"model":"m","max_tokens":5,"max_completion_tokens":7,"user":"u","stream":null,"m\u006fdels":1}"#,
    )
    .unwrap();
    assert_eq!(
        (read.max_output(), read.user(), read.is_stream(), read.wants_usage()),
        (Some(7), Some("u"), false, false)
    );
    let read =
        chat(ANTHROPIC, r#"{"model":"m","max_tokens":5,"metadata":{"user_id":"u"},"stream":true}"#).unwrap();
    assert_eq!(
        (read.max_output(), read.user(), read.is_stream(), read.wants_usage()),
        (Some(5), Some("u"), true, true)
    );
    let body = Bytes::from_static(br#"{"input":["a"],"model":"e","stream":"whatever"}"#);
    assert_eq!(envelope(Operation::Embeddings, OPENAI, &body).unwrap().model(), "e");
}

#[test]
fn a_bad_body_is_refused_and_the_field_named() {
    let deep = format!(r#"{{"model":"m","x":{}1{}}}"#, "[".repeat(10_000), "]".repeat(10_000));
    let cases: &[(&str, Option<&str>)] = &[
        ("", None),
        ("[]", None),
        ("null", None),
        (r#"{"model":"m""#, None),
        (r#"{"model":"m"} x"#, None),
        (&deep, None),
        ("{}", Some("model")),
        (r#"{"model":""}"#, Some("model")),
        (r#"{"model":7}"#, Some("model")),
        (r#"{"model":null}"#, Some("model")),
        (r#"{"model":"\ud800"}"#, Some("model")),
        (r#"{"model":"a","model":"a"}"#, Some("model")),
        (r#"{"model":"a","mod\u0065l":"b"}"#, Some("model")),
        (r#"{"model":"a","stream":"yes"}"#, Some("stream")),
        (r#"{"model":"a","stream":true,"stream":true}"#, Some("stream")),
        (r#"{"model":"a","stream_options":[]}"#, Some("stream_options")),
        (r#"{"model":"a","stream_options":{"include_usage":1}}"#, Some("stream_options.include_usage")),
        (
            r#"{"model":"a","stream_options":{"include_usage":true,"include_usage":true}}"#,
            Some("stream_options.include_usage"),
        ),
        (r#"{"model":"a","max_tokens":-1}"#, Some("max_tokens")),
        (r#"{"model":"a","max_tokens":1.5}"#, Some("max_tokens")),
        (r#"{"model":"a","max_completion_tokens":"many"}"#, Some("max_completion_tokens")),
        (r#"{"model":"a","user":{}}"#, Some("user")),
    ];
    for (body, param) in cases {
        let bad = chat(OPENAI, body).expect_err(body);
        assert_eq!(bad.param.as_deref(), *param, "{body}: {bad}");
        assert!(!bad.message.ends_with('.'), "{bad}");
    }
    let bad = envelope(Operation::Chat, OPENAI, &Bytes::from_static(b"{\"model\":\"m\",\"x\":\"\xff\"}"))
        .unwrap_err();
    assert!(bad.message.contains("UTF-8"), "{bad}");
    assert_eq!(
        chat(ANTHROPIC, r#"{"model":"a","metadata":{"user_id":5}}"#).unwrap_err().param.as_deref(),
        Some("metadata.user_id")
    );
}

const CHUNK: &str = r#"data: {"id":"1","choices":[{"index":0,"delta":{"content":"Hi \"error\": \u00fc"},"finish_reason":null}],"usage":null}"#;
const STOP: &str =
    r#"data: {"id":"1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null}"#;
const USAGE: &str =
    r#"data: {"id":"1","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}"#;

#[test]
fn a_stream_is_forwarded_as_it_came() {
    let stream = format!(": hello\n\n{CHUNK}\n\n{STOP}\r\n\r\n{USAGE}\n\ndata: [DONE]\n\n");
    let (out, flow) = relayed(OPENAI, &stream, false);
    assert_eq!(out, stream);
    let seen = flow.progress();
    assert_eq!(
        (seen.content, seen.ended, seen.events, seen.finish.clone()),
        (true, true, 1, Some(Finish::Stop))
    );
    assert_eq!((seen.seen.as_str(), seen.seen_bytes), ("Hi \"error\": ü", 14));
    assert_eq!(seen.usage.unwrap().total(), 5);
    assert!(seen.fault.is_none());
}

#[test]
fn usage_nobody_asked_for_is_hidden_but_counted() {
    for end in ["\n", "\r\n", "\r"] {
        let (frame, done) = (|text: &str| format!("{text}{end}{end}"), "data: [DONE]");
        let stream = [CHUNK, STOP, USAGE, done].map(frame).concat();
        for size in [1, 2, 3, 7, usize::MAX] {
            let (out, flow) =
                run(relay::flow(OPENAI, RelayOptions { hide_usage: true }), stream.as_bytes(), size);
            assert_eq!(
                String::from_utf8(out).unwrap(),
                [CHUNK, STOP, done].map(frame).concat(),
                "{end:?} {size}"
            );
            assert!(flow.progress().usage.is_some());
        }
    }
}

#[test]
fn a_stream_that_was_cut_is_a_fault() {
    let cut = format!("{CHUNK}\n\ndata: {{\"choices\":[{{\"delta\":{{\"content\":\"lost");
    let (out, flow) = relayed(OPENAI, &cut, false);
    assert_eq!(out, format!("{CHUNK}\n\n"), "the half frame is kept back");
    assert_eq!(flow.progress().seen, "Hi \"error\": ü", "and not counted");
    assert!(flow.progress().fault.is_some() && !flow.progress().ended);
    let (_, flow) = relayed(
        ANTHROPIC,
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{}}\n\n",
        false,
    );
    assert!(flow.progress().fault.is_some());
    assert!(relayed(OPENAI, "", false).1.progress().fault.is_some());
}

#[test]
fn a_finished_stream_without_done_gets_one() {
    let (out, flow) = relayed(OPENAI, &format!("{CHUNK}\n\n{STOP}"), false);
    assert_eq!(out, format!("{CHUNK}\n\n{STOP}\n\ndata: [DONE]\n\n"));
    assert!(flow.progress().ended && flow.progress().fault.is_none());
}

#[test]
fn an_error_inside_the_stream_is_a_fault_and_is_not_forwarded() {
    let stream =
        format!("{CHUNK}\n\ndata: {{\"error\":{{\"message\":\"busy\",\"code\":503}}}}\n\n{CHUNK}\n\n");
    let (out, mut flow) = relayed(OPENAI, &stream, false);
    assert_eq!(out, format!("{CHUNK}\n\n"));
    let fault = flow.progress().fault.clone().unwrap();
    assert_eq!((fault.status(), &*fault.message), (503, "busy"));
    let mut out = Out::new();
    flow.fail(&fault, &mut out);
    flow.fail(&fault, &mut out);
    flow.feed(Bytes::from_static(b"data: {}\n\n"), &mut out);
    let written = String::from_utf8(out.concat()).unwrap();
    let body: Value = serde_json::from_str(written.strip_prefix("data: ").unwrap()).unwrap();
    assert_eq!((&body["error"]["message"], &body["error"]["source"]), (&json!("busy"), &json!("upstream")));
}

#[test]
fn an_anthropic_error_event_is_a_fault_by_its_type() {
    let error = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"busy\"}}\n\n";
    let (out, mut flow) = relayed(ANTHROPIC, error, false);
    let fault = flow.progress().fault.clone().unwrap();
    assert_eq!((out.as_str(), fault.kind), ("", ir::FaultKind::Overloaded));
    let mut out = Out::new();
    flow.fail(&fault, &mut out);
    let written = String::from_utf8(out.concat()).unwrap();
    let data = written.strip_prefix("event: error\ndata: ").unwrap();
    assert_eq!(serde_json::from_str::<Value>(data).unwrap()["error"]["type"], "overloaded_error");
}

#[test]
fn a_stream_that_ended_well_cannot_be_failed_after() {
    let (_, mut flow) = relayed(OPENAI, &format!("{STOP}\n\ndata: [DONE]\n\n"), false);
    let mut out = Out::new();
    flow.fail(&ir::Fault::internal("late"), &mut out);
    assert!(out.is_empty());
}

#[test]
fn tool_calls_reasoning_and_refusals_are_content() {
    let delta =
        |delta: &str| format!("data: {{\"choices\":[{{\"finish_reason\":null,\"delta\":{delta}}}]}}\n\n");
    let check = |json: &str, content: bool, seen: &str| {
        let (_, flow) = relayed(OPENAI, &delta(json), false);
        assert_eq!((flow.progress().content, flow.progress().seen.as_str()), (content, seen), "{json}");
    };
    check(r#"{"role":"assistant","content":""}"#, false, "");
    check(r#"{"content":null,"tool_calls":[]}"#, false, "");
    check("null", false, "");
    check(r#"{"reasoning_content":"hm"}"#, true, "hm");
    check(r#"{"reasoning":"hm","reasoning_content":"hm"}"#, true, "hm");
    check(r#"{"reasoning_details":[{"type":"reasoning.encrypted"}]}"#, true, "");
    check(r#"{"refusal":"no"}"#, true, "no");
    check(
        r#"{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"a\""}}]}"#,
        true,
        "f{\"a\"",
    );
    check(
        r#"{"content":[{"type":"thinking","thinking":[{"type":"text","text":"a"}]},{"type":"text","text":"b"}]}"#,
        true,
        "ab",
    );
}

#[test]
fn every_recorded_request_goes_out_as_it_came() {
    let mut count = 0;
    for case in fixtures::all() {
        let Some(body) = case.request else { continue };
        if serde_json::from_slice::<Value>(&body).is_err() {
            continue;
        }
        let Ok(read) = envelope(Operation::Chat, case.format, &body) else {
            // Azure and others name the model in the path.
            assert!(serde_json::from_slice::<Value>(&body).unwrap()["model"].is_null(), "{}", case.name);
            continue;
        };
        count += 1;
        assert_eq!(read.outgoing(&body, read.model(), false).concat(), body, "{}", case.name);
        let other = read.outgoing(&body, "another/model", true).concat();
        let (mut before, after): (Value, Value) =
            (serde_json::from_slice(&body).unwrap(), serde_json::from_slice(&other).unwrap());
        before["model"] = json!("another/model");
        if case.format == OPENAI && read.is_stream() {
            before["stream_options"]["include_usage"] = json!(true);
        }
        assert_eq!(before, after, "{}", case.name);
        assert_eq!(before["stream"] == true, read.is_stream(), "{}", case.name);
    }
    println!("{count} requests");
}

#[test]
fn every_recorded_stream_is_forwarded_as_it_came() {
    let mut count = 0;
    for case in fixtures::all().iter().filter(|case| case.is_stream) {
        count += 1;
        let (out, flow) =
            run(relay::flow(case.format, RelayOptions { hide_usage: false }), &case.response, 1000);
        let seen = flow.progress();
        let text = String::from_utf8_lossy(&case.response);
        println!(
            "{}: {:?} {:?} {} {:?}",
            case.name,
            seen.usage,
            seen.finish,
            seen.seen_bytes,
            seen.fault.as_ref().map(|fault| &fault.message)
        );
        let Some(fault) = &seen.fault else {
            assert!(
                case.response.starts_with(out.strip_suffix(b"data: [DONE]\n\n").unwrap_or(&out)),
                "{}",
                case.name
            );
            assert!(out.len() + 2 >= case.response.len(), "{}", case.name);
            assert!(seen.ended, "{}", case.name);
            assert_eq!(seen.finish.is_some(), text.contains("_reason\":\""), "{}", case.name);
            continue;
        };
        assert!(case.response.starts_with(&out), "{}", case.name);
        let told = text.contains("\"error\"") || text.contains("event: error");
        let cut = case.name.contains("cut") || !(text.contains("[DONE]") || text.contains("message_stop"));
        assert!(told || cut, "{}: {fault:?}", case.name);
    }
    println!("{count} streams");
}

#[test]
fn usage_of_recorded_answers_agrees_with_what_they_say() {
    for case in fixtures::all().iter().filter(|case| !case.is_stream && case.status == 200) {
        let seen = relay::whole(case.format, Operation::Chat, &case.response);
        let Ok(body) = serde_json::from_slice::<Value>(&case.response) else { continue };
        if body["usage"].is_null() {
            assert!(seen.usage.is_none(), "{}", case.name);
            continue;
        }
        let usage = seen.usage.unwrap_or_else(|| panic!("{}", case.name));
        println!("{}: {usage:?} {:?}", case.name, seen.finish);
        let told = |name: &str| body["usage"][name].as_u64();
        if let Some(total) = told("total_tokens") {
            assert_eq!(usage.total(), total, "{}", case.name);
            assert!(usage.output >= told("completion_tokens").unwrap_or(0), "{}", case.name);
            assert!(usage.reasoning <= usage.output, "{}", case.name);
        } else if body["usage"]["iterations"].is_null() {
            assert_eq!(Some(usage.input), told("input_tokens"), "{}", case.name);
            assert_eq!(Some(usage.output), told("output_tokens"), "{}", case.name);
            assert_eq!(usage.cached, told("cache_read_input_tokens").unwrap_or(0), "{}", case.name);
        }
        let reason = body["stop_reason"].as_str().or(body["choices"][0]["finish_reason"].as_str());
        let says_why = reason.is_some_and(|reason| !reason.is_empty());
        assert_eq!(
            (seen.finish.is_some(), seen.model.as_deref()),
            (says_why, body["model"].as_str()),
            "{}",
            case.name
        );
        assert!(seen.seen.is_empty(), "text is read only where usage is missing");
    }
}

#[test]
fn a_whole_answer_without_usage_is_read_for_an_estimate() {
    let body = Bytes::from_static(br#"{"choices":[{"message":{"content":"abc","tool_calls":[{"function":{"name":"f","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}"#);
    let seen = relay::whole(OPENAI, Operation::Chat, &body);
    assert_eq!((seen.seen.as_str(), seen.seen_bytes, seen.finish), ("abcf{}", 6, Some(Finish::ToolCalls)));
    let body = Bytes::from_static(
        br#"{"object":"list","model":"e","data":[],"usage":{"prompt_tokens":8,"total_tokens":8}}"#,
    );
    let seen = relay::whole(OPENAI, Operation::Embeddings, &body);
    assert_eq!(seen.usage.map(|usage| (usage.input, usage.output)), Some((8, 0)));
    let seen =
        relay::whole(ANTHROPIC, Operation::CountTokens, &Bytes::from_static(br#"{"input_tokens":14}"#));
    assert_eq!(seen.usage.map(|usage| usage.input), Some(14));
    let seen = relay::whole(
        OPENAI,
        Operation::Chat,
        &Bytes::from_static(br#"{"error":{"message":"no","code":429}}"#),
    );
    assert_eq!(seen.fault.unwrap().status(), 429);
    let failed = r#"{"choices":[{"message":{"content":""},"finish_reason":"error"}]}"#;
    assert!(relay::whole(OPENAI, Operation::Chat, &Bytes::from_static(failed.as_bytes())).fault.is_some());
    let (_, flow) = relayed(
        OPENAI,
        "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"error\"}]}\n\ndata: [DONE]\n\n",
        false,
    );
    assert!(flow.progress().fault.is_some() && !flow.progress().ended);
    assert!(relay::whole(OPENAI, Operation::Chat, &Bytes::from_static(b"<html>")).usage.is_none());
}

/// The parts of `Progress` that must not depend on how a stream was cut.
pub(crate) fn facts(progress: &Progress) -> String {
    let Progress { content, ended, fault, usage, finish, seen, seen_bytes, events, .. } = progress;
    let fault = fault.as_ref().map(|fault| (fault.kind, fault.message.to_string()));
    format!("{content} {ended} {fault:?} {usage:?} {finish:?} {seen} {seen_bytes} {events}")
}
