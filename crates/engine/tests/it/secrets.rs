//! No secret comes out anywhere: not in answers, records or metrics, whatever fails, nor when the configuration is printed.

use crate::{CHAT, HELLO, HELLO_CLAUDE, HELLO_CLAUDE_STREAM, HELLO_STREAM, MESSAGES};
use http::Request;
use http_body_util::Full;
use testkit::{
    Gateway, Step, Upstream,
    answers::{http_answer, openai as gpt, raw, sse_head},
    nowhere,
};

/// Every secret in the configuration below contains this.
const MARK: &str = "5ec2e7";
/// What prompts and answers say, which no record or metric may hold.
const WORDS: [&str; 2] = ["hello there", "half an answer"];

/// A provider that quotes the key it was sent, in a different way for every model.
async fn indiscreet() -> Upstream {
    Upstream::start(|seen| {
        let key = seen.header("authorization").or(seen.header("x-api-key")).unwrap_or_default().to_owned();
        let body = seen.json();
        let status: u16 = body["model"].as_str().unwrap().parse().unwrap_or(200);
        let error = format!(r#"{{"error":{{"message":"Incorrect API key provided: {key}","type":"x"}}}}"#);
        match (status, body["stream"] == true) {
            (200, true) => vec![sse_head(), raw(&gpt::text("half an answer")), Step::Close],
            (200, false) => vec![raw("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n{"), Step::Close],
            (status, _) => vec![http_answer(status, "", &error)],
        }
    })
    .await
}

fn config(url: &str) -> String {
    format!(
        "providers:
  up: {{ kind: openai, base_url: '{url}/v1', credentials: [{{ key: sk-{MARK}-1, name: first }}, {{ key: sk-{MARK}-2 }}], headers: {{ x-extra-token: extra-{MARK} }} }}
  claude: {{ kind: anthropic, base_url: '{url}', credentials: [{{ key: sk-ant-{MARK} }}] }}
  gone: {{ kind: openai, base_url: '{}/v1', credentials: [{{ key: sk-{MARK}-3 }}] }}
models:
  m: {{ target: up/200, retries: {{ attempts: 1 }} }}
  refused: {{ targets: [up/401, up/403, claude/401], retries: {{ backoff: 1ms..2ms }} }}
  gone: {{ target: gone/x, retries: {{ attempts: 1 }} }}
access:
  keys:
    ci: {{ key: tg-{MARK}, limits: [{{ requests: 60, per: day }}] }}
policies: {{ headers: {{ request: {{ set: {{ x-set-secret: set-{MARK} }} }} }} }}
",
        nowhere()
    )
}

#[tokio::test]
async fn nothing_that_is_said_or_written_holds_a_secret() {
    let upstream = indiscreet().await;
    let gateway = Gateway::new(&config(&upstream.url()));
    let key = format!("tg-{MARK}");
    let mut said = Vec::new();
    for model in ["m", "refused", "gone", "none", "up/400", "up/401", "up/403", "claude/401"] {
        for (path, body) in
            [(CHAT, HELLO), (CHAT, HELLO_STREAM), (MESSAGES, HELLO_CLAUDE), (MESSAGES, HELLO_CLAUDE_STREAM)]
        {
            let body = body.replace("\"m\"", &format!("\"{model}\""));
            let answer = gateway.post(path, &key, body).await;
            said.push(format!("{:?} {}", answer.headers, answer.text()));
        }
    }
    let wrong =
        Request::post(CHAT).header("x-api-key", format!("{key}-wrong")).body(Full::from(HELLO)).unwrap();
    said.push(gateway.send(wrong).await.text().to_owned());
    let nonsense =
        Request::post(format!("{CHAT}?key={key}")).header("authorization", &key).body(Full::from("{"));
    said.push(gateway.send(nonsense.unwrap()).await.text().to_owned());
    let count = said.len();
    for text in &said {
        assert!(!text.contains(MARK), "{text}");
        assert!(!text.contains("127.0.0.1"), "an internal address: {text}");
    }
    assert!(said.iter().any(|text| text.contains(WORDS[1])), "something was answered");
    let written = [serde_json::to_string(&gateway.records_when(count).await).unwrap(), gateway.metrics()];
    for text in &written {
        assert!(!text.contains(MARK), "{text}");
        assert!(WORDS.iter().all(|word| !text.contains(word)), "{text}");
    }
    assert!(written[0].contains("\"key\":\"ci\""), "who called is known by name");
    let sent: String = upstream.seen().iter().map(|seen| seen.head.clone()).collect();
    assert!(sent.contains(&format!("sk-{MARK}-2")) && !sent.contains(&key), "each key went where it belongs");
}

#[test]
fn a_printed_configuration_and_its_faults_hold_no_secret() {
    let text = config("http://127.0.0.1:9");
    struct Nothing;
    impl config::Environment for Nothing {
        fn var(&self, _: &str) -> Option<String> {
            None
        }
        fn read_file(&self, _: &std::path::Path) -> std::io::Result<String> {
            Err(std::io::ErrorKind::NotFound.into())
        }
    }
    let load = |text: String| {
        let sources = [config::Source { name: "x.yaml".into(), text }];
        let loaded = config::load(&sources, &Nothing);
        (format!("{:?}", loaded.config), config::render(&loaded.diagnostics, &sources))
    };
    let (printed, faults) = load(text.clone());
    assert!(printed.contains("claude") && !printed.contains(MARK), "{printed}");
    assert!(!faults.contains(MARK), "{faults}");
    let (_, faults) = load(text.replace("credentials:", "credential:").replace("limits:", "limit:"));
    assert!(faults.contains("credential") && !faults.contains(MARK), "{faults}");
}
