//! The three bounds on a provider's time: what each measures, and that activity moves only the one for idleness.

use crate::{CHAT, HELLO, HELLO_STREAM, end, openai};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use testkit::{
    Gateway, Step, Upstream,
    answers::{self, http_answer, openai as gpt, raw, sse_head},
};
use tokio::sync::Notify;

/// A bell that rings every `each` milliseconds.
fn metronome(each: u64) -> Arc<Notify> {
    let bell = Arc::new(Notify::new());
    let ringing = bell.clone();
    tokio::spawn(async move {
        let mut beat = tokio::time::interval(Duration::from_millis(each));
        loop {
            beat.tick().await;
            ringing.notify_one();
        }
    });
    bell
}

#[tokio::test]
async fn a_steady_stream_outlives_the_idle_bound() {
    let bell = metronome(40);
    let mut steps = vec![sse_head(), raw(&gpt::role())];
    for _ in 0..8 {
        steps.extend([Step::Wait(bell.clone()), raw(&gpt::text("tick "))]);
    }
    steps.extend([raw(&gpt::stop()), raw(gpt::DONE), Step::Close]);
    let upstream = Upstream::always(steps).await;
    let gateway = Gateway::new(&openai(&upstream.url(), "    timeouts: { idle: 200ms, first_token: 2s }\n"));
    let start = Instant::now();
    let answer = gateway.post(CHAT, "", HELLO_STREAM).await;
    assert!(answer.text().ends_with(gpt::DONE), "{}", answer.text());
    assert!(start.elapsed() >= Duration::from_millis(240), "the stream took longer than the bound");
    assert_eq!(end(&gateway.record().await).0, "ok");
}

#[tokio::test]
async fn a_steady_stream_does_not_outlive_the_total() {
    let bell = metronome(20);
    let mut steps = vec![sse_head(), raw(&gpt::role())];
    for _ in 0..500 {
        steps.extend([Step::Wait(bell.clone()), raw(&gpt::text("tick "))]);
    }
    let upstream = Upstream::always(steps).await;
    let gateway = Gateway::new(&openai(&upstream.url(), "    timeouts: { idle: 5s, total: 200ms }\n"));
    let start = Instant::now();
    let answer = gateway.post(CHAT, "", HELLO_STREAM).await;
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    assert!(answer.text().contains("tick ") && answer.text().contains("total timeout"), "{}", answer.text());
    assert_eq!(end(&gateway.record().await), ("partial", "upstream_timeout", "upstream"));
}

#[tokio::test]
async fn the_first_token_is_due_from_the_request_not_from_the_head() {
    // The head comes after two thirds of the time; lifecycle events and comments buy no more of it.
    let bell = Arc::new(Notify::new());
    let steps =
        vec![Step::Wait(bell.clone()), sse_head(), raw(&gpt::role()), raw(": keep-alive\n\n"), Step::Hang];
    let upstream = Upstream::always(steps).await;
    let bounds = "    timeouts: { first_token: 600ms }\n    retries: { attempts: 1 }\n";
    let gateway = Gateway::new(&openai(&upstream.url(), bounds));
    let start = Instant::now();
    let ring = async {
        upstream.called(1).await;
        tokio::time::sleep(Duration::from_millis(400)).await;
        bell.notify_one();
    };
    let (answer, ()) = tokio::join!(gateway.post(CHAT, "", HELLO_STREAM), ring);
    assert_eq!(answer.status, 504);
    assert!(start.elapsed() < Duration::from_millis(900), "{:?}", start.elapsed());
    upstream.left().await;
}

#[tokio::test]
async fn first_token_does_not_bind_an_answer_that_comes_whole() {
    let bell = Arc::new(Notify::new());
    let steps = vec![Step::Wait(bell.clone()), http_answer(200, "", &answers::completion("slow", 1, 1))];
    let upstream = Upstream::always(steps).await;
    let gateway = Gateway::new(&openai(&upstream.url(), "    timeouts: { first_token: 20ms, idle: 20ms }\n"));
    let ring = async {
        upstream.called(1).await;
        tokio::time::sleep(Duration::from_millis(120)).await;
        bell.notify_one();
    };
    let (answer, ()) = tokio::join!(gateway.post(CHAT, "", HELLO), ring);
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn nearest_timeouts_win() {
    let upstream = Upstream::always(vec![Step::Hang]).await;
    let url = upstream.url();
    let yaml = format!(
        "providers:
  up: {{ kind: openai, base_url: '{url}/v1', credentials: [{{ key: k }}], timeouts: {{ total: 50ms }} }}
models:
  provider: {{ target: up/x, retries: {{ attempts: 1 }} }}
  model: {{ target: up/x, timeouts: {{ total: 400ms }}, retries: {{ attempts: 1 }} }}
  target:
    targets: [{{ provider: up, model: x, timeouts: {{ total: 40ms }} }}]
    timeouts: {{ total: 30s }}
    retries: {{ attempts: 1 }}
"
    );
    let gateway = Gateway::new(&yaml);
    for (model, least, most) in
        [("provider", 50, 390), ("model", 400, 3000), ("target", 40, 390), ("up/y", 50, 2000)]
    {
        let start = Instant::now();
        let answer = gateway.post(CHAT, "", HELLO.replace("\"m\"", &format!("\"{model}\""))).await;
        let took = start.elapsed().as_millis();
        assert_eq!(answer.status, 504, "{model}");
        assert!((least..most).contains(&took), "{model} took {took} ms");
    }
}
