//! The simulator through its only door, `Simulator::call`: what it answers, how it behaves, when things happen.
//! Time is tokio's and stands still, so waits are exact and cost nothing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::print_stdout)]

mod anthropic;
mod behaviour;
mod openai;
mod recordings;
mod socket;

use bytes::Bytes;
use http::{HeaderMap, Request};
use http_body_util::BodyExt;
use serde_json::Value;
use sim::{Settings, Simulator};

/// What a caller sees.
struct Seen {
    status: u16,
    headers: HeaderMap,
    /// The body as far as it came.
    text: String,
    /// The body broke.
    broken: bool,
}

impl Seen {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// The data of each event, `[DONE]` as a string.
    fn events(&self) -> Vec<Value> {
        let data = self.text.lines().filter_map(|line| line.strip_prefix("data: "));
        data.map(|data| serde_json::from_str(data).unwrap_or_else(|_| Value::from(data))).collect()
    }
}

fn simulator() -> Simulator {
    Simulator::new(Settings::default())
}

fn post(path: &str, directives: &str, body: impl Into<Bytes>) -> Request<Bytes> {
    let request = Request::post(path).header("x-sim", directives).header("anthropic-version", "2023-06-01");
    request.body(body.into()).unwrap()
}

async fn see(sim: &Simulator, request: Request<Bytes>) -> Seen {
    let (parts, mut body) = sim.call(request).await.into_parts();
    let (mut bytes, mut broken) = (Vec::new(), false);
    while let Some(frame) = body.frame().await {
        match frame {
            Ok(frame) => bytes.extend_from_slice(frame.data_ref().unwrap()),
            Err(_) => broken = true,
        }
    }
    Seen {
        status: parts.status.as_u16(),
        headers: parts.headers,
        text: String::from_utf8_lossy(&bytes).into(),
        broken,
    }
}

async fn ask(path: &str, directives: &str, body: &Value) -> Seen {
    see(&simulator(), post(path, directives, body.to_string())).await
}
