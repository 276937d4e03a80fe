//! A server under test and the service behind it.

use std::future::pending;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use server::{
    Address, Bind, BoxError, Drain, DrainHandle, Drained, Limits, ListenerSettings, Peer, ProxyProtocol,
    Server, Service, Stats,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;

/// No wait in these tests is longer when all is well; it only ends those that would never end.
pub(crate) const LONG: Duration = Duration::from_secs(20);

/// Waits, but not for ever.
pub(crate) async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(LONG, what).await.expect("it should have happened long ago")
}

/// The service: each path is one behaviour.
pub(crate) struct Script {
    /// Rung when `/hang` was entered, and when its future was dropped.
    pub(crate) entered: Notify,
    pub(crate) dropped: Arc<Notify>,
    /// What `/stream` sends: each test takes the sender once.
    stream: Mutex<Option<mpsc::Receiver<Bytes>>>,
}

/// A body that is there at once, or comes through a channel.
pub(crate) enum Words {
    Now(Option<Bytes>),
    Later(mpsc::Receiver<Bytes>),
}

struct Bell(Arc<Notify>);

impl Drop for Bell {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

impl Body for Words {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match &mut *self {
            Self::Now(words) => Poll::Ready(words.take().map(|words| Ok(Frame::data(words)))),
            Self::Later(words) => words.poll_recv(cx).map(|words| words.map(|words| Ok(Frame::data(words)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Now(None))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Now(words) => SizeHint::with_exact(words.as_ref().map_or(0, Bytes::len) as u64),
            Self::Later(_) => SizeHint::default(),
        }
    }
}

impl Service for Script {
    type Body = Words;

    async fn call(self: &Arc<Self>, request: Request<Incoming>, peer: &Arc<Peer>) -> Response<Words> {
        match request.uri().path() {
            "/hang" => {
                let _bell = Bell(self.dropped.clone());
                self.entered.notify_one();
                pending().await
            }
            "/stream" => {
                let stream = self.stream.lock().unwrap().take().expect("a stream for each request");
                Response::new(Words::Later(stream))
            }
            "/body" => match request.into_body().collect().await {
                Ok(body) => say(StatusCode::OK, &format!("{} bytes", body.to_bytes().len())),
                Err(fault) => say(StatusCode::BAD_REQUEST, &fault.to_string()),
            },
            "/upgrade" => {
                tokio::spawn(echo(hyper::upgrade::on(request)));
                let upgraded = Response::builder().status(StatusCode::SWITCHING_PROTOCOLS);
                upgraded
                    .header("connection", "upgrade")
                    .header("upgrade", "echo")
                    .body(Words::Now(None))
                    .unwrap()
            }
            "/refuse" => say(StatusCode::PAYLOAD_TOO_LARGE, "no, thanks"),
            "/large" => say(StatusCode::OK, &"x".repeat(32 * 1024 * 1024)),
            _ => say(StatusCode::OK, &describe(&request, peer)),
        }
    }
}

fn say(status: StatusCode, words: &str) -> Response<Words> {
    let words = Words::Now(Some(Bytes::copy_from_slice(words.as_bytes())));
    Response::builder().status(status).body(words).unwrap()
}

/// Speaks the protocol `echo` once the connection has been handed over.
async fn echo(upgrade: hyper::upgrade::OnUpgrade) {
    let (mut reading, mut writing) = tokio::io::split(TokioIo::new(upgrade.await.unwrap()));
    let _ = tokio::io::copy(&mut reading, &mut writing).await;
}

fn describe(request: &Request<Incoming>, peer: &Peer) -> String {
    let tls = peer.tls.as_ref();
    let client = tls.and_then(|tls| tls.client.as_ref());
    format!(
        "{:?} {} remote={} sni={} alpn={} client={} dns={}",
        request.version(),
        request.uri().path(),
        peer.remote,
        tls.and_then(|tls| tls.sni.as_deref()).unwrap_or("-"),
        tls.and_then(|tls| tls.alpn.as_deref()).unwrap_or("-"),
        client.map_or("-", |client| &client.subject),
        client.and_then(|client| client.dns.first()).map_or("-", |name| name),
    )
}

/// A running server.
pub(crate) struct Gate {
    pub(crate) script: Arc<Script>,
    pub(crate) address: Address,
    pub(crate) stats: Arc<Stats>,
    pub(crate) drain: DrainHandle,
    pub(crate) running: JoinHandle<Drained>,
    pub(crate) words: mpsc::Sender<Bytes>,
}

/// Settings of a plain listener on a free port, to be changed as a test needs.
pub(crate) fn settings() -> ListenerSettings {
    ListenerSettings {
        name: "test".into(),
        bind: Bind::Tcp("127.0.0.1:0".parse().unwrap()),
        tls: None,
        proxy_protocol: ProxyProtocol::Off,
        limits: Limits::default(),
    }
}

impl Gate {
    pub(crate) async fn open(settings: ListenerSettings) -> Self {
        let (words, stream) = mpsc::channel(4);
        let script = Arc::new(Script {
            entered: Notify::new(),
            dropped: Arc::new(Notify::new()),
            stream: Mutex::new(Some(stream)),
        });
        let server = Server::bind(vec![settings]).await.unwrap();
        let address = server.addresses().remove(0).address;
        let stats = Arc::new(Stats::default());
        let (drain, order) = Drain::new();
        let running = tokio::spawn(server.run(script.clone(), order, stats.clone()));
        Self { script, address, stats, drain, running, words }
    }

    pub(crate) fn port(&self) -> SocketAddr {
        match &self.address {
            Address::Tcp(address) => *address,
            Address::Unix(path) => panic!("{} is no port", path.display()),
        }
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.port()).await.unwrap()
    }

    /// Sends `bytes` on a connection of its own and reads all that comes until the server closes.
    pub(crate) async fn send(&self, bytes: impl AsRef<[u8]>) -> String {
        let mut socket = self.connect().await;
        socket.write_all(bytes.as_ref()).await.unwrap();
        rest(&mut socket).await
    }
}

/// All that comes until the other side closes.
pub(crate) async fn rest<T: tokio::io::AsyncRead + Unpin>(io: &mut T) -> String {
    let mut bytes = Vec::new();
    let _ = soon(io.read_to_end(&mut bytes)).await;
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Reads until `end` has come.
pub(crate) async fn until<T: tokio::io::AsyncRead + Unpin>(io: &mut T, end: &str) -> String {
    let mut bytes = Vec::new();
    while !String::from_utf8_lossy(&bytes).contains(end) {
        let came = soon(io.read_buf(&mut bytes)).await.unwrap();
        assert!(came > 0, "the server closed after {:?}", String::from_utf8_lossy(&bytes));
    }
    String::from_utf8(bytes).unwrap()
}

/// A request without a body.
pub(crate) fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: gate\r\n\r\n")
}

/// The same, asking the server to close.
pub(crate) fn last(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: gate\r\nconnection: close\r\n\r\n")
}
