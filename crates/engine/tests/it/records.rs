//! One record for every exchange, with usage and cost exact to the nano-dollar.

use crate::{CHAT, HELLO, HELLO_CLAUDE, HELLO_STREAM, MESSAGES, anthropic, openai};
use serde_json::Value;
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};
use stdx::{clock::SystemClock, entropy::Entropy};
use testkit::{
    Gateway, Upstream,
    answers::{self, http_answer, openai as gpt, sse},
};

/// The record and the cost header of a call whose answer has this usage.
async fn billed(
    config: fn(&str, &str) -> String,
    path: &str,
    body: &str,
    answer: &str,
    price: &str,
) -> (Value, String) {
    let upstream = Upstream::always(vec![http_answer(200, "", answer)]).await;
    let yaml = config(&upstream.url(), "").replace("{ input: 2.50, output: 10 }", price);
    let gateway = Gateway::new(&yaml);
    let answer = gateway.post(path, "", body.to_owned()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    (gateway.record().await, answer.header("x-tidegate-cost-usd").to_owned())
}

const PRICE: &str =
    "{ input: 2.50, output: 10, cached_input: '0.075', cache_write: 3.75, cache_write_1h: 6 }";

#[tokio::test]
async fn openais_cached_and_reasoning_tokens_are_parts_of_the_whole() {
    let answer = r#"{"choices":[{"message":{"content":"x"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1003,
        "completion_tokens":17,"total_tokens":1020,"prompt_tokens_details":{"cached_tokens":1000},
        "completion_tokens_details":{"reasoning_tokens":9}}}"#;
    let (record, cost) = billed(openai, CHAT, HELLO, answer, PRICE).await;
    let usage = &record["usage"];
    let count = |name: &str| usage[name].as_u64().unwrap();
    assert_eq!((count("input"), count("cached"), count("output"), count("reasoning")), (3, 1000, 17, 9));
    assert_eq!(usage["certainty"], "reported");
    // 3 × 2,500 + 1,000 × 75 + 17 × 10,000 nano-dollars.
    assert_eq!(record["cost_nanos"], 252_500);
    assert_eq!((record["cost_usd"].as_str(), cost.as_str()), (Some("0.0002525"), "0.0002525"));
    assert_eq!(record["price_date"], "configuration");
}

#[tokio::test]
async fn anthropics_cache_counts_stand_beside_the_input() {
    let answer = r#"{"type":"message","content":[{"type":"text","text":"x"}],"stop_reason":"end_turn","usage":{"input_tokens":3,
        "cache_read_input_tokens":1000,"cache_creation_input_tokens":300,"output_tokens":17,
        "cache_creation":{"ephemeral_5m_input_tokens":200,"ephemeral_1h_input_tokens":100}}}"#;
    let (record, cost) = billed(anthropic, MESSAGES, HELLO_CLAUDE, answer, PRICE).await;
    let usage = &record["usage"];
    let count = |name: &str| usage[name].as_u64().unwrap();
    assert_eq!(
        (count("input"), count("cached"), count("cache_write_5m"), count("cache_write_1h")),
        (3, 1000, 200, 100)
    );
    // 3 × 2,500 + 1,000 × 75 + 200 × 3,750 + 100 × 6,000 + 17 × 10,000.
    assert_eq!((record["cost_nanos"].as_u64(), cost.as_str()), (Some(1_602_500), "0.0016025"));
}

#[tokio::test]
async fn fractions_are_rounded_once_at_the_end() {
    let price = "{ input: '0.0000015', output: '0.0000015' }";
    let (record, _) = billed(openai, CHAT, HELLO, &answers::completion("x", 333_333, 333_333), price).await;
    // 666,666 tokens of 1,500 nano-dollars a million are 999.999; each part alone would be 499.9995.
    assert_eq!(record["cost_nanos"], 1000);
}

#[tokio::test]
async fn a_model_without_a_price_costs_nobody_knows_what() {
    let upstream = Upstream::always(vec![http_answer(200, "", &answers::completion("x", 5, 5))]).await;
    let gateway = Gateway::new(&openai(&upstream.url(), ""));
    let answer = gateway.post(CHAT, "", HELLO.replace("\"m\"", "\"up/never-heard-of\"")).await;
    assert_eq!(answer.header("x-tidegate-cost-usd"), "");
    let record = gateway.record().await;
    assert!(record["cost_nanos"].is_null() && record["usage"]["input"] == 5, "{record}");
}

#[tokio::test]
async fn a_listed_model_costs_what_the_catalog_says() {
    let upstream =
        Upstream::always(vec![http_answer(200, "", &answers::completion("x", 1_000_000, 0))]).await;
    let gateway = Gateway::new(&openai(&upstream.url(), ""));
    gateway.post(CHAT, "", HELLO.replace("\"m\"", "\"up/gpt-4.1\"")).await;
    let record = gateway.record().await;
    assert_eq!(record["cost_nanos"], 2_000_000_000);
    assert!(record["price_date"].as_str().unwrap().starts_with("20"), "{record}");
}

#[tokio::test]
async fn the_tier_that_served_decides_the_price() {
    let flex = answers::completion("x", 1_000_000, 0).replacen('{', r#"{"service_tier":"flex","#, 1);
    let upstream = Upstream::always(vec![http_answer(200, "", &flex)]).await;
    let gateway = Gateway::new(&openai(&upstream.url(), ""));
    let asked = HELLO.replace("\"m\"", "\"up/gpt-5\"");
    gateway.post(CHAT, "", asked.replacen('{', r#"{"service_tier":"priority","#, 1)).await;
    let record = gateway.record().await;
    // Half of $1.25, though twice of it was what the caller asked for.
    assert_eq!((&record["usage"]["tier"], &record["cost_nanos"]), (&"flex".into(), &625_000_000.into()));
}

#[tokio::test]
async fn whole_answers_without_usage_are_estimated() {
    let answer =
        r#"{"choices":[{"message":{"content":"The tide gate opens twice a day."},"finish_reason":"stop"}]}"#;
    let (record, _) = billed(openai, CHAT, HELLO, answer, PRICE).await;
    let usage = &record["usage"];
    assert_eq!(usage["certainty"], "estimated");
    assert!((5..12).contains(&usage["output"].as_u64().unwrap()), "{usage}");
    assert!(record["cost_nanos"].as_u64().unwrap() > 0);
}

#[tokio::test]
async fn a_record_says_who_asked_what_and_what_came_of_it() {
    let upstream = Upstream::always(vec![http_answer(200, "", &answers::completion("x", 5, 5))]).await;
    let yaml = format!("{}access: {{ keys: {{ ci: {{ key: tg }} }} }}\n", openai(&upstream.url(), ""));
    let gateway = Gateway::new(&yaml);
    let body = HELLO.replace("\"model\"", "\"user\":\"u-1\",\"model\"");
    let answer = gateway.post(CHAT, "tg", body.clone()).await;
    let record = gateway.record().await;
    for (name, value) in [
        ("key", "ci"),
        ("user", "u-1"),
        ("method", "POST"),
        ("path", CHAT),
        ("operation", "chat"),
        ("format", "openai_chat"),
        ("model", "m"),
        ("provider", "up"),
        ("served_model", "up-1"),
        ("outcome", "ok"),
        ("finish", "stop"),
    ] {
        assert_eq!(record[name], value, "{name}");
    }
    assert_eq!(record["bytes_in"].as_u64(), Some(body.len() as u64));
    assert_eq!(record["bytes_out"].as_u64(), Some(answer.body.len() as u64));
    assert_eq!(record["revision"], 1);
    let (whole, own) = (record["duration_us"].as_u64().unwrap(), record["overhead_us"].as_u64().unwrap());
    assert!(own <= whole, "{own} of {whole}");
}

#[tokio::test]
async fn metrics_add_up_to_the_records() {
    let upstream = Upstream::start(|seen| {
        if seen.json()["stream"] == true {
            sse(&gpt::stream(&["x"], 5, 5))
        } else {
            vec![http_answer(200, "", &answers::completion("x", 5, 5))]
        }
    })
    .await;
    let gateway = Gateway::new(&openai(&upstream.url(), ""));
    for _ in 0..3 {
        gateway.post(CHAT, "", HELLO).await;
        gateway.post(CHAT, "", HELLO_STREAM).await;
        gateway.post(CHAT, "", "{").await;
    }
    gateway.records_when(9).await;
    let metrics = gateway.metrics();
    let total = |family: &str| -> f64 {
        let lines = metrics.lines().filter(|line| line.starts_with(family));
        lines.map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()).sum()
    };
    assert_eq!(total("tidegate_requests_total"), 9.0, "{metrics}");
    assert_eq!(total("tidegate_inflight"), 0.0, "{metrics}");
    assert!((total("tidegate_cost_usd_total") - 6.0 * 0.0000625).abs() < 1e-9, "{metrics}");
}

/// Randomness that breaks down once so many numbers have been drawn.
struct Breaks(AtomicI64);

impl Entropy for Breaks {
    fn next_u64(&self) -> u64 {
        let left = self.0.fetch_sub(1, Ordering::Relaxed);
        assert_ne!(left, 0, "on purpose");
        left.unsigned_abs()
    }
}

#[tokio::test]
async fn a_panic_costs_one_request_and_is_written_down() {
    let upstream = Upstream::always(vec![http_answer(200, "", &answers::completion("x", 5, 5))]).await;
    let yaml = openai(&upstream.url(), "    strategy: weighted\n")
        .replace("target: up/up-1", "targets: [up/up-1, up/up-2]");
    let entropy = Arc::new(Breaks(AtomicI64::new(i64::MAX)));
    let gateway = Gateway::with(&yaml, Arc::new(SystemClock::default()), entropy.clone());
    assert_eq!(gateway.post(CHAT, "", HELLO).await.status, 200);
    // Two numbers make the request's id; the third chooses the target.
    entropy.0.store(2, Ordering::Relaxed);
    let answer = gateway.post(CHAT, "", HELLO).await;
    let error = &answer.json()["error"];
    assert_eq!(
        (answer.status, error["code"].as_str(), error["source"].as_str()),
        (500, Some("internal_error"), Some("gateway"))
    );
    assert!(!answer.text().contains("on purpose"));
    entropy.0.store(2, Ordering::Relaxed);
    assert_eq!(gateway.post(MESSAGES, "", HELLO_CLAUDE).await.json()["error"]["type"], "api_error");
    entropy.0.store(i64::MAX, Ordering::Relaxed);
    assert_eq!(gateway.post(CHAT, "", HELLO).await.status, 200);
    let records = gateway.records_when(4).await;
    assert_eq!(
        (records[1]["code"].as_str(), records[1]["blame"].as_str()),
        (Some("internal_error"), Some("gateway"))
    );
    assert!(gateway.metrics().contains("tidegate_inflight 0"), "{}", gateway.metrics());
}
