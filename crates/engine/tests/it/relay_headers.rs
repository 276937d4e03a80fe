//! Whose headers go where, and what the gateway says about an answer.

use crate::{CHAT, HELLO, HELLO_CLAUDE, MESSAGES, anthropic, openai};
use http::Request;
use http_body_util::Full;
use testkit::{
    Gateway, Upstream,
    answers::{self, http_answer},
};

/// A caller's request with headers of every sort.
fn chatty(path: &str, body: &'static str) -> Request<Full<bytes::Bytes>> {
    Request::post(path)
        .header("content-type", "application/json; charset=utf-8")
        .header("authorization", "Bearer tg-caller")
        .header("cookie", "session=1")
        .header("user-agent", "curl/8")
        .header("x-forwarded-for", "10.0.0.1")
        .header("x-custom", "1")
        .header("accept-encoding", "gzip")
        .header("openai-organization", "org-1")
        .header("openai-beta", "x=1")
        .header("anthropic-beta", "a-1")
        .header("anthropic-beta", "b-2")
        .header("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
        .header("x-request-id", "callers-own")
        .body(Full::from(body))
        .unwrap()
}

const ACCESS: &str = "access: { keys: { ci: { key: tg-caller } } }\n";

#[tokio::test]
async fn a_provider_sees_its_own_key_and_its_dialects_headers() {
    let upstream = Upstream::always(vec![http_answer(200, "", &answers::completion("hi", 1, 1))]).await;
    let gateway = Gateway::new(&format!("{}{ACCESS}", openai(&upstream.url(), "")));
    assert_eq!(gateway.send(chatty(CHAT, HELLO)).await.status, 200);
    let seen = upstream.only();
    assert_eq!(seen.header("authorization"), Some("Bearer sk-up"));
    assert_eq!(seen.header("openai-organization"), Some("org-1"));
    assert_eq!(seen.header("openai-beta"), Some("x=1"));
    assert!(seen.header("traceparent").is_some_and(|trace| trace.starts_with("00-0af7")));
    assert_eq!(seen.header("accept-encoding"), Some("identity"));
    assert_eq!(seen.header("content-type"), Some("application/json"));
    assert_eq!(seen.header("host"), upstream.url().strip_prefix("http://"));
    for own in ["cookie", "x-forwarded-for", "x-custom", "anthropic-beta", "x-request-id", "x-api-key"] {
        assert_eq!(seen.header(own), None, "{own}");
    }
    assert!(!seen.head.contains("curl") && !seen.head.contains("tg-caller"), "{}", seen.head);
    assert_eq!(seen.headers().filter(|(name, _)| *name == "authorization").count(), 1);
}

#[tokio::test]
async fn anthropic_gets_its_key_and_version_its_way() {
    let upstream = Upstream::always(vec![http_answer(200, "", &answers::message("hi", 1, 1))]).await;
    let gateway = Gateway::new(&format!("{}{ACCESS}", anthropic(&upstream.url(), "")));
    assert_eq!(gateway.send(chatty(MESSAGES, HELLO_CLAUDE)).await.status, 200);
    let seen = upstream.only();
    assert_eq!((seen.header("x-api-key"), seen.header("authorization")), (Some("sk-up"), None));
    assert_eq!(seen.header("anthropic-version"), Some("2023-06-01"));
    let betas: Vec<_> =
        seen.headers().filter(|(name, _)| *name == "anthropic-beta").map(|(_, v)| v).collect();
    assert_eq!(betas, ["a-1", "b-2"]);
    assert_eq!(seen.header("openai-organization"), None);
}

#[tokio::test]
async fn a_callers_version_is_the_one_that_counts() {
    let upstream = Upstream::always(vec![http_answer(200, "", &answers::message("hi", 1, 1))]).await;
    let gateway = Gateway::new(&anthropic(&upstream.url(), ""));
    let request =
        Request::post(MESSAGES).header("anthropic-version", "2099-01-01").body(Full::from(HELLO_CLAUDE));
    assert_eq!(gateway.send(request.unwrap()).await.status, 200);
    let seen = upstream.only();
    let versions: Vec<_> =
        seen.headers().filter(|(name, _)| *name == "anthropic-version").map(|(_, v)| v).collect();
    assert_eq!(versions, ["2099-01-01"]);
}

#[tokio::test]
async fn an_answer_tells_who_answered_what_it_cost_and_keeps_the_providers_words() {
    let theirs = "openai-processing-ms: 12\r\nset-cookie: a=b\r\nserver: cloud\r\nx-request-id: req_theirs\r\n\
        strict-transport-security: max-age=1\r\nkeep-alive: timeout=5\r\nx-ratelimit-remaining-tokens: 99\r\n";
    let upstream =
        Upstream::always(vec![http_answer(200, theirs, &answers::completion("hi", 1000, 10))]).await;
    let gateway = Gateway::new(&openai(&upstream.url(), ""));
    let answer = gateway.send(chatty(CHAT, HELLO)).await;
    for (name, value) in [
        ("x-tidegate-provider", "up"),
        ("x-tidegate-model", "up-1"),
        ("x-tidegate-attempts", "1"),
        ("x-tidegate-cost-usd", "0.0026"),
        ("openai-processing-ms", "12"),
        ("x-ratelimit-remaining-tokens", "99"),
        ("content-type", "application/json"),
        ("set-cookie", ""),
        ("server", ""),
        ("strict-transport-security", ""),
        ("keep-alive", ""),
        ("x-tidegate-loss", ""),
        ("x-tidegate-fault", ""),
    ] {
        assert_eq!(answer.header(name), value, "{name}");
    }
    answer.header("x-tidegate-overhead-us").parse::<u64>().unwrap();
    let record = gateway.record().await;
    assert_eq!(record["id"].as_str(), Some(answer.header("x-request-id")));
    assert_eq!(record["caller_id"], "callers-own");
    assert_eq!(record["provider"], "up");
}

#[tokio::test]
async fn requests_have_ids_of_their_own() {
    let upstream = Upstream::always(vec![http_answer(200, "", &answers::completion("hi", 1, 1))]).await;
    let gateway = Gateway::new(&openai(&upstream.url(), ""));
    let mut ids = std::collections::HashSet::new();
    for _ in 0..20 {
        ids.insert(gateway.post(CHAT, "", HELLO).await.header("x-request-id").to_owned());
    }
    assert_eq!(ids.len(), 20);
    assert_eq!(upstream.connections(), 1, "connections are kept");
}
