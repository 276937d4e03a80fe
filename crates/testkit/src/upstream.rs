//! An upstream that follows a script: what it does on each connection is written in the test, down to the bytes.

use bytes::Bytes;
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{Notify, Semaphore},
};

/// One thing an upstream does.
#[derive(Clone)]
pub enum Step {
    Send(Bytes),
    /// Goes on when the test says so.
    Wait(Arc<Notify>),
    /// Says nothing more, and keeps the connection until the other side leaves.
    Hang,
    /// Ends the connection at once.
    Close,
}

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Counts from 0 over all connections.
    pub number: usize,
    pub head: String,
    pub body: Bytes,
}

impl Seen {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The value of a header, by its lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.split_once(": ").filter(|(n, _)| *n == name).map(|(_, v)| v))
    }
}

type Script = dyn Fn(&Seen) -> Vec<Step> + Send + Sync;

struct Shared {
    script: Box<Script>,
    seen: Mutex<Vec<Seen>>,
    left: Semaphore,
}

/// A listening scripted upstream.
pub struct Upstream {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl Upstream {
    /// Listens on loopback; every request is answered with the steps that `script` gives for it.
    pub async fn start(script: impl Fn(&Seen) -> Vec<Step> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared { script: Box::new(script), seen: Mutex::default(), left: Semaphore::new(0) });
        let accepting = shared.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(connection(socket, accepting.clone()));
            }
        });
        Self { address, shared }
    }

    /// `http://127.0.0.1:PORT`
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.shared.seen.lock().unwrap().clone()
    }

    /// Waits until the other side has left a connection that hung or was being written to.
    pub async fn left(&self) {
        self.shared.left.acquire().await.unwrap().forget();
    }
}

async fn connection(mut socket: TcpStream, shared: Arc<Shared>) {
    while let Some((head, body)) = request(&mut socket).await {
        let seen = {
            let mut all = shared.seen.lock().unwrap();
            let seen = Seen { number: all.len(), head, body };
            all.push(seen.clone());
            seen
        };
        for step in (shared.script)(&seen) {
            let gone = match step {
                Step::Send(bytes) => socket.write_all(&bytes).await.is_err(),
                Step::Wait(bell) => {
                    bell.notified().await;
                    false
                }
                Step::Hang => {
                    // Whatever arrives is ignored; the end of it is what we wait for.
                    let mut sink = [0; 1024];
                    while socket.read(&mut sink).await.is_ok_and(|n| n > 0) {}
                    true
                }
                Step::Close => return,
            };
            if gone {
                shared.left.add_permits(1);
                return;
            }
        }
    }
}

/// Reads one request with a content-length.
async fn request(socket: &mut TcpStream) -> Option<(String, Bytes)> {
    let mut data = Vec::new();
    let end = loop {
        if let Some(at) = data.windows(4).position(|w| w == b"\r\n\r\n") {
            break at + 4;
        }
        if socket.read_buf(&mut data).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(&data[..end]).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |n| n.parse().unwrap());
    while data.len() < end + length {
        if socket.read_buf(&mut data).await.ok()? == 0 {
            return None;
        }
    }
    let original = String::from_utf8_lossy(&data[..end]).into_owned();
    let first = original.lines().next().unwrap_or_default().to_owned();
    let rest: String = head.lines().skip(1).map(|line| format!("{line}\r\n")).collect();
    Some((format!("{first}\r\n{rest}"), Bytes::copy_from_slice(&data[end..end + length])))
}

/// A whole answer with JSON in it.
pub fn http_answer(status: u16, headers: &str, body: &str) -> Step {
    let head = format!("HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n{headers}\r\n", body.len());
    Step::Send(format!("{head}{body}").into())
}

/// The head of an event stream that ends with the connection.
pub fn sse_head() -> Step {
    Step::Send(Bytes::from_static(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"))
}
