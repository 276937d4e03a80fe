//! Fallback models: when they are gone to, under what name, how far, and for whom.

use crate::{CHAT, HELLO, attempts};
use testkit::{
    Gateway, Upstream,
    answers::{self, http_answer},
};

/// Fails for models whose name begins with `bad`; with 400 for `bad-request`, with a context error for `bad-long`.
async fn provider() -> Upstream {
    Upstream::start(|seen| {
        let body = seen.json();
        let model = body["model"].as_str().unwrap();
        vec![match model {
            "bad-request" => {
                http_answer(400, "", r#"{"error":{"message":"no","type":"invalid_request_error"}}"#)
            }
            "bad-long" => {
                http_answer(400, "", r#"{"error":{"message":"long","code":"context_length_exceeded"}}"#)
            }
            bad if bad.starts_with("bad") => http_answer(500, "", "{}"),
            _ => http_answer(200, "", &answers::completion("hi", 1, 1)),
        }]
    })
    .await
}

fn config(upstream: &Upstream, models: &str) -> String {
    format!(
        "providers:
  up: {{ kind: openai, base_url: '{}/v1', credentials: [{{ key: k }}] }}
models:
{models}",
        upstream.url()
    )
}

/// The models that were asked upstream.
fn asked(upstream: &Upstream) -> Vec<String> {
    upstream.seen().iter().map(|seen| seen.json()["model"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_chain_is_followed_each_with_its_own_attempts() {
    let upstream = provider().await;
    let models = "  m: { target: up/bad-1, fallback: [second], retries: { attempts: 2, backoff: 1ms..2ms } }
  second: { target: up/bad-2, fallback: [third], retries: { attempts: 1 } }
  third: { target: up/good }
";
    let gateway = Gateway::new(&config(&upstream, models));
    let answer = gateway.post(CHAT, "", HELLO).await;
    assert_eq!((answer.status, answer.header("x-tidegate-model")), (200, "good"));
    assert_eq!(asked(&upstream), ["bad-1", "bad-1", "bad-2", "good"]);
    let record = gateway.record().await;
    assert_eq!((record["model"].as_str(), record["served_model"].as_str()), (Some("m"), Some("good")));
    assert_eq!(attempts(&record).len(), 4);
}

#[tokio::test]
async fn fallbacks_are_found_like_any_name() {
    let upstream = provider().await;
    let models = "  m: { target: up/bad-1, fallback: [up/bad-direct, up/bad-org/2, short, gpt-x], retries: { attempts: 1 } }
  long: { target: up/bad-3, aliases: [short], retries: { attempts: 1 } }
  gpt-*: { target: 'up/*', retries: { attempts: 1 } }
";
    let gateway = Gateway::new(&config(&upstream, models));
    assert_eq!(gateway.post(CHAT, "", HELLO).await.status, 200);
    let direct = "bad-direct";
    // A model addressed directly has the default retries; its pause is short.
    let mut asked = asked(&upstream);
    asked.dedup();
    assert_eq!(asked, ["bad-1", direct, "bad-org/2", "bad-3", "gpt-x"]);
}

#[tokio::test]
async fn a_refusal_of_the_request_ends_the_chain_but_a_short_context_does_not() {
    let upstream = provider().await;
    let models = "  m: { target: up/bad-request, fallback: [fine] }
  long: { target: up/bad-long, fallback: [fine] }
  fine: { target: up/good }
";
    let gateway = Gateway::new(&config(&upstream, models));
    assert_eq!(gateway.post(CHAT, "", HELLO).await.status, 400);
    assert_eq!(asked(&upstream), ["bad-request"]);
    assert_eq!(gateway.post(CHAT, "", HELLO.replace("\"m\"", "\"long\"")).await.status, 200);
    assert_eq!(asked(&upstream)[1..], ["bad-long", "good"]);
}

#[tokio::test]
async fn a_long_chain_ends_somewhere() {
    let upstream = provider().await;
    let models: String = (0..12)
        .map(|n| {
            let name = if n == 0 { "m".to_owned() } else { format!("m{n}") };
            let fallback = if n < 11 { format!(", fallback: [m{}]", n + 1) } else { String::new() };
            format!("  {name}: {{ target: up/bad-{n}, retries: {{ attempts: 1 }}{fallback} }}\n")
        })
        .collect();
    let gateway = Gateway::new(&config(&upstream, &models));
    assert_eq!(gateway.post(CHAT, "", HELLO).await.status, 500);
    assert_eq!(upstream.calls(), 8);
}

#[tokio::test]
async fn a_fallback_met_twice_is_tried_once() {
    let upstream = provider().await;
    let models = "  m: { target: up/bad-1, fallback: [x, y], retries: { attempts: 1 } }
  x: { target: up/bad-2, fallback: [z], retries: { attempts: 1 } }
  y: { target: up/bad-3, fallback: [z], retries: { attempts: 1 } }
  z: { target: up/bad-4, retries: { attempts: 1 } }
";
    let gateway = Gateway::new(&config(&upstream, models));
    assert_eq!(gateway.post(CHAT, "", HELLO).await.status, 500);
    assert_eq!(asked(&upstream), ["bad-1", "bad-2", "bad-3", "bad-4"]);
}

#[tokio::test]
async fn a_fallback_the_key_may_not_use_is_passed_over() {
    let upstream = provider().await;
    let models = "  m: { target: up/bad-1, fallback: [dear, cheap], retries: { attempts: 1 } }
  dear: { target: up/good-dear }
  cheap: { target: up/good-cheap }
access:
  keys:
    poor: { key: tg-poor, models: [m, cheap] }
    rich: { key: tg-rich }
";
    let gateway = Gateway::new(&config(&upstream, models));
    assert_eq!(gateway.post(CHAT, "tg-poor", HELLO).await.header("x-tidegate-model"), "good-cheap");
    assert_eq!(gateway.post(CHAT, "tg-rich", HELLO).await.header("x-tidegate-model"), "good-dear");
}
