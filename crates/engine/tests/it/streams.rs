//! Streams that go well, or whose first target fails before it has said anything.

use crate::{
    CHAT, HELLO_CLAUDE_STREAM, HELLO_STREAM, MESSAGES, QUICK, anthropic, attempts, end, openai, two,
};
use testkit::{
    Gateway, Step, Upstream,
    answers::{
        self, anthropic as claude, chunk, chunked_head, http_answer, openai as gpt, raw, sse, sse_head,
    },
};

async fn good() -> Upstream {
    Upstream::always(sse(&gpt::stream(&["fine"], 3, 1))).await
}

/// What the caller of `m` gets when the first of its targets answers with `steps`.
async fn after(steps: Vec<Step>) -> (testkit::Answer, Vec<String>) {
    let (bad, fine) = (Upstream::always(steps).await, good().await);
    let timeouts = "    timeouts: { first_token: 100ms }\n";
    let gateway = Gateway::new(&two(&bad.url(), &fine.url(), timeouts));
    let answer = gateway.post(CHAT, "", HELLO_STREAM).await;
    let record = gateway.record().await;
    assert_eq!(end(&record).0, "ok", "{record:#?}");
    (answer, attempts(&record))
}

#[tokio::test]
async fn until_something_is_said_the_next_target_can_say_it() {
    let expected = gpt::stream(&["fine"], 3, 1).replace(&gpt::usage(3, 1), "");
    let role = raw(&gpt::role());
    let error = raw("data: {\"error\":{\"message\":\"busy\",\"code\":\"server_overloaded\"}}\n\n");
    for (label, steps) in [
        ("stream_error", vec![sse_head(), role.clone(), error, Step::Close]),
        ("stream_error", vec![sse_head(), role.clone(), Step::Close]),
        ("stream_error", vec![sse_head(), Step::Close]),
        ("first_token_timeout", vec![sse_head(), role.clone(), raw(": ping\n\n"), Step::Hang]),
        ("first_token_timeout", vec![sse_head(), Step::Hang]),
        ("head_timeout", vec![Step::Hang]),
        ("truncated", vec![chunked_head(), chunk(&gpt::role()), Step::Close]),
        ("not_a_stream", vec![http_answer(200, "", &answers::completion("whole", 1, 1))]),
        ("overloaded", vec![http_answer(503, "", "{}")]),
    ] {
        let (answer, tried) = after(steps).await;
        assert_eq!((answer.status, answer.text()), (200, expected.as_str()), "{label}");
        assert_eq!(tried, [format!("a {label}"), "b ok".into()]);
        assert_eq!(answer.header("x-tidegate-provider"), "b");
    }
}

#[tokio::test]
async fn anthropics_opening_events_are_held_back_too() {
    let overloaded = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n";
    let opening =
        [claude::start(9), "event: ping\ndata: {\"type\":\"ping\"}\n\n".into(), claude::block()].concat();
    let fine = claude::stream(&["well"], 9, 2);
    let answer = fine.clone();
    let upstream =
        Upstream::start(
            move |seen| {
                if seen.number == 0 { sse(&format!("{opening}{overloaded}")) } else { sse(&answer) }
            },
        )
        .await;
    let gateway = Gateway::new(&anthropic(&upstream.url(), QUICK));
    let answer = gateway.post(MESSAGES, "", HELLO_CLAUDE_STREAM).await;
    assert_eq!((answer.status, answer.text()), (200, fine.as_str()));
    let record = gateway.record().await;
    assert_eq!(attempts(&record), ["up stream_error", "up ok"]);
    assert_eq!(record["usage"]["output"], 2);
}

#[tokio::test]
async fn when_no_target_speaks_the_caller_gets_a_status_not_a_stream() {
    let upstream = Upstream::always(vec![sse_head(), raw(&gpt::role()), Step::Close]).await;
    let gateway = Gateway::new(&openai(&upstream.url(), QUICK));
    let answer = gateway.post(CHAT, "", HELLO_STREAM).await;
    assert_eq!((answer.status, answer.json()["error"]["code"].as_str()), (502, Some("upstream_error")));
    assert_eq!(upstream.calls(), 3);
    assert_eq!(end(&gateway.record().await), ("failed", "upstream_error", "upstream"));
}

#[tokio::test]
async fn a_refused_stream_comes_with_the_providers_own_words() {
    let error =
        r#"{ "error": {"message":"bad","type":"invalid_request_error","param":"messages","code":null}}"#;
    let upstream = Upstream::always(vec![http_answer(400, "", error)]).await;
    let gateway = Gateway::new(&openai(&upstream.url(), QUICK));
    let answer = gateway.post(CHAT, "", HELLO_STREAM).await;
    assert_eq!((answer.status, answer.text()), (400, error));
    assert_eq!(answer.header("content-type"), "application/json");
}

#[tokio::test]
async fn the_end_is_the_dialects_own_even_if_the_provider_keeps_the_connection() {
    let start = std::time::Instant::now();
    let upstream = Upstream::always(vec![sse_head(), raw(&gpt::stream(&["a", "b"], 3, 2)), Step::Hang]).await;
    let gateway = Gateway::new(&openai(&upstream.url(), ""));
    let answer = gateway.post(CHAT, "", HELLO_STREAM).await;
    assert!(answer.text().ends_with(gpt::DONE));
    assert!(start.elapsed() < std::time::Duration::from_secs(3));
    assert_eq!(end(&gateway.record().await).0, "ok");
    upstream.left().await;
}

#[tokio::test]
async fn an_end_mark_that_is_missing_is_written() {
    let events = [gpt::role(), gpt::text("x"), gpt::stop()].concat();
    let upstream = Upstream::always(sse(&events)).await;
    let gateway = Gateway::new(&openai(&upstream.url(), ""));
    let answer = gateway.post(CHAT, "", HELLO_STREAM).await;
    assert_eq!(answer.text(), format!("{events}{}", gpt::DONE));
    assert_eq!(end(&gateway.record().await).0, "ok");
}

#[tokio::test]
async fn a_connection_is_used_again_after_a_whole_stream() {
    let events = gpt::stream(&["a"], 3, 1);
    let upstream = Upstream::always(vec![chunked_head(), chunk(&events), chunk("")]).await;
    let gateway = Gateway::new(&openai(&upstream.url(), ""));
    for _ in 0..3 {
        assert!(gateway.post(CHAT, "", HELLO_STREAM).await.text().ends_with(gpt::DONE));
    }
    assert_eq!((upstream.calls(), upstream.connections()), (3, 1));
}

#[tokio::test]
async fn usage_nobody_told_is_estimated_and_marked() {
    let events =
        [gpt::role(), gpt::text("The tide gate opens "), gpt::text("twice a day."), gpt::stop()].concat();
    let upstream = Upstream::always(sse(&format!("{events}{}", gpt::DONE))).await;
    let gateway = Gateway::new(&openai(&upstream.url(), ""));
    let answer = gateway.post(CHAT, "", HELLO_STREAM).await;
    assert!(!answer.text().contains("\"prompt_tokens\""), "nothing is made up for the caller");
    let record = gateway.record().await;
    let usage = &record["usage"];
    assert_eq!(usage["certainty"], "estimated");
    let (input, output) = (usage["input"].as_u64().unwrap(), usage["output"].as_u64().unwrap());
    assert!((2..30).contains(&input) && (5..12).contains(&output), "{usage}");
    assert_eq!(record["cost_nanos"].as_u64(), Some(input * 2_500 + output * 10_000));
    assert_eq!(end(&record).0, "ok");
}

#[tokio::test]
async fn what_waits_for_its_first_word_has_its_time_noted() {
    let upstream = good().await;
    let gateway = Gateway::new(&openai(&upstream.url(), ""));
    let answer = gateway.post(CHAT, "", HELLO_STREAM).await;
    assert_eq!(answer.header("cache-control"), "no-cache");
    assert_eq!(answer.header("content-type"), "text/event-stream; charset=utf-8");
    assert_eq!(answer.header("x-tidegate-cost-usd"), "", "nobody knows it yet");
    let record = gateway.record().await;
    let (first, whole) = (record["first_byte_us"].as_u64().unwrap(), record["duration_us"].as_u64().unwrap());
    assert!(first <= whole, "{record}");
    assert_eq!(record["bytes_out"].as_u64(), Some(answer.body.len() as u64));
    assert_eq!((record["stream"].as_bool(), record["finish"].as_str()), (Some(true), Some("stop")));
}

#[tokio::test]
async fn a_long_prompt_is_counted_whole_though_only_its_beginning_is_kept() {
    let events = [gpt::role(), gpt::text("x"), gpt::stop(), gpt::DONE.to_owned()].concat();
    let upstream = Upstream::always(sse(&events)).await;
    let gateway = Gateway::new(&openai(&upstream.url(), ""));
    let words = 60_000;
    let body = HELLO_STREAM.replace("hello there", &"tide ".repeat(words));
    gateway.post(CHAT, "", body).await;
    let usage = gateway.record().await["usage"].clone();
    let (input, words) = (usage["input"].as_u64().unwrap(), words as u64);
    assert!((words * 8 / 10..words * 13 / 10).contains(&input), "{usage}");
}

#[tokio::test]
async fn an_error_in_a_success_is_read_where_a_stream_was_asked_for_too() {
    let filtered = r#"{"error":{"message":"filtered","type":null,"param":"prompt","code":"content_filter","status":400}}"#;
    let upstream = Upstream::always(vec![http_answer(200, "", filtered)]).await;
    let gateway = Gateway::new(&openai(&upstream.url(), QUICK));
    let answer = gateway.post(CHAT, "", HELLO_STREAM).await;
    assert_eq!(answer.status, 400, "{}", answer.text());
    assert!(answer.json()["error"]["message"].as_str().unwrap().contains("filtered"));
    assert_eq!(upstream.calls(), 1, "asking again would not change it");
}
