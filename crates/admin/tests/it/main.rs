//! The admin listener over a real socket.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::sync::{Arc, Mutex};

use admin::{AdminState, MetricsSource, Readiness};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

#[derive(Default)]
struct Doubts(Mutex<Vec<String>>);

impl Readiness for Doubts {
    fn reasons(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

struct OneMetric;

impl MetricsSource for OneMetric {
    fn render(&self) -> String {
        "# TYPE tide gauge\ntide 3\n# EOF\n".to_owned()
    }
}

struct Admin {
    address: std::net::SocketAddr,
    doubts: Arc<Doubts>,
    end: oneshot::Sender<()>,
    serving: tokio::task::JoinHandle<()>,
}

async fn start() -> Admin {
    let doubts = Arc::new(Doubts::default());
    let router = admin::router(AdminState { ready: doubts.clone(), metrics: Arc::new(OneMetric) });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (end, ended) = oneshot::channel::<()>();
    let serving = tokio::spawn(admin::serve(listener, router, async { drop(ended.await) }));
    Admin { address, doubts, end, serving }
}

/// Sends one request and reads the answer to its end.
async fn ask(admin: &Admin, head: &str) -> String {
    let mut socket = TcpStream::connect(admin.address).await.unwrap();
    socket.write_all(format!("{head}\r\nhost: a\r\nconnection: close\r\n\r\n").as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    answer
}

fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").unwrap().1
}

#[tokio::test]
async fn health_is_being_able_to_answer() {
    let admin = start().await;
    let answer = ask(&admin, "GET /healthz HTTP/1.1").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(body(&answer), "{\"status\":\"alive\"}\n");
}

#[tokio::test]
async fn readiness_gives_its_reasons() {
    let admin = start().await;
    let answer = ask(&admin, "GET /readyz HTTP/1.1").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    admin.doubts.0.lock().unwrap().push("draining".to_owned());
    let answer = ask(&admin, "GET /readyz HTTP/1.1").await;
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    // The order of the fields depends on what else is built with serde_json.
    assert!(answer.contains("\"reasons\":[\"draining\"]") && answer.contains("\"not ready\""), "{answer}");
}

#[tokio::test]
async fn metrics_are_openmetrics_text() {
    let admin = start().await;
    let answer = ask(&admin, "GET /metrics HTTP/1.1").await;
    assert!(answer.contains("content-type: application/openmetrics-text; version=1.0.0"), "{answer}");
    assert_eq!(body(&answer), "# TYPE tide gauge\ntide 3\n# EOF\n");
}

#[tokio::test]
async fn wrong_paths_and_methods_are_told_what_there_is() {
    let admin = start().await;
    assert!(ask(&admin, "GET / HTTP/1.1").await.contains("/readyz"));
    let answer = ask(&admin, "GET /metricz HTTP/1.1").await;
    assert!(answer.starts_with("HTTP/1.1 404") && answer.contains("/metricz"), "{answer}");
    let answer = ask(&admin, "DELETE /metrics HTTP/1.1").await;
    assert!(answer.starts_with("HTTP/1.1 405") && answer.contains("only GET"), "{answer}");
}

#[tokio::test]
async fn an_overlong_head_is_refused() {
    let admin = start().await;
    let answer = ask(&admin, &format!("GET /{} HTTP/1.1", "a".repeat(20_000))).await;
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
}

#[tokio::test]
async fn shutdown_ends_idle_connections_and_returns() {
    let admin = start().await;
    let mut idle = TcpStream::connect(admin.address).await.unwrap();
    idle.write_all(b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    let mut some = [0; 64];
    assert!(idle.read(&mut some).await.unwrap() > 0);
    admin.end.send(()).unwrap();
    admin.serving.await.unwrap();
    let mut rest = Vec::new();
    idle.read_to_end(&mut rest).await.unwrap();
    assert!(TcpStream::connect(admin.address).await.is_err());
}
