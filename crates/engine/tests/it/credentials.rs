//! Several keys to one provider: taken in order, left alone for a while when they are refused or exhausted.

use crate::{CHAT, HELLO, attempts};
use std::{sync::Arc, time::Duration};
use stdx::clock::TestClock;
use testkit::{
    Gateway, Upstream,
    answers::{self, http_answer},
};

/// A provider that treats keys that begin with `bad` with `status`.
async fn provider(status: u16, headers: &'static str) -> Upstream {
    Upstream::start(move |seen| {
        let key = seen.header("authorization").unwrap().strip_prefix("Bearer ").unwrap();
        let bad = key.starts_with("bad");
        let error = format!(r#"{{"error":{{"message":"Incorrect API key provided: {key}","type":"x"}}}}"#);
        vec![if bad {
            http_answer(status, headers, &error)
        } else {
            http_answer(200, "", &answers::completion("hi", 1, 1))
        }]
    })
    .await
}

fn config(upstream: &Upstream, keys: &[&str]) -> String {
    let keys: Vec<String> = keys.iter().map(|key| format!("{{ key: {key} }}")).collect();
    format!(
        "providers:
  up: {{ kind: openai, base_url: '{}/v1', credentials: [{}] }}
models:
  m: {{ target: up/up-1, retries: {{ attempts: 1 }} }}
",
        upstream.url(),
        keys.join(", ")
    )
}

fn keys(upstream: &Upstream) -> Vec<String> {
    upstream.seen().iter().map(|seen| seen.header("authorization").unwrap()[7..].to_owned()).collect()
}

#[tokio::test]
async fn a_refused_key_makes_way_and_rests() {
    for (status, headers, rests) in [(401, "", 60), (429, "", 5), (429, "retry-after: 20\r\n", 20)] {
        let upstream = provider(status, headers).await;
        let clock = Arc::new(TestClock::default());
        clock.advance(Duration::from_secs(1));
        let gateway = Gateway::with_clock(&config(&upstream, &["bad-1", "bad-2", "good"]), clock.clone());
        let answer = gateway.post(CHAT, "", HELLO).await;
        assert_eq!((answer.status, answer.header("x-tidegate-attempts")), (200, "3"), "{status}");
        assert_eq!(keys(&upstream), ["bad-1", "bad-2", "good"]);
        clock.advance(Duration::from_secs(rests - 1));
        assert_eq!(gateway.post(CHAT, "", HELLO).await.status, 200);
        assert_eq!(keys(&upstream)[3..], ["good"], "{status}: the others rest");
        clock.advance(Duration::from_secs(2));
        assert_eq!(gateway.post(CHAT, "", HELLO).await.status, 200);
        assert_eq!(keys(&upstream)[4..], ["bad-1", "bad-2", "good"], "{status}: rested");
        let records = gateway.records_when(3).await;
        assert_eq!(attempts(&records[1]), ["up ok"]);
    }
}

#[tokio::test]
async fn other_failures_are_not_the_keys_fault() {
    let upstream = provider(400, "").await;
    let gateway = Gateway::new(&config(&upstream, &["bad-1", "good"]));
    assert_eq!(gateway.post(CHAT, "", HELLO).await.status, 400);
    assert_eq!(keys(&upstream), ["bad-1"]);
}

#[tokio::test]
async fn when_every_key_is_refused_the_provider_is_named_and_no_key_is_shown() {
    for status in [401, 402, 403] {
        let upstream = provider(status, "").await;
        let gateway = Gateway::new(&config(&upstream, &["bad-key-1", "bad-key-2"]));
        let answer = gateway.post(CHAT, "", HELLO).await;
        // The provider's status and words, as its SDK knows them; the header says that it was not the caller's key.
        assert_eq!(answer.status, status);
        assert_eq!(answer.header("x-tidegate-fault"), "upstream_rejected; source=upstream");
        assert!(!answer.text().contains("bad-key"), "{}", answer.text());
        assert_eq!(upstream.calls(), if status == 401 { 2 } else { 1 }, "{status}");
    }
}

#[tokio::test]
async fn keys_that_all_rest_are_still_tried_the_first_to_be_back_first() {
    let upstream = provider(429, "").await;
    let clock = Arc::new(TestClock::default());
    clock.advance(Duration::from_secs(1));
    let gateway = Gateway::with_clock(&config(&upstream, &["bad-1", "bad-2"]), clock.clone());
    assert_eq!(gateway.post(CHAT, "", HELLO).await.status, 429);
    clock.advance(Duration::from_secs(1));
    assert_eq!(gateway.post(CHAT, "", HELLO).await.status, 429);
    assert_eq!(keys(&upstream), ["bad-1", "bad-2", "bad-1", "bad-2"]);
}
