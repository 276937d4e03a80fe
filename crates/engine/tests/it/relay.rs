//! The same dialect on both sides: bytes go through as they came, but for what the gateway owns.

use crate::{CHAT, HELLO, HELLO_CLAUDE_STREAM, HELLO_STREAM, MESSAGES, anthropic, openai};
use http::Request;
use http_body_util::Full;
use testkit::{
    Gateway, Upstream,
    answers::{self, http_answer, sse},
};

/// Spaces, escapes, odd numbers and unknown fields that a decoder would not write again in the same way.
const ODD: &str = "{ \"temperature\" : 1.0e0,\"messages\":[{\"content\":\"h\\u00e9 \\ud83d\\ude00 é\",\"role\":\"user\"}] ,\n\t\"model\" : \"m\",\
    \"x_unknown\":{\"z\":1,\"a\":[1.50,-0,1E+2]},\"seed\":123456789012345678901234567890,\"a\":null}";

#[tokio::test]
async fn a_request_keeps_every_byte_but_the_models_name() {
    let upstream = Upstream::always(vec![http_answer(200, "", &answers::completion("hi", 1, 1))]).await;
    let gateway = Gateway::new(&openai(&upstream.url(), ""));
    let answer = gateway.post(CHAT, "", ODD).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let seen = upstream.only();
    assert_eq!(seen.text(), ODD.replace("\"m\"", "\"up-1\""));
    assert_eq!(seen.path(), "/v1/chat/completions");
}

#[tokio::test]
async fn a_name_that_stays_costs_no_edit() {
    let upstream = Upstream::always(vec![http_answer(200, "", &answers::completion("hi", 1, 1))]).await;
    let gateway = Gateway::new(&openai(&upstream.url(), "").replace("  m:\n", "  up-1:\n"));
    let body = HELLO.replace("\"m\"", "\"\\u0075p-1\"");
    assert_eq!(gateway.post(CHAT, "", body.clone()).await.status, 200);
    assert_eq!(upstream.only().text(), body, "escapes in the name are the caller's own");
}

#[tokio::test]
async fn an_answer_keeps_every_byte() {
    let odd = "{ \"choices\":[ {\"message\":{\"content\":\"\\u00fc\"},\"finish_reason\":\"stop\"} ],\"new_field\":1.50 ,\
        \"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3}}\n";
    let upstream = Upstream::always(vec![http_answer(200, "", odd)]).await;
    let gateway = Gateway::new(&openai(&upstream.url(), ""));
    let answer = gateway.post(CHAT, "", HELLO).await;
    assert_eq!((answer.status, answer.text()), (200, odd));
    let usage = &gateway.record().await["usage"];
    assert_eq!((usage["input"].as_u64(), usage["output"].as_u64()), (Some(7), Some(3)));
}

#[tokio::test]
async fn a_chunked_answer_is_the_same_answer() {
    let body = answers::completion("in pieces", 5, 2);
    let (one, two) = body.split_at(40);
    let head = answers::raw(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n",
    );
    let upstream =
        Upstream::always(vec![head, answers::chunk(one), answers::chunk(two), answers::chunk("")]).await;
    let gateway = Gateway::new(&openai(&upstream.url(), ""));
    let answer = gateway.post(CHAT, "", HELLO).await;
    assert_eq!(answer.text(), body);
    assert_eq!(answer.header("transfer-encoding"), "");
    assert_eq!(gateway.record().await["usage"]["input"], 5);
}

/// What goes up and comes down for a stream whose `stream_options` are as given.
async fn streamed(options: &str) -> (String, String) {
    let events = answers::openai::stream(&["hel", "lo"], 11, 2);
    let upstream = Upstream::always(sse(&events)).await;
    let gateway = Gateway::new(&openai(&upstream.url(), ""));
    let body = HELLO_STREAM.replace("\"stream\":true", &format!("\"stream\":true{options}"));
    let answer = gateway.post(CHAT, "", body).await;
    assert_eq!(answer.status, 200);
    let record = gateway.record().await;
    assert_eq!((record["usage"]["input"].as_u64(), record["usage"]["output"].as_u64()), (Some(11), Some(2)));
    assert_eq!(record["usage"]["certainty"], "reported");
    (upstream.only().text().to_owned(), answer.text().to_owned())
}

#[tokio::test]
async fn usage_is_asked_for_and_shown_only_to_those_who_asked() {
    let all = answers::openai::stream(&["hel", "lo"], 11, 2);
    let hidden = all.replace(&answers::openai::usage(11, 2), "");
    assert_ne!(all, hidden);
    for (given, sent, down) in [
        ("", r#","stream_options":{"include_usage":true}"#, &hidden),
        (r#","stream_options":null"#, r#","stream_options":{"include_usage":true}"#, &hidden),
        (r#","stream_options":{}"#, r#","stream_options":{"include_usage":true}"#, &hidden),
        (r#","stream_options":{ "x":1 }"#, r#","stream_options":{"include_usage":true, "x":1 }"#, &hidden),
        (
            r#","stream_options":{"include_usage": false}"#,
            r#","stream_options":{"include_usage": true}"#,
            &hidden,
        ),
        (
            r#","stream_options": {"include_usage":true }"#,
            r#","stream_options": {"include_usage":true }"#,
            &all,
        ),
    ] {
        let (up, got) = streamed(given).await;
        assert!(up.contains(&format!("\"stream\":true{sent},\"messages\"")), "{given}: {up}");
        assert_eq!(&got, down, "{given}");
    }
}

#[tokio::test]
async fn anthropic_streams_pass_untouched_under_both_paths() {
    let events = answers::anthropic::stream(&["hel", "lo"], 11, 4);
    let upstream = Upstream::always(sse(&events)).await;
    let gateway = Gateway::new(&anthropic(&upstream.url(), ""));
    for path in [MESSAGES, "/anthropic/v1/messages"] {
        let answer = gateway.post(path, "", HELLO_CLAUDE_STREAM).await;
        assert_eq!((answer.status, answer.text()), (200, events.as_str()));
        assert!(answer.header("content-type").starts_with("text/event-stream"));
    }
    let seen = upstream.seen();
    assert!(seen.iter().all(|seen| seen.text() == HELLO_CLAUDE_STREAM.replace("\"m\"", "\"up-1\"")));
    assert!(seen.iter().all(|seen| seen.path() == "/v1/messages"));
    let records = gateway.records_when(2).await;
    let usage = &records[1]["usage"];
    assert_eq!((usage["input"].as_u64(), usage["output"].as_u64()), (Some(11), Some(4)));
}

#[tokio::test]
async fn embeddings_and_token_counts_are_relayed_too() {
    let body = r#"{"object":"list","data":[{"embedding":[0.10,-2e-3]}],"model":"e","usage":{"prompt_tokens":4,"total_tokens":4}}"#;
    let upstream = Upstream::always(vec![http_answer(200, "", body)]).await;
    let gateway = Gateway::new(&openai(&upstream.url(), ""));
    let answer = gateway.post("/v1/embeddings", "", r#"{"input":["a",[1,2]],"model":"m"}"#).await;
    assert_eq!((answer.status, answer.text()), (200, body));
    let seen = upstream.only();
    assert_eq!((seen.path(), seen.text()), ("/v1/embeddings", r#"{"input":["a",[1,2]],"model":"up-1"}"#));
    let record = gateway.record().await;
    assert_eq!(
        (record["operation"].as_str(), record["cost_nanos"].as_u64()),
        (Some("embeddings"), Some(10_000))
    );

    let upstream = Upstream::always(vec![http_answer(200, "", r#"{"input_tokens":14}"#)]).await;
    let gateway = Gateway::new(&anthropic(&upstream.url(), ""));
    let answer = gateway.post("/v1/messages/count_tokens", "", r#"{"model":"m","messages":[]}"#).await;
    assert_eq!((answer.status, answer.text()), (200, r#"{"input_tokens":14}"#));
    assert_eq!(upstream.only().path(), "/v1/messages/count_tokens");
}

#[tokio::test]
async fn a_body_may_come_in_pieces_and_say_nothing_about_its_type() {
    let upstream = Upstream::always(vec![http_answer(200, "", &answers::completion("hi", 1, 1))]).await;
    let gateway = Gateway::new(&openai(&upstream.url(), ""));
    let request = Request::post(CHAT).body(Full::from(HELLO)).unwrap();
    assert_eq!(gateway.send(request).await.status, 200);
    let pieces =
        HELLO.as_bytes().chunks(7).map(|piece| Ok::<_, std::io::Error>(http_body::Frame::data(piece.into())));
    let body = http_body_util::StreamBody::new(futures_util::stream::iter(pieces.collect::<Vec<_>>()));
    let answer =
        gateway.engine.serve(Request::post(CHAT).body(body).unwrap(), engine::Origin::default()).await;
    assert_eq!(testkit::read(answer).await.status, 200);
    assert_eq!(upstream.seen()[1].text(), HELLO.replace("\"m\"", "\"up-1\""));
}
