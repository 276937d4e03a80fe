//! Callers that leave: the provider is left within a tenth of a second, and what was used is written down.

use crate::{CHAT, HELLO, HELLO_CLAUDE_STREAM, HELLO_STREAM, MESSAGES, anthropic, end, openai};
use bytes::Bytes;
use http_body_util::BodyExt;
use std::{
    future::Future,
    time::{Duration, Instant},
};
use testkit::{
    Gateway, Step, Upstream,
    answers::{anthropic as claude, openai as gpt, raw, sse_head},
};

/// How soon a provider must notice.
const SOON: Duration = Duration::from_millis(100);

/// Runs `call` until `upstream` has been called, drops it, and checks that the upstream is left soon.
async fn dropped_when_called(upstream: &Upstream, call: impl Future) {
    tokio::select! {
        _ = call => panic!("the call ended by itself"),
        () = upstream.called(1) => {}
    }
    let dropped = Instant::now();
    let late = upstream.left().await.saturating_duration_since(dropped);
    assert!(late < SOON, "left after {late:?}");
}

fn is_aborted(record: &serde_json::Value) {
    assert_eq!(end(record), ("aborted", "caller_gone", "caller"), "{record:#?}");
}

#[tokio::test]
async fn before_the_head_streaming_or_not() {
    for body in [HELLO, HELLO_STREAM] {
        let upstream = Upstream::always(vec![Step::Hang]).await;
        let gateway = Gateway::new(&openai(&upstream.url(), ""));
        dropped_when_called(&upstream, gateway.post(CHAT, "", body)).await;
        let record = gateway.record().await;
        is_aborted(&record);
        assert_eq!(record["status"], 499);
        // The provider may charge for the prompt.
        assert_eq!(record["usage"]["certainty"], "estimated");
        assert!(record["usage"]["input"].as_u64().unwrap() > 0);
        assert_eq!(record["usage"]["output"], 0);
        assert_eq!(record["attempts"][0]["outcome"], "aborted", "who was being asked is known");
    }
}

#[tokio::test]
async fn in_the_middle_of_a_whole_answer() {
    let half =
        raw("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{\"choices\":");
    let upstream = Upstream::always(vec![half, Step::Hang]).await;
    let gateway = Gateway::new(&openai(&upstream.url(), ""));
    dropped_when_called(&upstream, gateway.post(CHAT, "", HELLO)).await;
    is_aborted(&gateway.record().await);
}

#[tokio::test]
async fn while_lifecycle_events_are_held_back() {
    let upstream = Upstream::always(vec![sse_head(), raw(&gpt::role()), Step::Hang]).await;
    let gateway = Gateway::new(&openai(&upstream.url(), ""));
    dropped_when_called(&upstream, gateway.post(CHAT, "", HELLO_STREAM)).await;
    is_aborted(&gateway.record().await);
}

/// Opens a stream, reads until `enough` has come, and leaves.
async fn read_and_leave(
    gateway: &Gateway,
    upstream: &Upstream,
    path: &str,
    body: &'static str,
    enough: &str,
) {
    let mut answer = gateway.open(path, "", body).await;
    assert_eq!(answer.status(), 200);
    let mut got = Vec::new();
    while !String::from_utf8_lossy(&got).contains(enough) {
        got.extend_from_slice(&answer.body_mut().frame().await.unwrap().unwrap().into_data().unwrap());
    }
    drop(answer);
    let dropped = Instant::now();
    let late = upstream.left().await.saturating_duration_since(dropped);
    assert!(late < SOON, "left after {late:?}");
}

#[tokio::test]
async fn in_the_middle_of_a_stream_what_was_said_is_counted() {
    let words = [gpt::role(), gpt::text("The tide gate opens "), gpt::text("twice a day.")].concat();
    let upstream = Upstream::always(vec![sse_head(), raw(&words), Step::Hang]).await;
    let gateway = Gateway::new(&openai(&upstream.url(), ""));
    read_and_leave(&gateway, &upstream, CHAT, HELLO_STREAM, "twice").await;
    let record = gateway.record().await;
    is_aborted(&record);
    assert_eq!(record["status"], 200, "the head had gone out");
    let usage = &record["usage"];
    assert_eq!(usage["certainty"], "estimated");
    assert!((5..12).contains(&usage["output"].as_u64().unwrap()), "{usage}");
    assert!(record["cost_nanos"].as_u64().unwrap() > 0);
    assert_eq!(record["provider"], "up");
}

#[tokio::test]
async fn what_the_provider_had_told_is_kept_and_marked_partial() {
    let events =
        [claude::start(1234), claude::block(), claude::text("The tide gate opens twice a day.")].concat();
    let upstream = Upstream::always(vec![sse_head(), raw(&events), Step::Hang]).await;
    let gateway = Gateway::new(&anthropic(&upstream.url(), ""));
    read_and_leave(&gateway, &upstream, MESSAGES, HELLO_CLAUDE_STREAM, "twice").await;
    let record = gateway.record().await;
    is_aborted(&record);
    let usage = &record["usage"];
    assert_eq!((usage["input"].as_u64(), usage["certainty"].as_str()), (Some(1234), Some("partial")));
    assert!((5..12).contains(&usage["output"].as_u64().unwrap()), "{usage}");
}

#[tokio::test]
async fn a_caller_that_leaves_after_the_end_mark_has_had_its_answer() {
    let upstream = Upstream::always(vec![sse_head(), raw(&gpt::stream(&["all"], 3, 1)), Step::Hang]).await;
    let gateway = Gateway::new(&openai(&upstream.url(), ""));
    read_and_leave(&gateway, &upstream, CHAT, HELLO_STREAM, "[DONE]").await;
    let record = gateway.record().await;
    assert_eq!((end(&record).0, record["usage"]["output"].as_u64()), ("ok", Some(1)));
}

#[tokio::test]
async fn while_its_own_body_is_on_the_way() {
    let upstream = Upstream::always(vec![Step::Hang]).await;
    let gateway = Gateway::new(&openai(&upstream.url(), ""));
    let body = http_body_util::StreamBody::new(futures_util::stream::pending::<
        Result<http_body::Frame<Bytes>, std::io::Error>,
    >());
    let request = http::Request::post(CHAT).body(body).unwrap();
    let call = gateway.engine.serve(request, engine::Origin::default());
    assert!(tokio::time::timeout(Duration::from_millis(20), call).await.is_err());
    let record = gateway.record().await;
    is_aborted(&record);
    assert!(record["usage"].is_null(), "nobody was asked");
    assert_eq!(upstream.calls(), 0);
}

#[tokio::test]
async fn while_waiting_between_two_attempts() {
    let upstream = Upstream::always(vec![testkit::http_answer(503, "", "{}")]).await;
    let gateway = Gateway::new(&openai(&upstream.url(), "    retries: { backoff: 30s..60s }\n"));
    tokio::select! {
        _ = gateway.post(CHAT, "", HELLO) => panic!("the pause is long"),
        () = upstream.called(1) => {}
    }
    is_aborted(&gateway.record().await);
}

#[tokio::test]
async fn without_reading_the_answer_at_all() {
    let upstream =
        Upstream::always(vec![sse_head(), raw(&gpt::role()), raw(&gpt::text("x")), Step::Hang]).await;
    let gateway = Gateway::new(&openai(&upstream.url(), ""));
    drop(gateway.open(CHAT, "", HELLO_STREAM).await);
    upstream.left().await;
    is_aborted(&gateway.record().await);
}
