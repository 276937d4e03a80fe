//! A scripted HTTP/1.1 peer, and short hands for the client's side.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Response};
use http_body_util::BodyExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use upstream::{Body, Endpoint, EndpointSettings, Outgoing, Path, SendFault, Shared, Timeouts};

/// Long enough for anything that should happen, so that a test that hangs fails instead.
pub(crate) const SOON: Duration = Duration::from_secs(10);
pub(crate) const TIMEOUTS: Timeouts = Timeouts { connect: SOON, head: SOON };

pub(crate) struct Peer(TcpListener);

/// One accepted connection.
pub(crate) struct Line(pub(crate) TcpStream);

/// A request as it came over the wire.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Peer {
    pub(crate) async fn new() -> Peer {
        Peer(TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    pub(crate) fn port(&self) -> u16 {
        self.0.local_addr().unwrap().port()
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port())
    }

    pub(crate) fn endpoint(&self) -> Endpoint {
        endpoint(EndpointSettings::for_url(self.url()))
    }

    pub(crate) async fn accept(&self) -> Line {
        let (stream, _) = tokio::time::timeout(SOON, self.0.accept()).await.unwrap().unwrap();
        Line(stream)
    }

    /// Accepts a connection and answers the first request on it.
    pub(crate) async fn answer(&self, response: &str) -> (Line, Received) {
        let mut line = self.accept().await;
        let received = line.answer(response).await;
        (line, received)
    }
}

impl Line {
    pub(crate) async fn read_head(&mut self) -> String {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.0.read_u8().await.expect("a request"));
        }
        String::from_utf8(head).unwrap()
    }

    pub(crate) async fn read_request(&mut self) -> Received {
        let head = self.read_head().await;
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
        self.0.read_exact(&mut body).await.unwrap();
        Received { head, body }
    }

    pub(crate) async fn write(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.write_all(bytes.as_ref()).await.unwrap();
    }

    pub(crate) async fn answer(&mut self, response: &str) -> Received {
        let received = self.read_request().await;
        self.write(response).await;
        received
    }

    /// Waits until the other side is gone; how long that took.
    pub(crate) async fn gone(&mut self) -> Duration {
        let start = tokio::time::Instant::now();
        let mut waste = vec![0; 64 * 1024];
        let end = async { while self.0.read(&mut waste).await.is_ok_and(|read| read > 0) {} };
        tokio::time::timeout(SOON, end).await.expect("the connection should end");
        start.elapsed()
    }

    /// Closes with a reset.
    pub(crate) fn reset(self) {
        socket2::SockRef::from(&self.0).set_linger(Some(Duration::ZERO)).unwrap();
    }
}

pub(crate) const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

pub(crate) fn endpoint(settings: EndpointSettings) -> Endpoint {
    Endpoint::new(settings, &Shared::new().unwrap()).unwrap()
}

pub(crate) fn post(body: impl Into<Bytes>) -> Outgoing {
    Outgoing {
        method: Method::POST,
        path: Path::try_from("/v1/chat?a=b").unwrap(),
        headers: vec![(http::header::CONTENT_TYPE, "application/json".parse().unwrap())],
        body: [body.into()].into_iter().collect(),
    }
}

pub(crate) fn get() -> Outgoing {
    Outgoing { method: Method::GET, body: upstream::Segments::new(), ..post("") }
}

pub(crate) async fn text(response: Response<Body>) -> String {
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

/// Sends and reads the body as text.
pub(crate) async fn call(endpoint: &Endpoint, request: Outgoing) -> Result<String, SendFault> {
    Ok(text(endpoint.send(request, &TIMEOUTS).await?).await)
}
