//! From the name a caller writes to the model a provider is asked for.

use crate::{CHAT, HELLO, HELLO_CLAUDE, MESSAGES};
use std::collections::HashMap;
use testkit::{
    Gateway, Upstream,
    answers::{self, http_answer},
};

async fn echo() -> Upstream {
    Upstream::always(vec![http_answer(200, "", &answers::completion("hi", 1, 1))]).await
}

fn config(upstream: &Upstream, models: &str) -> String {
    let url = upstream.url();
    format!(
        "providers:
  up: {{ kind: openai, base_url: '{url}/v1', credentials: [{{ key: k }}] }}
  other: {{ kind: openai-compatible, base_url: '{url}/other' }}
models:
{models}"
    )
}

/// Path and model of the request that asking for `name` makes; the status where it makes none.
async fn routed(gateway: &Gateway, upstream: &Upstream, name: &str) -> Result<String, u16> {
    let before = upstream.calls();
    let answer = gateway.post(CHAT, "", HELLO.replace("\"m\"", &format!("\"{name}\""))).await;
    let seen = upstream.seen();
    match seen.get(before) {
        Some(seen) => Ok(format!("{} {}", seen.path(), seen.json()["model"].as_str().unwrap())),
        None => Err(answer.status),
    }
}

#[tokio::test]
async fn names_aliases_wildcards_and_providers() {
    let upstream = echo().await;
    let models = "  exact: { target: up/real, aliases: [nick, other-nick] }
  gpt-*: { target: 'up/*' }
  gpt-4*: { target: 'other/*' }
  gpt-4.1: { target: up/fixed }
  fixed-*: { target: up/one }
";
    let gateway = Gateway::new(&config(&upstream, models));
    let up = |model: &str| Ok(format!("/v1/chat/completions {model}"));
    let other = |model: &str| Ok(format!("/other/chat/completions {model}"));
    for (name, expected) in [
        ("exact", up("real")),
        ("nick", up("real")),
        ("other-nick", up("real")),
        ("gpt-3.5", up("gpt-3.5")),
        ("gpt-", up("gpt-")),
        ("gpt-4o", other("gpt-4o")),
        ("gpt-4.1", up("fixed")),
        ("fixed-x", up("one")),
        ("up/anything", up("anything")),
        ("up/org/model:free", up("org/model:free")),
        ("other/x", other("x")),
        ("up/", Err(404)),
        ("nobody/x", Err(404)),
        ("exac", Err(404)),
        ("Exact", Err(404)),
        ("*", Err(404)),
    ] {
        assert_eq!(routed(&gateway, &upstream, name).await, expected, "{name}");
    }
}

#[tokio::test]
async fn what_does_not_exist_is_said_in_the_callers_dialect() {
    let upstream = echo().await;
    let gateway = Gateway::new(&config(&upstream, "  n: { target: up/x }\n"));
    let answer = gateway.post(CHAT, "", HELLO).await;
    let error = &answer.json()["error"];
    assert_eq!(
        (answer.status, error["code"].as_str(), error["param"].as_str()),
        (404, Some("model_not_found"), Some("model"))
    );
    assert_eq!(answer.header("x-tidegate-fault"), "model_not_found; source=caller");
    let answer = gateway.post(MESSAGES, "", HELLO_CLAUDE).await;
    let body = answer.json();
    assert_eq!(
        (body["type"].as_str(), body["error"]["type"].as_str()),
        (Some("error"), Some("not_found_error"))
    );
    assert_eq!(body["request_id"].as_str(), Some(answer.header("x-request-id")));
    for path in ["/", "/v1", "/v1/chat/completions/", "/v2/chat/completions", "/v1/models/"] {
        let answer = gateway.post(path, "", HELLO).await;
        assert_eq!(
            (answer.status, answer.json()["error"]["code"].as_str()),
            (404, Some("not_found")),
            "{path}"
        );
    }
    for path in [CHAT, MESSAGES, "/v1/embeddings"] {
        let answer = gateway.fetch(path, "").await;
        assert_eq!((answer.status, answer.header("allow")), (405, "POST"), "{path}");
    }
    let answer = gateway.post("/v1/models", "", "{}").await;
    assert_eq!((answer.status, answer.header("allow")), (405, "GET, HEAD"));
    assert_eq!(upstream.calls(), 0);
    assert_eq!(gateway.records_when(11).await.len(), 11);
}

#[tokio::test]
async fn shares_follow_the_weights() {
    let upstream = echo().await;
    let models = "  m:
    strategy: weighted
    targets:
      - { provider: up, model: most, weight: 80 }
      - { provider: up, model: some, weight: 20 }
      - { provider: up, model: spare, weight: 0 }
      - { provider: up, model: later, weight: 1000, priority: 1 }
";
    let gateway = Gateway::new(&config(&upstream, models));
    for _ in 0..400 {
        assert_eq!(gateway.post(CHAT, "", HELLO).await.status, 200);
    }
    let mut shares: HashMap<String, u32> = HashMap::new();
    for seen in upstream.seen() {
        *shares.entry(seen.json()["model"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    // The seed is fixed; the bounds are five standard deviations.
    assert!((280..=360).contains(&shares["most"]), "{shares:?}");
    assert_eq!(
        shares["most"] + shares["some"],
        400,
        "a weight of 0 and a later priority are spares: {shares:?}"
    );
}

#[tokio::test]
async fn when_the_drawn_target_fails_the_others_follow_by_priority() {
    let upstream = Upstream::start(|seen| {
        let fine = seen.json()["model"] == "later";
        vec![if fine {
            http_answer(200, "", &answers::completion("hi", 1, 1))
        } else {
            http_answer(500, "", "{}")
        }]
    })
    .await;
    let models = "  m:
    strategy: weighted
    targets:
      - { provider: up, model: later, priority: 7 }
      - { provider: up, model: never, weight: 0 }
      - { provider: up, model: always, weight: 5 }
";
    let gateway = Gateway::new(&config(&upstream, models));
    assert_eq!(gateway.post(CHAT, "", HELLO).await.status, 200);
    let asked: Vec<_> =
        upstream.seen().iter().map(|seen| seen.json()["model"].as_str().unwrap().to_owned()).collect();
    assert_eq!(asked, ["always", "never", "later"]);
}

#[tokio::test]
async fn endpoints_of_a_provider_take_turns() {
    let (one, two) = (echo().await, echo().await);
    let yaml = format!(
        "providers:
  gpu: {{ kind: openai-compatible, endpoints: ['{}/v1', '{}/deep/er'] }}
models:
  m: {{ target: gpu/x }}
",
        one.url(),
        two.url()
    );
    let gateway = Gateway::new(&yaml);
    for _ in 0..6 {
        assert_eq!(gateway.post(CHAT, "", HELLO).await.status, 200);
    }
    assert_eq!((one.calls(), two.calls()), (3, 3));
    assert_eq!(two.seen()[0].path(), "/deep/er/chat/completions");
    assert_eq!(one.seen()[0].header("authorization"), None, "no credential was configured");
}
