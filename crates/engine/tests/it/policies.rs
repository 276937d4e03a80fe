//! Keys, limits, bounds and headers, as a caller meets them.

use crate::{CHAT, HELLO, HELLO_CLAUDE, MESSAGES, end};
use bytes::Bytes;
use http::Request;
use http_body_util::{Full, StreamBody};
use std::{sync::Arc, time::Duration};
use stdx::clock::TestClock;
use testkit::{
    Gateway, Step, Upstream,
    answers::{self, http_answer},
};

async fn echo() -> Upstream {
    Upstream::always(vec![http_answer(200, "x-theirs: theirs\r\n", &answers::completion("hi", 1, 1))]).await
}

fn config(upstream: &Upstream, more: &str) -> String {
    format!("{}{more}", crate::openai(&upstream.url(), ""))
}

#[tokio::test]
async fn only_a_valid_key_opens() {
    let upstream = echo().await;
    // 1,760,000,000 s after 1970 is where the test's clock begins: 2025-10-09T08:53:20Z.
    let keys = "access:
  keys:
    ci: { key: tg-good }
    hashed: { hash: 'sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae' }
    brief: { key: tg-brief, expires: 2025-10-09T08:54:20Z }
";
    let clock = Arc::new(TestClock::default());
    let gateway = Gateway::with_clock(&config(&upstream, keys), clock.clone());
    for (key, status) in
        [("", 401), ("tg-bad", 401), ("tg-good", 200), ("tg-good ", 200), ("foo", 200), ("tg-brief", 200)]
    {
        assert_eq!(gateway.post(CHAT, key, HELLO).await.status, status, "{key}");
    }
    clock.advance(Duration::from_secs(61));
    let answer = gateway.post(CHAT, "tg-brief", HELLO).await;
    assert_eq!((answer.status, answer.json()["error"]["code"].as_str()), (401, Some("invalid_api_key")));
    assert!(answer.text().contains("expired") && !answer.text().contains("tg-brief"));
    let answer = gateway.post(MESSAGES, "nobody", HELLO_CLAUDE).await;
    assert_eq!((answer.status, answer.json()["error"]["type"].as_str()), (401, Some("authentication_error")));
    assert!(!answer.text().contains("nobody"), "{}", answer.text());
    let records = gateway.records_when(8).await;
    assert_eq!(end(&records[0]), ("rejected", "invalid_api_key", "caller"));
    assert_eq!((records[2]["key"].as_str(), records[4]["key"].as_str()), (Some("ci"), Some("hashed")));
    assert_eq!(upstream.calls(), 4);
}

#[tokio::test]
async fn a_wrong_key_is_refused_even_where_none_is_needed() {
    let upstream = echo().await;
    let gateway = Gateway::new(&config(
        &upstream,
        "access: { anonymous: { models: [m] }, keys: { ci: { key: tg } } }\n",
    ));
    assert_eq!(gateway.post(CHAT, "", HELLO).await.status, 200);
    assert_eq!(gateway.post(CHAT, "wrong", HELLO).await.status, 401);
    let other = HELLO.replace("\"m\"", "\"up/x\"");
    assert_eq!(gateway.post(CHAT, "", other.clone()).await.status, 403);
    assert_eq!(gateway.post(CHAT, "tg", other).await.status, 200);
    assert_eq!(gateway.records_when(4).await[0]["key"], "anonymous");
}

#[tokio::test]
async fn a_key_uses_the_models_it_names() {
    let upstream = echo().await;
    let gateway =
        Gateway::new(&config(&upstream, "access: { keys: { ci: { key: tg, models: [m, 'up/a*'] } } }\n"));
    let ask = |model: &str| HELLO.replace("\"m\"", &format!("\"{model}\""));
    for (model, status) in [("m", 200), ("up/abc", 200), ("up/xyz", 403), ("missing", 403)] {
        let answer = gateway.post(CHAT, "tg", ask(model)).await;
        assert_eq!(answer.status, status, "{model}");
        if status == 403 {
            let error = &answer.json()["error"];
            assert_eq!(
                (error["code"].as_str(), error["param"].as_str()),
                (Some("model_not_allowed"), Some("model"))
            );
        }
    }
}

#[tokio::test]
async fn a_limit_counts_refuses_and_recovers() {
    let upstream = echo().await;
    let clock = Arc::new(TestClock::default());
    clock.advance(Duration::from_secs(100));
    let limits = "access: { keys: { ci: { key: tg, limits: [{ requests: 60, per: minute, burst: 2 }, { requests: 1000, per: hour }] } } }\n";
    let gateway = Gateway::with_clock(&config(&upstream, limits), clock.clone());
    let first = gateway.post(CHAT, "tg", HELLO).await;
    assert_eq!(first.status, 200);
    assert_eq!(
        (first.header("x-ratelimit-limit-requests"), first.header("x-ratelimit-remaining-requests")),
        ("2", "1")
    );
    assert_eq!(first.header("x-ratelimit-reset-requests"), "1000ms");
    assert_eq!(gateway.post(CHAT, "tg", HELLO).await.header("x-ratelimit-remaining-requests"), "0");
    let refused = gateway.post(CHAT, "tg", HELLO).await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, "1"));
    let error = &refused.json()["error"];
    assert_eq!((error["code"].as_str(), error["source"].as_str()), (Some("rate_limited"), Some("caller")));
    assert!(error["message"].as_str().unwrap().contains("60 requests per minute of the key ci"), "{error}");
    clock.advance(Duration::from_millis(999));
    assert_eq!(gateway.post(CHAT, "tg", HELLO).await.status, 429);
    clock.advance(Duration::from_millis(1));
    assert_eq!(gateway.post(CHAT, "tg", HELLO).await.status, 200);
    assert_eq!(upstream.calls(), 3);
    let records = gateway.records_when(5).await;
    assert_eq!(records[2]["limit"], "request_rate");
    assert_eq!(end(&records[2]), ("rejected", "rate_limited", "caller"));
    assert!(gateway.metrics().contains("tidegate_limit_rejections_total"), "{}", gateway.metrics());
}

#[tokio::test]
async fn limits_of_several_levels_add_up() {
    let upstream = echo().await;
    let limits = "policies: { rate: { requests: 3, per: day } }
access:
  keys:
    a: { key: tg-a, limits: [{ requests: 2, per: day }] }
    b: { key: tg-b }
";
    let gateway = Gateway::new(&config(&upstream, limits));
    for (key, status) in [("tg-a", 200), ("tg-a", 200), ("tg-a", 429), ("tg-b", 200), ("tg-b", 429)] {
        let answer = gateway.post(CHAT, key, HELLO).await;
        assert_eq!(answer.status, status, "{key}: {}", answer.text());
    }
}

#[tokio::test]
async fn a_model_has_a_limit_of_its_own() {
    let upstream = echo().await;
    let yaml = crate::openai(
        &upstream.url(),
        "    policies: { rate: { requests: 1, per: day } }\n    aliases: [n]\n",
    );
    let gateway = Gateway::new(&yaml);
    let first = gateway.post(CHAT, "", HELLO).await;
    assert_eq!((first.status, first.header("x-ratelimit-remaining-requests")), (200, "0"));
    let answer = gateway.post(CHAT, "", HELLO.replace("\"m\"", "\"n\"")).await;
    assert_eq!(answer.status, 429, "an alias is the same model");
    assert!(answer.text().contains("1 requests per day of the model m"), "{}", answer.text());
    assert_eq!(gateway.post(CHAT, "", HELLO.replace("\"m\"", "\"up/x\"")).await.status, 200);
}

#[tokio::test]
async fn bodies_have_bounds_declared_or_not() {
    let upstream = echo().await;
    let bounds = "server: { max_body: 1000B }
policies: { body: { max: 400B } }
access: { keys: { small: { key: tg-small }, large: { key: tg-large, policies: { body: { max: 900B } } } } }
"
    .replace("B }", " }");
    let gateway = Gateway::new(&config(&upstream, &bounds));
    let sized = |size: usize| HELLO.replace("hello there", &"x".repeat(size - HELLO.len() + 11));
    for (key, size, status) in
        [("tg-small", 400, 200), ("tg-small", 401, 413), ("tg-large", 900, 200), ("tg-large", 901, 413)]
    {
        let answer = gateway.post(CHAT, key, sized(size)).await;
        assert_eq!(answer.status, status, "{key} {size}");
        let pieces: Vec<_> = sized(size)
            .into_bytes()
            .chunks(33)
            .map(|piece| Ok::<_, std::io::Error>(http_body::Frame::data(Bytes::copy_from_slice(piece))))
            .collect();
        let body = StreamBody::new(futures_util::stream::iter(pieces));
        let request = Request::post(CHAT).header("x-api-key", key).body(body).unwrap();
        let streamed = testkit::read(gateway.engine.serve(request, engine::Origin::default()).await).await;
        assert_eq!(streamed.status, status, "{key} {size} in pieces");
        if status == 413 {
            assert_eq!(streamed.json()["error"]["code"], "body_too_large");
            assert!(
                streamed.text().contains(if key == "tg-small" { "400" } else { "900" }),
                "{}",
                streamed.text()
            );
        }
    }
    assert_eq!(upstream.calls(), 4);
}

#[tokio::test]
async fn a_models_bound_holds_beside_the_others() {
    let upstream = echo().await;
    let yaml = crate::openai(&upstream.url(), "    policies: { body: { max: 100 } }\n");
    let gateway = Gateway::new(&yaml);
    assert_eq!(gateway.post(CHAT, "", HELLO).await.status, 200);
    let long = HELLO.replace("hello", &"hello ".repeat(30));
    assert_eq!(gateway.post(CHAT, "", long.clone()).await.status, 413);
    assert_eq!(gateway.post(CHAT, "", long.replace("\"m\"", "\"up/x\"")).await.status, 200);
}

#[tokio::test]
async fn a_body_that_never_comes_is_not_waited_for() {
    let upstream = echo().await;
    let gateway = Gateway::new(&config(&upstream, "server: { limits: { body_timeout: 50ms } }\n"));
    let body =
        StreamBody::new(futures_util::stream::pending::<Result<http_body::Frame<Bytes>, std::io::Error>>());
    let answer =
        gateway.engine.serve(Request::post(MESSAGES).body(body).unwrap(), engine::Origin::default()).await;
    let answer = testkit::read(answer).await;
    assert_eq!((answer.status, answer.json()["error"]["type"].as_str()), (408, Some("timeout_error")));
    assert_eq!(end(&gateway.record().await), ("rejected", "request_timeout", "caller"));
}

#[tokio::test]
async fn of_header_edits_the_nearest_wins() {
    let upstream = echo().await;
    let edit = |who: &str, remove: &str| {
        format!(
            "policies: {{ headers: {{ request: {{ set: {{ x-{who}: '1', x-all: {who} }}, remove: [{remove}] }}, response: {{ set: {{ x-{who}: '1', x-all: {who} }}, remove: [{remove}] }} }} }}"
        )
    };
    let yaml = format!(
        "providers:
  up: {{ kind: openai, base_url: '{}/v1', credentials: [{{ key: sk-up }}], headers: {{ x-provider: p, x-all: provider }} }}
models:
  m:
    target: up/up-1
    {}
{}
access:
  keys:
    k:
      key: tg
      {}
    plain: {{ key: tg-plain }}
",
        upstream.url(),
        edit("model", "x-gateway"),
        edit("gateway", "user-agent, x-theirs"),
        edit("key", "x-model")
    );
    let gateway = Gateway::new(&yaml);
    let answer = gateway.post(CHAT, "tg", HELLO).await;
    let seen = upstream.only();
    assert_eq!(
        (seen.header("x-all"), seen.header("x-key"), seen.header("x-provider")),
        (Some("key"), Some("1"), Some("p"))
    );
    assert_eq!(
        (seen.header("x-gateway"), seen.header("x-model"), seen.header("user-agent")),
        (None, None, None)
    );
    assert_eq!((answer.header("x-all"), answer.header("x-key")), ("key", "1"));
    assert_eq!(
        (answer.header("x-gateway"), answer.header("x-model"), answer.header("x-theirs")),
        ("", "", "")
    );
    let answer = gateway.post(CHAT, "tg-plain", HELLO).await;
    assert_eq!((answer.header("x-all"), answer.header("x-model")), ("model", "1"));
    assert_eq!(upstream.seen()[1].header("x-all"), Some("model"));
}

#[tokio::test]
async fn too_many_at_once_are_refused_until_one_ends() {
    let upstream = Upstream::always(vec![Step::Hang]).await;
    let gateway = Gateway::new(&config(&upstream, "server: { limits: { max_inflight: 2 } }\n"));
    let (one, two) = (gateway.post(CHAT, "", HELLO), gateway.post(CHAT, "", HELLO));
    let busy = async {
        upstream.called(2).await;
        let answer = gateway.post(CHAT, "", HELLO).await;
        assert_eq!((answer.status, answer.json()["error"]["code"].as_str()), (503, Some("overloaded")));
        assert_eq!(answer.header("retry-after"), "1");
        let answer = gateway.post(MESSAGES, "", HELLO_CLAUDE).await;
        assert_eq!((answer.status, answer.json()["error"]["type"].as_str()), (529, Some("overloaded_error")));
    };
    tokio::select! {
        _ = async { tokio::join!(one, two) } => panic!("they hang"),
        () = busy => {}
    }
    gateway.records_when(4).await;
    let request = Request::get("/v1/models").body(Full::default()).unwrap();
    assert_eq!(gateway.send(request).await.status, 200, "there is room again");
}
