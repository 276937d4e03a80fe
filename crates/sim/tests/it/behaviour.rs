//! Behaviour on request: errors, waits, cuts, and what is counted.

use std::time::Duration;

use http_body_util::BodyExt;
use serde_json::{Value, json};
use sim::{Behaviour, Ended, Settings, Simulator};
use tokio::time::Instant;

use super::{Seen, ask, post, see, simulator};

const CHAT: &str = "/v1/chat/completions";
const MESSAGES: &str = "/v1/messages";

fn body(stream: bool) -> Value {
    json!({"model": "m", "max_tokens": 500, "stream": stream, "messages": [{"role": "user", "content": "hi"}]})
}

fn tokens(seen: &Seen) -> usize {
    seen.events()
        .iter()
        .filter(|event| event["choices"][0]["delta"]["content"].as_str().is_some_and(|said| !said.is_empty()))
        .count()
}

#[tokio::test(start_paused = true)]
async fn errors_have_the_providers_shape_and_headers() {
    let seen = ask(CHAT, "status=429,retry_after=1500ms", &body(false)).await;
    assert_eq!((seen.status, seen.json()["error"]["code"].as_str()), (429, Some("rate_limit_exceeded")));
    assert_eq!(
        (&seen.headers["retry-after"], &seen.headers["retry-after-ms"]),
        (&"2".parse().unwrap(), &"1500".parse().unwrap())
    );
    for (status, kind, again) in [
        (400, "invalid_request_error", "false"),
        (401, "authentication_error", "false"),
        (403, "permission_error", "false"),
        (404, "not_found_error", "false"),
        (413, "request_too_large", "false"),
        (429, "rate_limit_error", "true"),
        (500, "api_error", "true"),
        (529, "overloaded_error", "true"),
    ] {
        let seen = ask(MESSAGES, &format!("status={status}"), &body(true)).await;
        assert_eq!((seen.status, seen.json()["error"]["type"].as_str()), (status, Some(kind)));
        assert_eq!(seen.headers["x-should-retry"], again, "{status}");
    }
    let seen = ask(CHAT, "status=502,html", &body(false)).await;
    assert!(seen.headers["content-type"] == "text/html" && seen.text.starts_with("<html>"));
}

#[tokio::test(start_paused = true)]
async fn the_nearest_directive_wins() {
    let profile = Behaviour::parse("status=500").unwrap();
    let sim = Simulator::new(Settings { profile, ..Settings::default() });
    let ask = |model: &str, prompt: &str, header: &str| {
        let body = json!({"model": model, "messages": [{"role": "user", "content": prompt}]});
        post(CHAT, header, body.to_string())
    };
    assert_eq!(see(&sim, ask("m", "hi", "")).await.status, 500);
    assert_eq!(see(&sim, ask("m;status=503", "hi", "")).await.status, 503);
    assert_eq!(see(&sim, ask("m;status=503", "hi\nsim: status=404", "")).await.status, 404);
    assert_eq!(see(&sim, ask("m;status=503", "hi\nsim: status=404", "status=401")).await.status, 401);
    let seen = see(&sim, ask("m", "hi", "stats=401")).await;
    assert_eq!(
        (seen.status, seen.json()["error"]["message"].as_str()),
        (400, Some("unknown sim directive 'stats'"))
    );
}

#[tokio::test(start_paused = true)]
async fn tokens_come_when_they_are_due() {
    let start = Instant::now();
    let sim = simulator();
    let mut answer =
        sim.call(post(CHAT, "delay=1s,ttft=500ms,rate=10,tokens=5", body(true).to_string())).await;
    let mut times = vec![start.elapsed()];
    while let Some(frame) = answer.body_mut().frame().await {
        frame.unwrap();
        times.push(start.elapsed());
    }
    // Head and role after the delay, first token after 500 ms more, then one each 100 ms; the end comes with the last.
    let expected = [1_000, 1_000, 1_500, 1_600, 1_700, 1_800, 1_900, 1_900, 1_900].map(Duration::from_millis);
    let rounded: Vec<Duration> =
        times.iter().map(|time| Duration::from_millis(time.as_millis() as u64)).collect();
    assert_eq!(rounded, expected);
    let start = Instant::now();
    ask(CHAT, "ttft=500ms,rate=10,tokens=5", &body(false)).await;
    assert_eq!(start.elapsed().as_millis(), 1_000);
}

#[tokio::test(start_paused = true)]
async fn streams_break_where_they_are_told() {
    let seen = ask(CHAT, "tokens=9,disconnect_after=3", &body(true)).await;
    assert!(seen.broken && tokens(&seen) == 3 && !seen.text.contains("[DONE]"), "{}", seen.text);
    let seen = ask(CHAT, "tokens=9,error_after=2", &body(true)).await;
    assert!(
        !seen.broken
            && tokens(&seen) == 2
            && seen.events().last().unwrap()["error"]["type"] == "server_error"
    );
    let seen = ask(MESSAGES, "tokens=9,error_after=0", &body(true)).await;
    let kinds: Vec<Value> = seen.events().iter().map(|event| event["type"].clone()).collect();
    assert_eq!(kinds, ["message_start", "ping", "error"]);
    let seen = ask(CHAT, "drop_done", &body(true)).await;
    assert_eq!(seen.events().last().unwrap()["choices"][0]["finish_reason"], "stop");
    let seen = ask(CHAT, "truncate", &body(false)).await;
    assert!(!seen.broken && serde_json::from_str::<Value>(&seen.text).is_err());
}

#[tokio::test(start_paused = true)]
async fn splitting_and_line_ends_change_no_content() {
    let plain = ask(MESSAGES, "", &body(true)).await;
    let cut = ask(MESSAGES, "split=1", &body(true)).await;
    assert_eq!(plain.text, cut.text);
    let crlf = ask(MESSAGES, "crlf,comment", &body(true)).await;
    assert_eq!(crlf.text, format!(": simulated\n\n{}", plain.text).replace('\n', "\r\n"));
}

#[tokio::test(start_paused = true)]
async fn a_stall_lasts_until_the_caller_leaves_and_that_is_counted() {
    let sim = simulator();
    let mut answer = sim.call(post(CHAT, "stall_after=2,tokens=9", body(true).to_string())).await;
    for _ in 0..3 {
        answer.body_mut().frame().await.unwrap().unwrap();
    }
    let more = tokio::time::timeout(Duration::from_secs(3_600), answer.body_mut().frame()).await;
    assert!(more.is_err());
    assert_eq!((sim.stats().in_flight, sim.stats().cancelled), (1, 0));
    drop(answer);
    assert_eq!((sim.stats().in_flight, sim.stats().cancelled), (0, 1));
    assert_eq!(sim.requests()[0].ended, Ended::Cancelled);
}

#[tokio::test(start_paused = true)]
async fn leaving_before_the_head_is_counted_too() {
    let sim = simulator();
    let call = sim.call(post(CHAT, "delay=60m", body(false).to_string()));
    assert!(tokio::time::timeout(Duration::from_secs(1), call).await.is_err());
    assert_eq!((sim.stats().calls, sim.stats().in_flight, sim.stats().cancelled), (1, 0, 1));
}

#[tokio::test(start_paused = true)]
async fn calls_fail_first_and_succeed_then() {
    let sim = simulator();
    let call = |id: &str| {
        let mut request = post(CHAT, "fail_first=2", body(false).to_string());
        request.headers_mut().insert("x-sim-id", id.parse().unwrap());
        request
    };
    let mut statuses = Vec::new();
    for id in ["a", "a", "b", "a", "a"] {
        statuses.push(see(&sim, call(id)).await.status);
    }
    assert_eq!(statuses, [503, 503, 503, 200, 200]);
    sim.reset();
    assert_eq!(see(&sim, call("a")).await.status, 503);
}

#[tokio::test(start_paused = true)]
async fn chance_strikes_the_same_calls_again() {
    let statuses = |seed| async move {
        let profile = Behaviour::parse("error_rate=0.2,limit_rate=0.2").unwrap();
        let sim = Simulator::new(Settings { seed, profile, ..Settings::default() });
        let mut statuses = Vec::new();
        for _ in 0..200 {
            statuses.push(see(&sim, post(CHAT, "", body(false).to_string())).await.status);
        }
        statuses
    };
    let once = statuses(1).await;
    assert_eq!(once, statuses(1).await);
    assert_ne!(once, statuses(2).await);
    for status in [500, 429] {
        let count = once.iter().filter(|other| **other == status).count();
        assert!((15..65).contains(&count), "{count} × {status}");
    }
}

#[tokio::test(start_paused = true)]
async fn keys_are_checked_where_they_are_set() {
    let sim = Simulator::new(Settings { keys: vec!["sk-good".into()], ..Settings::default() });
    let call = |path: &str, name: &'static str, value: &str| {
        let mut request = post(path, "", body(false).to_string());
        request.headers_mut().insert(name, value.parse().unwrap());
        request
    };
    assert_eq!(see(&sim, call(CHAT, "authorization", "Bearer sk-good")).await.status, 200);
    assert_eq!(see(&sim, call(MESSAGES, "x-api-key", "sk-good")).await.status, 200);
    let seen = see(&sim, call(CHAT, "authorization", "Bearer sk-other-word")).await;
    assert_eq!((seen.status, seen.json()["error"]["code"].as_str()), (401, Some("invalid_api_key")));
    assert!(!seen.text.contains("sk-other"), "the key must not be repeated: {}", seen.text);
    let seen = see(&sim, call(MESSAGES, "x-api-key", "sk-bad")).await;
    assert_eq!((seen.status, seen.json()["error"]["type"].as_str()), (401, Some("authentication_error")));
}

#[tokio::test(start_paused = true)]
async fn requests_are_kept_as_they_arrived_and_no_more_than_a_hundred() {
    let sim = simulator();
    for _ in 0..120 {
        see(&sim, post("/v1/chat/completions?a=b", "", body(false).to_string())).await;
    }
    let requests = sim.requests();
    assert_eq!((requests.len(), requests[99].number), (100, 120));
    let last = &requests[99];
    assert_eq!(
        (last.target.as_str(), last.body.as_str()),
        ("/v1/chat/completions?a=b", body(false).to_string().as_str())
    );
    assert_eq!((last.status, last.ended), (200, Ended::Complete));
    let stats = see(&sim, http::Request::get("/sim/stats").body("".into()).unwrap()).await.json();
    assert_eq!((&stats["calls"], &stats["models"]["m"]["calls"]), (&json!(120), &json!(120)));
    assert_eq!(see(&sim, post("/sim/reset", "", "")).await.status, 200);
    assert_eq!(sim.stats(), sim::Stats::default());
}
