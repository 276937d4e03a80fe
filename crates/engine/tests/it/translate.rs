//! Callers of one dialect, providers of the other: whole answers and streams, errors, losses, and what cannot be said at all.

use crate::{
    CHAT, HELLO, HELLO_CLAUDE, HELLO_CLAUDE_STREAM, HELLO_STREAM, MESSAGES, QUICK, anthropic, attempts, end,
    openai, two,
};
use serde_json::{Value, json};
use testkit::{
    Answer, Gateway, Step, Upstream,
    answers::{self, anthropic as claude, http_answer, openai as gpt, raw, sse, sse_head},
};

/// The data of all events but the end mark.
fn events(answer: &Answer) -> Vec<Value> {
    let lines = answer.text().lines().filter_map(|line| line.strip_prefix("data: "));
    lines.filter(|data| *data != "[DONE]").map(|data| serde_json::from_str(data).unwrap()).collect()
}

#[tokio::test]
async fn an_openai_caller_is_answered_by_an_anthropic_model() {
    let upstream = Upstream::always(vec![http_answer(200, "", &answers::message("Good day.", 12, 5))]).await;
    let gateway = Gateway::new(&anthropic(&upstream.url(), ""));
    let answer = gateway.post(CHAT, "", HELLO).await;
    let body = answer.json();
    assert_eq!((answer.status, body["object"].as_str()), (200, Some("chat.completion")), "{body}");
    assert_eq!(body["choices"][0]["message"]["content"], "Good day.");
    assert_eq!(body["choices"][0]["finish_reason"], "stop");
    assert_eq!(body["usage"]["prompt_tokens"], 12);
    assert_eq!(answer.header("x-tidegate-cost-usd"), "0.00008");
    let seen = upstream.only();
    assert_eq!(seen.path(), "/v1/messages");
    assert_eq!(
        (seen.header("x-api-key"), seen.header("anthropic-version")),
        (Some("sk-up"), Some("2023-06-01"))
    );
    let sent = seen.json();
    assert_eq!((sent["model"].as_str(), sent["messages"][0]["role"].as_str()), (Some("up-1"), Some("user")));
    assert!(sent["max_tokens"].as_u64().is_some_and(|max| max > 0), "Anthropic demands a limit: {sent}");
}

#[tokio::test]
async fn an_anthropic_caller_is_answered_by_an_openai_model() {
    let upstream =
        Upstream::always(vec![http_answer(200, "", &answers::completion("Good day.", 12, 5))]).await;
    let gateway = Gateway::new(&openai(&upstream.url(), ""));
    let answer = gateway.post(MESSAGES, "", HELLO_CLAUDE).await;
    let body = answer.json();
    assert_eq!((answer.status, body["type"].as_str()), (200, Some("message")), "{body}");
    assert_eq!(body["content"], json!([{ "type": "text", "text": "Good day." }]));
    assert_eq!(
        (body["stop_reason"].as_str(), body["usage"]["output_tokens"].as_u64()),
        (Some("end_turn"), Some(5))
    );
    let seen = upstream.only();
    assert_eq!((seen.path(), seen.header("authorization")), ("/v1/chat/completions", Some("Bearer sk-up")));
    assert_eq!(seen.json()["model"], "up-1");
    let record = gateway.record().await;
    assert_eq!(
        (record["format"].as_str(), record["cost_nanos"].as_u64()),
        (Some("anthropic_messages"), Some(80_000))
    );
}

#[tokio::test]
async fn an_openai_caller_streams_from_an_anthropic_model() {
    let upstream = Upstream::always(sse(&claude::stream(&["Good ", "day."], 12, 5))).await;
    let gateway = Gateway::new(&anthropic(&upstream.url(), ""));
    let answer = gateway.post(CHAT, "", HELLO_STREAM).await;
    assert!(answer.status == 200 && answer.text().ends_with(gpt::DONE), "{}", answer.text());
    let said: String = events(&answer)
        .iter()
        .filter_map(|event| event["choices"][0]["delta"]["content"].as_str().map(String::from))
        .collect();
    assert_eq!(said, "Good day.");
    assert!(!answer.text().contains("prompt_tokens"), "the caller did not ask for usage");
    assert_eq!(upstream.only().json()["stream"], true);
    let record = gateway.record().await;
    let usage = &record["usage"];
    assert_eq!((usage["input"].as_u64(), usage["output"].as_u64()), (Some(12), Some(5)));
    let body =
        HELLO_STREAM.replace("\"stream\":true", r#""stream":true,"stream_options":{"include_usage":true}"#);
    let answer = gateway.post(CHAT, "", body).await;
    assert_eq!(events(&answer).last().unwrap()["usage"]["prompt_tokens"], 12, "{}", answer.text());
}

#[tokio::test]
async fn an_anthropic_caller_streams_from_an_openai_model() {
    let upstream = Upstream::always(sse(&gpt::stream(&["Good ", "day."], 12, 5))).await;
    let gateway = Gateway::new(&openai(&upstream.url(), ""));
    let answer = gateway.post(MESSAGES, "", HELLO_CLAUDE_STREAM).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let events = events(&answer);
    let kinds: Vec<_> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!((kinds[0], kinds[kinds.len() - 1]), ("message_start", "message_stop"));
    let said: String = events.iter().filter_map(|event| event["delta"]["text"].as_str()).collect();
    assert_eq!(said, "Good day.");
    let last = events.iter().rfind(|event| event["type"] == "message_delta").unwrap();
    assert_eq!(
        (last["delta"]["stop_reason"].as_str(), last["usage"]["output_tokens"].as_u64()),
        (Some("end_turn"), Some(5))
    );
    assert_eq!(upstream.only().json()["stream_options"]["include_usage"], true, "usage is always asked for");
    assert_eq!(end(&gateway.record().await).0, "ok");
}

#[tokio::test]
async fn a_translated_stream_fails_over_and_fails_like_any_other() {
    let (bad, fine) = (
        Upstream::always(vec![sse_head(), raw(&gpt::role()), Step::Close]).await,
        Upstream::always(sse(&gpt::stream(&["fine"], 3, 1))).await,
    );
    let gateway = Gateway::new(&two(&bad.url(), &fine.url(), ""));
    let answer = gateway.post(MESSAGES, "", HELLO_CLAUDE_STREAM).await;
    assert!(
        answer.text().contains("fine") && answer.text().matches("message_start").count() == 2,
        "one event, named twice"
    );
    assert_eq!(attempts(&gateway.record().await), ["a stream_error", "b ok"]);

    let steps = vec![sse_head(), raw(&gpt::role()), raw(&gpt::text("half an ")), Step::Hang];
    let upstream = Upstream::always(steps).await;
    let gateway = Gateway::new(&openai(&upstream.url(), "    timeouts: { idle: 80ms }\n"));
    let answer = gateway.post(MESSAGES, "", HELLO_CLAUDE_STREAM).await;
    let last = events(&answer).pop().unwrap();
    assert_eq!(
        (last["type"].as_str(), last["error"]["type"].as_str()),
        (Some("error"), Some("timeout_error"))
    );
    assert!(!answer.text().contains("message_stop"));
    let record = gateway.record().await;
    assert_eq!(end(&record), ("partial", "upstream_timeout", "upstream"));
    assert_eq!(record["usage"]["certainty"], "estimated");
}

#[tokio::test]
async fn a_providers_error_is_said_in_the_callers_words() {
    let error = r#"{"type":"error","error":{"type":"invalid_request_error","message":"messages: at least one message"}}"#;
    let upstream = Upstream::always(vec![http_answer(400, "", error)]).await;
    let gateway = Gateway::new(&anthropic(&upstream.url(), QUICK));
    let answer = gateway.post(CHAT, "", HELLO).await;
    let body = answer.json();
    assert_eq!(
        (answer.status, body["error"]["message"].as_str()),
        (400, Some("messages: at least one message"))
    );
    assert_eq!(body["error"]["source"], "upstream");

    let upstream = Upstream::always(vec![http_answer(
        429,
        "retry-after: 9\r\n",
        r#"{"error":{"message":"slow down"}}"#,
    )])
    .await;
    let gateway = Gateway::new(&openai(&upstream.url(), QUICK));
    let answer = gateway.post(MESSAGES, "", HELLO_CLAUDE).await;
    assert_eq!((answer.status, answer.header("retry-after")), (429, "9"));
    assert_eq!(answer.json()["error"]["type"], "rate_limit_error");
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_tried_elsewhere() {
    let (bad, fine) = (
        Upstream::always(vec![http_answer(200, "", "<html>welcome</html>")]).await,
        Upstream::always(vec![http_answer(200, "", &answers::completion("fine", 1, 1))]).await,
    );
    let gateway = Gateway::new(&two(&bad.url(), &fine.url(), ""));
    let answer = gateway.post(MESSAGES, "", HELLO_CLAUDE).await;
    assert_eq!(answer.json()["content"][0]["text"], "fine");
    assert_eq!(attempts(&gateway.record().await), ["a bad_answer", "b ok"]);
}

/// A request of OpenAI's dialect with things that Anthropic has no words for.
const LOSSY: &str = r#"{"model":"m","max_tokens":9,"seed":7,"frequency_penalty":0.5,"messages":[{"role":"user","content":"hello"}]}"#;
/// One without, for which the answer would not be what was asked for.
const REFUSED: &str =
    r#"{"model":"m","max_tokens":9,"logprobs":true,"messages":[{"role":"user","content":"hello"}]}"#;
/// One that loses nothing: the limit that Anthropic demands is there.
const PLAIN: &str = r#"{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"hello"}]}"#;

#[tokio::test]
async fn losses_are_named_or_refused() {
    let upstream = Upstream::always(vec![http_answer(200, "", &answers::message("hi", 1, 1))]).await;
    let gateway = Gateway::new(&anthropic(&upstream.url(), ""));
    let answer = gateway.post(CHAT, "", LOSSY).await;
    let loss = answer.header("x-tidegate-loss");
    assert!(
        answer.status == 200 && loss.contains("seed") && loss.contains("frequency_penalty"),
        "{loss} {}",
        answer.text()
    );
    assert!(gateway.record().await["losses"].as_u64().unwrap() >= 2);
    assert_eq!(gateway.post(CHAT, "", PLAIN).await.header("x-tidegate-loss"), "");

    let before = upstream.calls();
    let gateway = Gateway::new(&anthropic(&upstream.url(), "    strict_translation: true\n"));
    let answer = gateway.post(CHAT, "", LOSSY).await;
    let body = answer.json();
    assert_eq!((answer.status, body["error"]["code"].as_str()), (400, Some("untranslatable")), "{body}");
    assert!(body["error"]["message"].as_str().unwrap().contains("seed"));
    assert_eq!(gateway.post(CHAT, "", PLAIN).await.status, 200, "without a loss it is carried");
    assert_eq!(upstream.calls(), before + 1);
    assert_eq!(end(&gateway.records_when(2).await[0]), ("rejected", "untranslatable", "caller"));
}

#[tokio::test]
async fn what_must_not_be_left_out_is_refused_by_name() {
    let upstream = Upstream::always(vec![Step::Close]).await;
    let gateway = Gateway::new(&anthropic(&upstream.url(), ""));
    let body = gateway.post(CHAT, "", REFUSED).await.json();
    assert_eq!(
        (body["error"]["code"].as_str(), body["error"]["param"].as_str()),
        (Some("untranslatable"), Some("logprobs"))
    );
    let wrong = r#"{"model":"m","messages":[{"role":"user","content":7}]}"#;
    let answer = gateway.post(CHAT, "", wrong).await;
    let body = answer.json();
    assert_eq!((answer.status, body["error"]["code"].as_str()), (400, Some("invalid_request")));
    assert!(
        body["error"]["param"].as_str().is_some_and(|param| param.starts_with("messages[0].content")),
        "{body}"
    );
    assert_eq!(upstream.calls(), 0);
}

#[tokio::test]
async fn where_one_target_cannot_take_it_another_may() {
    let upstream = Upstream::start(|seen| {
        let claude = seen.path() == "/v1/messages";
        vec![http_answer(
            200,
            "",
            &if claude { answers::message("c", 1, 1) } else { answers::completion("o", 1, 1) },
        )]
    })
    .await;
    let url = upstream.url();
    let yaml = format!(
        "strict_translation: true
providers:
  a: {{ kind: anthropic, base_url: '{url}', credentials: [{{ key: k }}] }}
  o: {{ kind: openai, base_url: '{url}/v1', credentials: [{{ key: k }}] }}
models:
  m: {{ targets: [a/one, o/two] }}
"
    );
    let gateway = Gateway::new(&yaml);
    println!("{:?}", gateway.post(CHAT, "", PLAIN).await);
    assert_eq!(gateway.post(CHAT, "", LOSSY).await.header("x-tidegate-provider"), "o");
    assert_eq!(gateway.post(CHAT, "", PLAIN).await.header("x-tidegate-provider"), "a");
    let gateway = Gateway::new(yaml.strip_prefix("strict_translation: true\n").unwrap());
    assert_eq!(gateway.post(CHAT, "", LOSSY).await.header("x-tidegate-provider"), "a");
    assert_eq!(gateway.post(CHAT, "", REFUSED).await.header("x-tidegate-provider"), "o");
}

#[tokio::test]
async fn tokens_are_counted_here_for_a_provider_that_cannot() {
    let upstream = Upstream::always(vec![Step::Close]).await;
    let gateway = Gateway::new(&openai(&upstream.url(), ""));
    let body =
        r#"{"model":"m","system":"Be brief.","messages":[{"role":"user","content":"How do tides work?"}]}"#;
    let answer = gateway.post("/v1/messages/count_tokens", "", body).await;
    let tokens = answer.json()["input_tokens"].as_u64().unwrap();
    assert!(answer.status == 200 && (8..40).contains(&tokens), "{tokens}");
    assert_eq!(upstream.calls(), 0);
    let record = gateway.record().await;
    assert!(record["usage"].is_null() && record["cost_nanos"].is_null(), "counting uses nothing: {record}");
    let answer =
        gateway.post("/v1/messages/count_tokens", "", r#"{"model":"m","messages":[{"role":"user"}]}"#).await;
    let error = &answer.json()["error"];
    assert_eq!((answer.status, error["type"].as_str()), (400, Some("invalid_request_error")), "{error}");
}

#[tokio::test]
async fn embeddings_are_not_anthropics() {
    let upstream = Upstream::always(vec![Step::Close]).await;
    let gateway = Gateway::new(&anthropic(&upstream.url(), ""));
    let answer = gateway.post("/v1/embeddings", "", r#"{"model":"m","input":"x"}"#).await;
    assert_eq!((answer.status, answer.json()["error"]["code"].as_str()), (400, Some("untranslatable")));
    assert_eq!(upstream.calls(), 0);
}
