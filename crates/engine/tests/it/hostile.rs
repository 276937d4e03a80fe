//! Bodies and heads made to hurt: each gets the right status in its dialect's shape, naming the field; nothing panics.

use crate::{CHAT, HELLO, MESSAGES, anthropic, openai};
use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use testkit::{
    Answer, Gateway, Upstream,
    answers::{self, http_answer},
};

/// A gateway for both dialects over the same upstream; the caller of one is translated, of the other relayed.
async fn gateways() -> (Upstream, [Gateway; 2]) {
    let upstream = Upstream::start(|seen| {
        let claude = seen.path().ends_with("messages");
        vec![http_answer(
            200,
            "",
            &if claude { answers::message("c", 1, 1) } else { answers::completion("o", 1, 1) },
        )]
    })
    .await;
    let both = [Gateway::new(&openai(&upstream.url(), "")), Gateway::new(&anthropic(&upstream.url(), ""))];
    (upstream, both)
}

fn refused(answer: &Answer, path: &str, status: u16, kind: &str) {
    let body = answer.json();
    assert_eq!(answer.status, status, "{body}");
    let error = &body["error"];
    assert_eq!(error["code"], kind, "{body}");
    assert_eq!(error["source"], "caller");
    let message = error["message"].as_str().unwrap();
    assert!(!message.is_empty() && message.len() < 1000, "{message}");
    assert_eq!(path == MESSAGES, body["type"] == "error", "the shape is the dialect's: {body}");
    assert_eq!(answer.header("content-type"), "application/json");
}

#[tokio::test]
async fn bodies_that_are_not_json_or_not_an_object() {
    let (upstream, gateways) = gateways().await;
    let deep = format!("{{\"model\":\"m\",\"messages\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
    let deep_objects =
        format!("{{\"model\":\"m\",\"x\":{}1{}}}", "{\"a\":".repeat(10_000), "}".repeat(10_000));
    let bodies: Vec<Vec<u8>> = vec![
        b"".to_vec(),
        b" ".to_vec(),
        b"{".to_vec(),
        b"null".to_vec(),
        b"[]".to_vec(),
        b"\"model\"".to_vec(),
        b"nan".to_vec(),
        b"{\"model\":\"m\",}".to_vec(),
        b"{\"model\":\"m\"} x".to_vec(),
        b"{\"model\":\"m\"}{\"model\":\"m\"}".to_vec(),
        b"{'model':'m'}".to_vec(),
        b"{\"model\":\"m\",\"x\":01}".to_vec(),
        b"{\"model\":\"m\",\"x\":NaN}".to_vec(),
        b"{\"model\":\"m\",\"x\":\"\x01\"}".to_vec(),
        b"{\"model\":\"m\",\"x\":\"\\ud800\xff\"}".to_vec(),
        b"{\"model\":\"m\",\"x\":\"\xc3\x28\"}".to_vec(),
        b"\xff\xfe{\0\"\0".to_vec(),
        b"\xef\xbb\xbf{\"model\":\"m\"".to_vec(),
        vec![0; 4096],
        deep.into_bytes(),
        deep_objects.into_bytes(),
    ];
    for gateway in &gateways {
        for path in [CHAT, MESSAGES] {
            for body in &bodies {
                let answer = gateway.post(path, "", body.clone()).await;
                refused(&answer, path, 400, "invalid_request");
            }
        }
        gateway.records_when(bodies.len() * 2).await;
    }
    assert_eq!(upstream.calls(), 0, "none of them went anywhere");
}

#[tokio::test]
async fn fields_the_gateway_owns_must_be_right_and_stand_there_once() {
    let (upstream, gateways) = gateways().await;
    let cases = [
        (CHAT, r#"{"messages":[]}"#, "model"),
        (CHAT, r#"{"model":""}"#, "model"),
        (CHAT, r#"{"model":null}"#, "model"),
        (CHAT, r#"{"model":7}"#, "model"),
        (CHAT, r#"{"model":["m"]}"#, "model"),
        (CHAT, r#"{"model":"m","model":"m"}"#, "model"),
        (CHAT, r#"{"model":"m","mod\u0065l":"other"}"#, "model"),
        (CHAT, r#"{"model":"m","stream":"yes"}"#, "stream"),
        (CHAT, r#"{"model":"m","stream":1}"#, "stream"),
        (CHAT, r#"{"model":"m","stream":true,"stream":false}"#, "stream"),
        (CHAT, r#"{"model":"m","stream_options":[]}"#, "stream_options"),
        (CHAT, r#"{"model":"m","stream_options":{"include_usage":"no"}}"#, "stream_options.include_usage"),
        (CHAT, r#"{"model":"m","max_tokens":-1}"#, "max_tokens"),
        (CHAT, r#"{"model":"m","max_tokens":1e400}"#, "max_tokens"),
        (CHAT, r#"{"model":"m","max_completion_tokens":1.5}"#, "max_completion_tokens"),
        (MESSAGES, r#"{"max_tokens":1}"#, "model"),
        (MESSAGES, r#"{"model":{},"max_tokens":1}"#, "model"),
        (MESSAGES, r#"{"model":"m","stream":null,"stream":true}"#, "stream"),
        (MESSAGES, r#"{"model":"m","max_tokens":"many"}"#, "max_tokens"),
        ("/v1/embeddings", r#"{"input":"x"}"#, "model"),
    ];
    for gateway in &gateways {
        for (path, body, field) in cases {
            let answer = gateway.post(path, "", body).await;
            refused(&answer, path, 400, "invalid_request");
            assert_eq!(answer.json()["error"]["param"], field, "{body}");
        }
    }
    assert_eq!(upstream.calls(), 0);
}

#[tokio::test]
async fn what_the_gateway_does_not_own_is_the_providers_to_judge() {
    let (upstream, [relays, translates]) = gateways().await;
    let odd = [
        r#"{"model":"m","messages":"not a list"}"#,
        r#"{"model":"m","messages":[],"messages":[{"role":"user","content":"x"}]}"#,
        r#"{"model":"m","temperature":1e999,"x":123456789012345678901234567890123456789}"#,
        r#"{"model":"m","messages":[{"role":"\ud83d","content":null}]}"#,
    ];
    for (at, body) in odd.into_iter().enumerate() {
        assert_eq!(relays.post(CHAT, "", body).await.status, 200, "{body}");
        assert_eq!(upstream.seen()[at].text(), body.replace("\"m\"", "\"up-1\""), "relayed as it is");
    }
    for body in odd {
        let answer = translates.post(CHAT, "", body).await;
        assert!([200, 400].contains(&answer.status), "{body}: {}", answer.text());
    }
}

#[tokio::test]
async fn translated_bodies_with_wrong_types_name_the_field() {
    let (upstream, [_, translates]) = gateways().await;
    for (body, field) in [
        (r#"{"model":"m","messages":7}"#, "messages"),
        (r#"{"model":"m","messages":[7]}"#, "messages[0]"),
        (r#"{"model":"m","messages":[{"role":"pope","content":"x"}]}"#, "messages[0].role"),
        (
            r#"{"model":"m","messages":[{"role":"user","content":[{"type":"text"}]}]}"#,
            "messages[0].content[0]",
        ),
        (r#"{"model":"m","messages":[{"role":"user","content":"x"}],"tools":{}}"#, "tools"),
        (r#"{"model":"m","messages":[{"role":"user","content":"x"}],"temperature":"hot"}"#, "temperature"),
    ] {
        let answer = translates.post(CHAT, "", body).await;
        refused(&answer, CHAT, 400, "invalid_request");
        let param = answer.json()["error"]["param"].as_str().unwrap_or_default().to_owned();
        assert!(param.starts_with(field), "{body}: {param}");
    }
    assert_eq!(upstream.calls(), 0);
}

#[tokio::test]
async fn bodies_that_are_something_else() {
    let (upstream, [gateway, _]) = gateways().await;
    let with = |name: &str, value: &str| {
        Request::post(CHAT)
            .header(name, value)
            .body(Full::from(Bytes::from_static(HELLO.as_bytes())))
            .unwrap()
    };
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonx",
        "",
    ] {
        let answer = gateway.send(with("content-type", kind)).await;
        refused(&answer, CHAT, 415, "unsupported_media_type");
    }
    for encoding in ["gzip", "br", "zstd", "bogus"] {
        refused(&gateway.send(with("content-encoding", encoding)).await, CHAT, 415, "unsupported_media_type");
    }
    assert_eq!(upstream.calls(), 0);
    for kind in ["application/json", "Application/JSON; charset=utf-8", "application/vnd.api+json"] {
        assert_eq!(gateway.send(with("content-type", kind)).await.status, 200, "{kind}");
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_is_the_callers_fault() {
    let (_upstream, [gateway, _]) = gateways().await;
    let pieces =
        [Ok(http_body::Frame::data(Bytes::from_static(b"{\"model\""))), Err(std::io::Error::other("gone"))];
    let body = http_body_util::StreamBody::new(futures_util::stream::iter(pieces));
    let answer =
        gateway.engine.serve(Request::post(CHAT).body(body).unwrap(), engine::Origin::default()).await;
    refused(&testkit::read(answer).await, CHAT, 400, "invalid_request");
}

#[tokio::test]
async fn names_and_ids_of_any_length_and_letters() {
    let (_upstream, [gateway, _]) = gateways().await;
    for name in
        ["x".repeat(100_000), "m\\u0000".into(), "\\\"}]".into(), "../../etc".into(), "🌊".repeat(300)]
    {
        let answer = gateway.post(CHAT, "", HELLO.replace("\"m\"", &format!("\"{name}\""))).await;
        assert_eq!((answer.status, answer.json()["error"]["code"].as_str()), (404, Some("model_not_found")));
        assert!(answer.body.len() < 2000, "a name is not repeated at any length");
    }
    // A direct name may hold anything; what cannot stand in a header is left out of it.
    let answer = gateway.post(CHAT, "", HELLO.replace("\"m\"", "\"up/a\\r\\nx-evil: 1 🌊\"")).await;
    assert_eq!((answer.status, answer.header("x-tidegate-model"), answer.header("x-evil")), (200, "", ""));
    let path = format!("/v1/models/{}", "%00%ff%".repeat(500));
    assert_eq!(gateway.fetch(&path, "").await.status, 404);
    let request =
        Request::post(CHAT).header("x-request-id", "y".repeat(5000)).body(Full::from(HELLO)).unwrap();
    assert_eq!(gateway.send(request).await.status, 200);
    let records = gateway.records_when(8).await;
    assert!(records.iter().all(|record| record.to_string().len() < 3000));
}
