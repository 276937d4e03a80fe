//! The models a caller gets to see, in its dialect.

use http::Request;
use http_body_util::Full;
use serde_json::Value;
use testkit::{Answer, Gateway};

const CONFIG: &str = "
providers:
  up: { kind: openai, base_url: 'http://127.0.0.1:9/v1', credentials: [{ key: sk-up }] }
models:
  big: { target: up/x, aliases: [large] }
  small: { target: up/y }
  gpt-*: { target: 'up/*' }
access:
  keys:
    all: { key: tg-all }
    few: { key: tg-few, models: [small, 'up/a*'] }
    none: { key: tg-none, models: [] }
";

fn names(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let list = answer.json()["data"].as_array().unwrap().clone();
    list.iter().map(|model: &Value| model["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_key_sees_what_it_may_use() {
    let gateway = Gateway::new(CONFIG);
    assert_eq!(names(&gateway.fetch("/v1/models", "tg-all").await), ["big", "large", "small"]);
    assert_eq!(names(&gateway.fetch("/v1/models", "tg-few").await), ["small"]);
    assert!(names(&gateway.fetch("/v1/models", "tg-none").await).is_empty());
    assert_eq!(gateway.fetch("/v1/models", "").await.status, 401);
}

#[tokio::test]
async fn one_model_is_shown_if_it_may_be_used() {
    let gateway = Gateway::new(CONFIG);
    for (name, key, status) in [
        ("big", "tg-all", 200),
        ("large", "tg-all", 200),
        ("gpt-anything", "tg-all", 200),
        ("up/anything", "tg-all", 200),
        ("up%2Fanything", "tg-all", 200),
        ("nothing", "tg-all", 404),
        ("big", "tg-few", 404),
        ("small", "tg-few", 200),
        ("up/abc", "tg-few", 200),
        ("up/xyz", "tg-few", 404),
        ("small", "tg-none", 404),
    ] {
        let answer = gateway.fetch(&format!("/v1/models/{name}"), key).await;
        assert_eq!(answer.status, status, "{name} {key}");
        let body = answer.json();
        let expected = if status == 200 { &body["id"] } else { &body["error"]["code"] };
        let shown = name.replace("%2F", "/");
        assert_eq!(expected.as_str(), Some(if status == 200 { shown.as_str() } else { "model_not_found" }));
    }
}

#[tokio::test]
async fn anthropic_callers_get_anthropics_shape() {
    let gateway = Gateway::new(CONFIG);
    let versioned =
        Request::get("/v1/models").header("anthropic-version", "2023-06-01").header("x-api-key", "tg-all");
    let named = Request::get("/anthropic/v1/models").header("x-api-key", "tg-all");
    for request in [versioned, named] {
        let answer = gateway.send(request.body(Full::default()).unwrap()).await;
        let body = answer.json();
        assert_eq!(names(&answer), ["big", "large", "small"]);
        assert_eq!(
            (body["data"][0]["type"].as_str(), body["has_more"].as_bool()),
            (Some("model"), Some(false))
        );
    }
    let refused = Request::get("/v1/models").header("anthropic-version", "2023-06-01").body(Full::default());
    let body = gateway.send(refused.unwrap()).await.json();
    assert_eq!(
        (body["type"].as_str(), body["error"]["type"].as_str()),
        (Some("error"), Some("authentication_error"))
    );
}

#[tokio::test]
async fn head_is_answered_though_nobody_reads_it() {
    let gateway = Gateway::new(CONFIG);
    let request = Request::head("/v1/models").header("x-api-key", "tg-all").body(Full::default()).unwrap();
    // As a server does: the head is taken, the body is dropped.
    let answer = gateway.request(request).await;
    assert_eq!(answer.status(), 200);
    drop(answer);
    let record = gateway.record().await;
    assert_eq!((record["outcome"].as_str(), record["operation"].as_str()), (Some("ok"), Some("list_models")));
}
