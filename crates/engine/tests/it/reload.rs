//! A configuration that is replaced while requests run.

use crate::{CHAT, HELLO, HELLO_STREAM, openai};
use http_body_util::BodyExt;
use std::sync::Arc;
use testkit::{
    Gateway, Step, Upstream,
    answers::{self, chunk, chunked_head, http_answer, openai as gpt},
};
use tokio::sync::Notify;

async fn echo() -> Upstream {
    Upstream::always(vec![http_answer(200, "", &answers::completion("hi", 1, 1))]).await
}

#[tokio::test]
async fn a_running_stream_ends_under_the_configuration_it_began_with() {
    let bell = Arc::new(Notify::new());
    let slow = Upstream::always(vec![
        chunked_head(),
        chunk(&gpt::text("before ")),
        Step::Wait(bell.clone()),
        chunk(&[gpt::text("after"), gpt::stop(), gpt::usage(1000, 2), gpt::DONE.to_owned()].concat()),
        chunk(""),
    ])
    .await;
    let other = echo().await;
    let gateway = Gateway::new(&openai(&slow.url(), ""));
    let mut answer = gateway.open(CHAT, "", HELLO_STREAM).await;
    answer.body_mut().frame().await.unwrap().unwrap();

    // The model goes elsewhere now and costs nothing.
    gateway.reload(&openai(&other.url(), "").replace("input: 2.50, output: 10", "input: 0, output: 0"));
    assert_eq!(gateway.post(CHAT, "", HELLO).await.status, 200);
    assert_eq!((slow.calls(), other.calls()), (1, 1));
    bell.notify_one();
    let rest = answer.into_body().collect().await.unwrap().to_bytes();
    assert!(rest.ends_with(gpt::DONE.as_bytes()), "{rest:?}");
    let records = gateway.records_when(2).await;
    let (new, old) = (&records[0], &records[1]);
    assert_eq!((new["revision"].as_u64(), old["revision"].as_u64()), (Some(2), Some(1)));
    assert_eq!((new["cost_nanos"].as_u64(), old["cost_nanos"].as_u64()), (Some(0), Some(2_520_000)));
}

#[tokio::test]
async fn an_unchanged_provider_keeps_its_connections_and_a_changed_one_does_not() {
    let upstream = echo().await;
    let gateway = Gateway::new(&openai(&upstream.url(), ""));
    assert_eq!(gateway.post(CHAT, "", HELLO).await.status, 200);
    gateway.reload(&openai(&upstream.url(), "    aliases: [n]\n"));
    assert_eq!(gateway.post(CHAT, "", HELLO.replace("\"m\"", "\"n\"")).await.status, 200);
    assert_eq!(upstream.connections(), 1);
    gateway.reload(&openai(&upstream.url(), "").replace("sk-up", "sk-new"));
    assert_eq!(gateway.post(CHAT, "", HELLO).await.status, 200);
    let seen = upstream.seen();
    assert_eq!((seen[2].connection, seen[2].header("authorization")), (1, Some("Bearer sk-new")));
}

#[tokio::test]
async fn resting_keys_go_on_resting() {
    let upstream = Upstream::start(|seen| {
        let bad = seen.header("authorization") == Some("Bearer sk-up");
        vec![if bad {
            http_answer(401, "", "{}")
        } else {
            http_answer(200, "", &answers::completion("hi", 1, 1))
        }]
    })
    .await;
    let yaml = openai(&upstream.url(), "").replace("[{ key: sk-up }]", "[{ key: sk-up }, { key: sk-two }]");
    let gateway = Gateway::new(&yaml);
    assert_eq!(gateway.post(CHAT, "", HELLO).await.status, 200);
    gateway.reload(&format!("{yaml}    aliases: [n]\n"));
    assert_eq!(gateway.post(CHAT, "", HELLO).await.status, 200);
    assert_eq!(upstream.calls(), 3, "the refused key was not tried again");
}

#[tokio::test]
async fn counts_go_on_unless_the_limit_is_another() {
    let upstream = echo().await;
    let yaml = |requests: u32, more: &str| {
        format!(
            "{}access: {{ keys: {{ ci: {{ key: tg, limits: [{{ requests: {requests}, per: day }}] }} {more} }} }}\n",
            openai(&upstream.url(), "")
        )
    };
    let gateway = Gateway::new(&yaml(2, ""));
    let ask = async || gateway.post(CHAT, "tg", HELLO).await.status;
    assert_eq!(ask().await, 200);
    gateway.reload(&yaml(2, ", other: { key: tg-2 }"));
    assert_eq!((ask().await, ask().await), (200, 429));
    gateway.reload(&yaml(2, ""));
    assert_eq!(ask().await, 429);
    gateway.reload(&yaml(3, ""));
    assert_eq!(ask().await, 200);
}

#[tokio::test]
async fn keys_come_and_go_at_once() {
    let upstream = echo().await;
    let yaml = |key: &str| {
        format!("{}access: {{ keys: {{ ci: {{ key: {key} }} }} }}\n", openai(&upstream.url(), ""))
    };
    let gateway = Gateway::new(&yaml("tg-one"));
    assert_eq!(gateway.post(CHAT, "tg-one", HELLO).await.status, 200);
    gateway.reload(&yaml("tg-two"));
    assert_eq!(gateway.post(CHAT, "tg-one", HELLO).await.status, 401);
    assert_eq!(gateway.post(CHAT, "tg-two", HELLO).await.status, 200);
}

#[tokio::test]
async fn reloads_in_the_middle_of_traffic_lose_nothing() {
    let upstream = echo().await;
    let gateway = Gateway::new(&openai(&upstream.url(), ""));
    let traffic = async {
        for _ in 0..100 {
            assert_eq!(gateway.post(CHAT, "", HELLO).await.status, 200);
        }
    };
    let reloads = async {
        for turn in 0..25 {
            gateway.reload(&openai(&upstream.url(), if turn % 2 == 0 { "    aliases: [n]\n" } else { "" }));
            tokio::task::yield_now().await;
            upstream.called(turn * 3).await;
        }
    };
    tokio::join!(traffic, reloads);
    let records = gateway.records_when(100).await;
    assert!(records.iter().all(|record| record["outcome"] == "ok"));
    assert!(records[99]["revision"].as_u64() > records[0]["revision"].as_u64());
}
