//! Streams that fail after content has gone out: they end with the dialect's own error event, and the record says so.

use crate::{CHAT, HELLO_CLAUDE_STREAM, HELLO_STREAM, MESSAGES, QUICK, anthropic, attempts, end, openai};
use http_body_util::BodyExt;
use serde_json::Value;
use std::sync::Arc;
use testkit::{
    Answer, Gateway, Step, Upstream,
    answers::{anthropic as claude, chunk, chunked_head, openai as gpt, raw, sse_head},
};
use tokio::sync::Notify;

/// The last event's data.
fn last_data(answer: &Answer) -> Value {
    let line = answer.text().lines().rfind(|line| line.starts_with("data: ")).unwrap();
    serde_json::from_str(&line[6..]).unwrap()
}

/// A call whose upstream sends `opening`, and `rest` only once content has reached the caller: what had not gone out yet could
/// still be tried elsewhere.
async fn interrupted(
    opening: Vec<Step>,
    rest: Vec<Step>,
    dialect: fn(&str, &str) -> String,
    more: &str,
) -> (Answer, Value) {
    let bell = Arc::new(Notify::new());
    let steps = [opening, vec![Step::Wait(bell.clone())], rest].concat();
    let upstream = Upstream::always(steps).await;
    let gateway = Gateway::new(&dialect(&upstream.url(), &format!("{QUICK}{more}")));
    let claude = dialect("", "") == anthropic("", "");
    let (path, body) = if claude { (MESSAGES, HELLO_CLAUDE_STREAM) } else { (CHAT, HELLO_STREAM) };
    let (head, mut body) = gateway.open(path, "", body).await.into_parts();
    let mut all = Vec::new();
    while let Some(frame) = body.frame().await {
        all.extend_from_slice(&frame.unwrap().into_data().unwrap());
        if String::from_utf8_lossy(&all).contains("half an") {
            bell.notify_one();
        }
    }
    drop(body);
    assert_eq!(upstream.calls(), 1, "what has begun is not begun again");
    let record = gateway.record().await;
    (Answer { status: head.status.as_u16(), headers: head.headers, body: all.into() }, record)
}

/// Answer and record of an OpenAI stream that begins as it should and goes on with `rest`.
async fn broken(rest: Vec<Step>, more: &str) -> (Answer, Value) {
    let opening = vec![sse_head(), raw(&gpt::role()), raw(&gpt::text("half an "))];
    interrupted(opening, rest, openai, more).await
}

/// What went out before the failure is whole; then one error event, and no `[DONE]`.
fn ends_with_error(answer: &Answer, code: &str) {
    assert_eq!(answer.status, 200);
    let good = [gpt::role(), gpt::text("half an ")].concat();
    let rest = answer.text().strip_prefix(&good).unwrap_or_else(|| panic!("{}", answer.text()));
    assert_eq!(rest.matches("data:").count(), 1, "{rest}");
    assert!(!answer.text().contains("[DONE]"));
    let error = &last_data(answer)["error"];
    assert_eq!((error["code"].as_str(), error["source"].as_str()), (Some(code), Some("upstream")), "{rest}");
    assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()));
}

#[tokio::test]
async fn whatever_breaks_the_end_is_an_error_event() {
    let error = "data: {\"error\":{\"message\":\"busy\",\"code\":\"server_overloaded\"}}\n\n";
    for (code, rest) in [
        ("upstream_error", vec![Step::Close]),
        (
            "upstream_error",
            vec![raw("data: {\"choices\":[{\"delta\":{\"content\":\"cut in the mid"), Step::Close],
        ),
        ("overloaded", vec![raw(error), raw(&gpt::text("after")), Step::Close]),
    ] {
        let (answer, record) = broken(rest, "").await;
        ends_with_error(&answer, code);
        assert_eq!(end(&record), ("partial", code, "upstream"));
        assert_eq!(record["status"], 200);
        assert_eq!(attempts(&record), ["up ok"]);
    }
}

#[tokio::test]
async fn silence_in_the_middle_and_too_long_an_answer_end_it() {
    for (more, rest) in [
        ("    timeouts: { idle: 80ms }\n", vec![Step::Hang]),
        ("    timeouts: { total: 150ms }\n", vec![Step::Hang]),
    ] {
        let (answer, record) = broken(rest, more).await;
        ends_with_error(&answer, "upstream_timeout");
        assert_eq!(end(&record), ("partial", "upstream_timeout", "upstream"));
    }
}

#[tokio::test]
async fn what_was_used_until_then_is_counted_here() {
    let (_, record) = broken(vec![Step::Close], "").await;
    let usage = &record["usage"];
    assert_eq!(usage["certainty"], "estimated");
    assert!((1..6).contains(&usage["output"].as_u64().unwrap()), "{usage}");
    assert!(record["cost_nanos"].as_u64().unwrap() > 0);
}

#[tokio::test]
async fn a_framing_that_breaks_off_is_a_failure_even_after_whole_events() {
    let opening = vec![chunked_head(), chunk(&gpt::role()), chunk(&gpt::text("half an "))];
    let (answer, record) = interrupted(opening, vec![Step::Close], openai, "").await;
    ends_with_error(&answer, "upstream_error");
    assert_eq!(end(&record).0, "partial");
}

#[tokio::test]
async fn after_the_end_mark_nothing_can_go_wrong_any_more() {
    let events = gpt::stream(&["whole"], 3, 1);
    for rest in [vec![Step::Close], vec![chunk("data: {\"error\":{\"message\":\"late\"}}\n\n"), Step::Close]]
    {
        let mut steps = vec![chunked_head(), chunk(&events)];
        steps.extend(rest);
        let upstream = Upstream::always(steps).await;
        let gateway = Gateway::new(&openai(&upstream.url(), ""));
        let answer = gateway.post(CHAT, "", HELLO_STREAM).await;
        assert!(answer.text().ends_with(gpt::DONE), "{}", answer.text());
        let record = gateway.record().await;
        assert_eq!((end(&record).0, record["usage"]["output"].as_u64()), ("ok", Some(1)));
    }
}

#[tokio::test]
async fn anthropic_callers_get_an_error_event_of_theirs() {
    let opening = [claude::start(9), claude::block(), claude::text("half an ")].concat();
    let overloaded = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n";
    for (rest, kind, code) in [
        (vec![Step::Close], "api_error", "upstream_error"),
        (vec![raw(overloaded), Step::Hang], "overloaded_error", "overloaded"),
        (vec![Step::Hang], "timeout_error", "upstream_timeout"),
    ] {
        let idle = "    timeouts: { idle: 80ms }\n";
        let (answer, record) = interrupted(vec![sse_head(), raw(&opening)], rest, anthropic, idle).await;
        let rest = answer.text().strip_prefix(&opening).unwrap();
        assert!(rest.starts_with("event: error\ndata: "), "{rest}");
        assert_eq!(rest.matches("event:").count(), 1, "{rest}");
        assert_eq!(last_data(&answer)["error"]["type"], kind);
        assert_eq!(end(&record), ("partial", code, "upstream"));
        // The input was told at the start; of the output only the beginning is known.
        let usage = &record["usage"];
        assert_eq!((usage["input"].as_u64(), usage["certainty"].as_str()), (Some(9), Some("partial")));
        assert!(usage["output"].as_u64().unwrap() >= 1);
    }
}

#[tokio::test]
async fn an_endless_event_is_cut_off() {
    let piece = "x".repeat(1 << 20);
    let rest = vec![raw("data: "), Step::Flood(piece.into(), 64), Step::Hang];
    let (answer, record) = broken(rest, "").await;
    assert_eq!(last_data(&answer)["error"]["code"], "upstream_error");
    assert!(answer.body.len() < 4096, "nothing of it goes on");
    assert_eq!(end(&record).0, "partial");
}
