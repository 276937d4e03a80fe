use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use crate::gate::{Gate, settings, soon};

pub(crate) type Sender = SendRequest<Full<Bytes>>;

/// An HTTP/2 connection, and when it ended.
pub(crate) async fn join<T>(io: T) -> (Sender, JoinHandle<hyper::Result<()>>)
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) = soon(handshake(TokioExecutor::new(), TokioIo::new(io))).await.unwrap();
    (sender, tokio::spawn(connection))
}

pub(crate) fn get(path: &str) -> Request<Full<Bytes>> {
    Request::get(format!("http://gate{path}")).body(Full::default()).unwrap()
}

/// The answer's body as text.
pub(crate) async fn ask(sender: &mut Sender, path: &str) -> String {
    let answer = soon(sender.send_request(get(path))).await.unwrap();
    let body = soon(answer.into_body().collect()).await.unwrap().to_bytes();
    String::from_utf8(body.to_vec()).unwrap()
}

#[tokio::test]
async fn prior_knowledge_is_told_by_the_preface() {
    let gate = Gate::open(settings()).await;
    let (mut sender, _connection) = join(gate.connect().await).await;
    let (one, two) = (ask(&mut sender, "/one").await, ask(&mut sender, "/two").await);
    assert!(one.starts_with("HTTP/2.0 /one") && two.starts_with("HTTP/2.0 /two"), "{one} {two}");
    assert_eq!(gate.stats.http2.value(), 1);
}

#[tokio::test]
async fn the_preface_may_come_in_pieces() {
    let gate = Gate::open(settings()).await;
    let mut socket = gate.connect().await;
    socket.set_nodelay(true).unwrap();
    for byte in b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" {
        socket.write_all(&[*byte]).await.unwrap();
        tokio::task::yield_now().await;
    }
    // An empty SETTINGS frame; the server's own begins with its length, then type 4.
    socket.write_all(&[0, 0, 0, 4, 0, 0, 0, 0, 0]).await.unwrap();
    let mut frame = [0; 4];
    soon(socket.read_exact(&mut frame)).await.unwrap();
    assert_eq!(frame[3], 4);
}

#[tokio::test]
async fn streams_of_one_connection_do_not_wait_for_each_other() {
    let gate = Gate::open(settings()).await;
    let (mut sender, _connection) = join(gate.connect().await).await;
    let mut slow = soon(sender.send_request(get("/stream"))).await.unwrap().into_body();
    assert!(ask(&mut sender, "/fast").await.starts_with("HTTP/2.0 /fast"));
    gate.words.send("late".into()).await.unwrap();
    let frame = soon(slow.frame()).await.unwrap().unwrap();
    assert_eq!(frame.into_data().unwrap(), "late");
}

#[tokio::test]
async fn a_caller_that_resets_a_stream_cancels_its_exchange() {
    let gate = Gate::open(settings()).await;
    let (mut sender, _connection) = join(gate.connect().await).await;
    let asking = tokio::spawn(sender.send_request(get("/hang")));
    soon(gate.script.entered.notified()).await;
    asking.abort();
    soon(gate.script.dropped.notified()).await;
    // The connection lives on.
    assert!(ask(&mut sender, "/next").await.starts_with("HTTP/2.0 /next"));
}

#[tokio::test]
async fn a_caller_that_leaves_cancels_all_its_exchanges() {
    let gate = Gate::open(settings()).await;
    let socket = gate.connect().await.into_std().unwrap();
    let plug = socket.try_clone().unwrap();
    let (mut sender, _connection) = join(TcpStream::from_std(socket).unwrap()).await;
    let _asking = tokio::spawn(sender.send_request(get("/hang")));
    soon(gate.script.entered.notified()).await;
    plug.shutdown(std::net::Shutdown::Both).unwrap();
    soon(gate.script.dropped.notified()).await;
}

#[tokio::test]
async fn an_overlong_head_is_431() {
    let mut settings = settings();
    settings.limits.max_header_bytes = 8 * 1024;
    let gate = Gate::open(settings).await;
    let (mut sender, _connection) = join(gate.connect().await).await;
    let request = Request::get("http://gate/").header("x-long", "a".repeat(10_000));
    let answer = soon(sender.send_request(request.body(Full::default()).unwrap())).await.unwrap();
    assert_eq!(answer.status(), StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
}

#[tokio::test]
async fn a_body_is_read() {
    let gate = Gate::open(settings()).await;
    let (mut sender, _connection) = join(gate.connect().await).await;
    let request = Request::post("http://gate/body").body(Full::from(vec![b'x'; 60_000])).unwrap();
    let answer = soon(sender.send_request(request)).await.unwrap();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(body, "60000 bytes");
}
