//! The simulator on a socket, in both versions of HTTP.

use std::sync::Arc;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper::client::conn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use sim::{Settings, Simulator};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

const BODY: &str = r#"{"model":"m","messages":[{"role":"user","content":"hi\nsim: echo"}]}"#;

fn request(address: std::net::SocketAddr, body: impl Into<Bytes>) -> Request<Full<Bytes>> {
    let uri = format!("http://{address}/v1/chat/completions");
    Request::post(uri).header("host", address.to_string()).body(Full::new(body.into())).unwrap()
}

#[tokio::test]
async fn both_versions_of_http_are_served_until_told_to_stop() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let sim = Arc::new(Simulator::new(Settings { max_body: 1_000, ..Settings::default() }));
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(sim::serve(listener, Arc::clone(&sim), async { _ = stopped.await }));

    let stream = TokioIo::new(TcpStream::connect(address).await.unwrap());
    let (mut sender, connection) = conn::http1::handshake(stream).await.unwrap();
    tokio::spawn(connection);
    let response = sender.send_request(request(address, BODY)).await.unwrap();
    assert!(response.headers().contains_key("content-length"));
    let text = response.into_body().collect().await.unwrap().to_bytes();
    assert!(text.windows(14).any(|part| part == br#""content":"hi""#), "{text:?}");
    let response = sender.send_request(request(address, "x".repeat(5_000))).await.unwrap();
    assert_eq!(response.status(), 413);

    let stream = TokioIo::new(TcpStream::connect(address).await.unwrap());
    let (mut sender, connection) = conn::http2::handshake(TokioExecutor::new(), stream).await.unwrap();
    tokio::spawn(connection);
    let response = sender.send_request(request(address, BODY)).await.unwrap();
    assert_eq!(response.status(), 200);

    stop.send(()).unwrap();
    server.await.unwrap().unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}
