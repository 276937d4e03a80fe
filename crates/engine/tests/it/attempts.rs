//! What is tried again, where, how often, and what the caller gets when nothing helps.

use crate::{CHAT, HELLO, QUICK, attempts, end, openai, two};
use std::time::{Duration, Instant};
use testkit::{
    Gateway, Step, Upstream,
    answers::{self, http_answer, raw},
    nowhere,
};

const ERROR: &str = r#"{ "error":{"message":"no","type":"t","code":"c","x":1.0} }"#;

/// Fails so many times with `status`, then answers.
async fn failing(times: usize, status: u16, headers: &'static str) -> Upstream {
    Upstream::start(move |seen| {
        let fails = seen.number < times;
        vec![if fails {
            http_answer(status, headers, ERROR)
        } else {
            http_answer(200, "", &answers::completion("hi", 1, 1))
        }]
    })
    .await
}

async fn good() -> Upstream {
    failing(0, 0, "").await
}

#[tokio::test]
async fn what_may_pass_is_tried_again() {
    for (status, label) in [
        (408, "upstream_timeout"),
        (409, "upstream_error"),
        (429, "rate_limited"),
        (500, "upstream_error"),
        (502, "upstream_error"),
        (503, "overloaded"),
        (504, "upstream_timeout"),
    ] {
        let upstream = failing(1, status, "").await;
        let gateway = Gateway::new(&openai(&upstream.url(), QUICK));
        let answer = gateway.post(CHAT, "", HELLO).await;
        assert_eq!((answer.status, answer.header("x-tidegate-attempts")), (200, "2"), "{status}");
        let record = gateway.record().await;
        assert_eq!(attempts(&record), [format!("up {label}"), "up ok".into()], "{status}");
        assert_eq!(record["attempts"][0]["status"], status);
        assert_eq!(record["outcome"], "ok");
    }
}

#[tokio::test]
async fn a_refusal_is_not_tried_again_and_comes_as_it_is() {
    for status in [400, 404, 405, 413, 422] {
        let upstream = failing(9, status, "x-theirs: 1\r\n").await;
        let gateway = Gateway::new(&openai(&upstream.url(), QUICK));
        let answer = gateway.post(CHAT, "", HELLO).await;
        assert_eq!((answer.status, answer.text()), (status, ERROR), "byte for byte");
        assert_eq!((answer.header("x-theirs"), answer.header("x-tidegate-attempts")), ("1", "1"));
        assert_eq!(answer.header("x-tidegate-fault"), "upstream_rejected; source=upstream");
        assert_eq!(upstream.calls(), 1, "{status}");
        let record = gateway.record().await;
        assert_eq!(end(&record), ("failed", "upstream_rejected", "upstream"));
        assert!(record["usage"].is_null(), "a refusal used nothing");
    }
}

#[tokio::test]
async fn attempts_end_and_the_last_failure_is_told() {
    let upstream = failing(9, 503, "").await;
    let gateway = Gateway::new(&openai(&upstream.url(), QUICK));
    let answer = gateway.post(CHAT, "", HELLO).await;
    assert_eq!((answer.status, answer.text(), upstream.calls()), (503, ERROR, 3));
    assert_eq!(end(&gateway.record().await), ("failed", "overloaded", "upstream"));
}

#[tokio::test]
async fn only_what_is_configured_is_tried_again() {
    let upstream = failing(9, 500, "").await;
    let only = "    retries: { attempts: 3, backoff: 1ms..5ms, on: [connect, 429] }\n";
    let gateway = Gateway::new(&openai(&upstream.url(), only));
    assert_eq!(gateway.post(CHAT, "", HELLO).await.status, 500);
    assert_eq!(upstream.calls(), 1);
}

#[tokio::test]
async fn a_dead_target_hands_over_to_the_next() {
    let upstream = good().await;
    let gateway = Gateway::new(&two(&nowhere(), &upstream.url(), ""));
    let start = Instant::now();
    let answer = gateway.post(CHAT, "", HELLO).await;
    assert_eq!((answer.status, answer.header("x-tidegate-provider")), (200, "b"));
    assert!(start.elapsed() < Duration::from_secs(2), "another target is tried without a pause");
    assert_eq!(attempts(&gateway.record().await), ["a connect", "b ok"]);
    assert_eq!(upstream.only().json()["model"], "two");
}

#[tokio::test]
async fn nobody_there_is_a_502_without_an_address_in_it() {
    let gone = nowhere();
    let gateway = Gateway::new(&openai(&gone, QUICK));
    let answer = gateway.post(CHAT, "", HELLO).await;
    assert_eq!((answer.status, answer.json()["error"]["code"].as_str()), (502, Some("upstream_error")));
    assert_eq!((answer.header("x-tidegate-provider"), answer.header("x-tidegate-attempts")), ("up", "3"));
    assert_eq!(answer.json()["error"]["source"], "upstream");
    assert!(!answer.text().contains("127.0.0.1"), "{}", answer.text());
    assert_eq!(gateway.record().await["attempts"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn silence_is_a_timeout() {
    let upstream = Upstream::always(vec![Step::Hang]).await;
    let timeouts = "    timeouts: { total: 80ms }\n    retries: { attempts: 2, backoff: 1ms..2ms }\n";
    let gateway = Gateway::new(&openai(&upstream.url(), timeouts));
    let answer = gateway.post(CHAT, "", HELLO).await;
    assert_eq!((answer.status, answer.json()["error"]["code"].as_str()), (504, Some("upstream_timeout")));
    let record = gateway.record().await;
    assert_eq!(attempts(&record), ["up head_timeout", "up head_timeout"]);
    assert_eq!(end(&record), ("failed", "upstream_timeout", "upstream"));
    upstream.left().await;
    upstream.left().await;
}

#[tokio::test]
async fn an_answer_that_does_not_end_is_a_timeout_too() {
    let half =
        raw("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{\"choices\":");
    let slow = Upstream::always(vec![half, Step::Hang]).await;
    let fast = good().await;
    let gateway = Gateway::new(&two(&slow.url(), &fast.url(), "    timeouts: { total: 80ms }\n"));
    assert_eq!(gateway.post(CHAT, "", HELLO).await.header("x-tidegate-provider"), "b");
    assert_eq!(attempts(&gateway.record().await), ["a total_timeout", "b ok"]);
}

#[tokio::test]
async fn a_body_cut_short_or_not_http_is_tried_elsewhere() {
    let short =
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{\"choices\":";
    for (text, label) in [
        (short, "truncated"),
        ("", "closed"),
        ("NOT HTTP AT ALL\r\n\r\n", "malformed"),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", "malformed"),
    ] {
        let broken = Upstream::always(vec![raw(text), Step::Close]).await;
        let fine = good().await;
        let gateway = Gateway::new(&two(&broken.url(), &fine.url(), ""));
        let answer = gateway.post(CHAT, "", HELLO).await;
        assert_eq!((answer.status, answer.header("x-tidegate-provider")), (200, "b"), "{label}");
        let record = gateway.record().await;
        let first = attempts(&record).remove(0);
        assert!(first == format!("a {label}") || label == "malformed" && first.starts_with("a "), "{first}");
    }
}

#[tokio::test]
async fn an_error_in_a_success_is_an_error() {
    let lying = Upstream::always(vec![http_answer(
        200,
        "",
        r#"{"error":{"message":"busy","code":"server_overloaded"}}"#,
    )])
    .await;
    let fine = good().await;
    let gateway = Gateway::new(&two(&lying.url(), &fine.url(), ""));
    assert_eq!(gateway.post(CHAT, "", HELLO).await.header("x-tidegate-provider"), "b");
    assert_eq!(attempts(&gateway.record().await), ["a error_in_200", "b ok"]);
}

#[tokio::test]
async fn a_success_without_an_answer_in_it_is_a_failure() {
    for body in ["", "  ", "<html>welcome</html>", "ok", "[]"] {
        let empty = Upstream::always(vec![http_answer(200, "", body)]).await;
        let fine = good().await;
        let gateway = Gateway::new(&two(&empty.url(), &fine.url(), ""));
        assert_eq!(gateway.post(CHAT, "", HELLO).await.header("x-tidegate-provider"), "b", "{body}");
        assert_eq!(attempts(&gateway.record().await), ["a bad_answer", "b ok"]);
    }
}

#[tokio::test]
async fn retry_after_is_waited_for() {
    let upstream = failing(1, 429, "retry-after: 1\r\n").await;
    let gateway = Gateway::new(&openai(&upstream.url(), "    retries: { backoff: 1ms..2s }\n"));
    let start = Instant::now();
    assert_eq!(gateway.post(CHAT, "", HELLO).await.status, 200);
    assert!(start.elapsed() >= Duration::from_secs(1));
    let record = gateway.record().await;
    assert!(record["overhead_us"].as_u64().unwrap() < 900_000, "waiting is not the gateway's own time");
}

#[tokio::test]
async fn a_retry_after_beyond_the_backoff_is_passed_on_at_once() {
    let upstream = failing(9, 429, "retry-after: 7\r\n").await;
    let gateway = Gateway::new(&openai(&upstream.url(), QUICK));
    let answer = gateway.post(CHAT, "", HELLO).await;
    assert_eq!((answer.status, answer.header("retry-after"), answer.text()), (429, "7", ERROR));
    assert_eq!(upstream.calls(), 1);

    let careless = "    retries: { attempts: 3, backoff: 1ms..5ms, respect_retry_after: false }\n";
    let upstream = failing(2, 429, "retry-after: 7\r\n").await;
    let gateway = Gateway::new(&openai(&upstream.url(), careless));
    assert_eq!(gateway.post(CHAT, "", HELLO).await.status, 200);
    assert_eq!(upstream.calls(), 3);
}

#[tokio::test]
async fn a_target_that_cannot_help_is_left_out_and_the_order_kept() {
    let (none, busy, fine) = (failing(9, 404, "").await, failing(9, 500, "").await, good().await);
    let yaml = format!(
        "providers:
  a: {{ kind: openai, base_url: '{}/v1', credentials: [{{ key: k }}] }}
  b: {{ kind: openai, base_url: '{}/v1', credentials: [{{ key: k }}] }}
  c: {{ kind: openai, base_url: '{}/v1', credentials: [{{ key: k }}] }}
models:
  m: {{ targets: [a/one, b/two, c/three] }}
",
        none.url(),
        busy.url(),
        fine.url()
    );
    let gateway = Gateway::new(&yaml);
    assert_eq!(gateway.post(CHAT, "", HELLO).await.header("x-tidegate-provider"), "c");
    assert_eq!(attempts(&gateway.record().await), ["a upstream_rejected", "b upstream_error", "c ok"]);
}

#[tokio::test]
async fn a_redirect_goes_to_nobody() {
    let upstream =
        Upstream::always(vec![http_answer(307, "location: http://169.254.169.254/\r\n", "{}")]).await;
    let gateway = Gateway::new(&openai(&upstream.url(), "    retries: { attempts: 1 }\n"));
    let answer = gateway.post(CHAT, "", HELLO).await;
    assert_eq!((answer.status, answer.header("location")), (502, ""));
}

#[tokio::test]
async fn a_flood_in_place_of_an_answer_is_cut_off() {
    // Sixteen times what either bound lets through.
    let flood = |status: u16, times: usize| {
        let head =
            format!("HTTP/1.1 {status} X\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n");
        vec![raw(&head), Step::Flood(" ".repeat(1 << 20).into(), times), Step::Hang]
    };
    for (status, times) in [(200, 16), (500, 16)] {
        let upstream = Upstream::always(flood(status, times)).await;
        let yaml = openai(&upstream.url(), "    retries: { attempts: 1 }\n");
        let gateway = Gateway::new(&format!("{yaml}server: {{ max_response: 1MiB }}\n"));
        let answer = gateway.post(CHAT, "", HELLO).await;
        upstream.left().await;
        assert_eq!((answer.status, answer.json()["error"]["code"].as_str()), (502, Some("upstream_error")));
        if status == 200 {
            assert!(answer.text().contains("max_response"), "{}", answer.text());
        }
    }
}

#[tokio::test]
async fn a_provider_whose_connections_are_all_in_use_is_passed_over() {
    let (busy, fine) = (Upstream::always(vec![Step::Hang]).await, good().await);
    let yaml = two(&busy.url(), &fine.url(), "").replace("key: sk-a }]", "key: sk-a }], max_connections: 1");
    let gateway = Gateway::new(&yaml);
    let first = gateway.post(CHAT, "", HELLO);
    let second = async {
        busy.called(1).await;
        gateway.post(CHAT, "", HELLO).await
    };
    let answer = tokio::select! {
        _ = first => panic!("it hangs"),
        answer = second => answer,
    };
    assert_eq!((answer.status, answer.header("x-tidegate-provider")), (200, "b"));
    assert_eq!(attempts(&gateway.records_when(2).await[0]), ["a busy", "b ok"]);
}

#[tokio::test]
async fn an_error_that_does_not_end_is_still_that_error() {
    let half =
        raw("HTTP/1.1 503 X\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{\"error\":");
    let upstream = Upstream::always(vec![half, Step::Hang]).await;
    let bounds = "    timeouts: { total: 80ms }\n    retries: { attempts: 1 }\n";
    let gateway = Gateway::new(&openai(&upstream.url(), bounds));
    let start = Instant::now();
    let answer = gateway.post(CHAT, "", HELLO).await;
    assert_eq!((answer.status, answer.json()["error"]["code"].as_str()), (503, Some("overloaded")));
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    upstream.left().await;
}
