//! An upstream that follows a script: what it does on each connection is written in the test, down to the bytes.

use bytes::Bytes;
use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
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
    /// Sends the bytes so many times over; [`Upstream::written`] tells how far it has come.
    Flood(Bytes, usize),
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
    /// Which connection it came on, counted from 0.
    pub connection: usize,
    /// The request line, and the headers with their names in lower case.
    pub head: String,
    pub body: Bytes,
}

impl Seen {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// The value of a header, by its lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers().find(|(other, _)| *other == name).map(|(_, value)| value)
    }

    /// All headers, their names in lower case.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.head.lines().skip(1).filter_map(|line| line.split_once(": "))
    }

    /// The path of the request line.
    pub fn path(&self) -> &str {
        self.head.split(' ').nth(1).unwrap_or_default()
    }
}

type Script = dyn Fn(&Seen) -> Vec<Step> + Send + Sync;

struct Shared {
    script: Box<Script>,
    seen: Mutex<Vec<Seen>>,
    left: Semaphore,
    last_left: Mutex<Option<Instant>>,
    written: AtomicU64,
    connections: AtomicUsize,
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
        let shared = Arc::new(Shared {
            script: Box::new(script),
            seen: Mutex::default(),
            left: Semaphore::new(0),
            last_left: Mutex::default(),
            written: AtomicU64::new(0),
            connections: AtomicUsize::new(0),
        });
        let accepting = shared.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(connection(socket, accepting.clone()));
            }
        });
        Self { address, shared }
    }

    /// The same answer to every request.
    pub async fn always(steps: Vec<Step>) -> Self {
        Self::start(move |_| steps.clone()).await
    }

    /// `http://127.0.0.1:PORT`
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.shared.seen.lock().unwrap().clone()
    }

    /// The only request so far.
    pub fn only(&self) -> Seen {
        let mut seen = self.seen();
        assert_eq!(seen.len(), 1, "one request was expected: {seen:#?}");
        seen.remove(0)
    }

    /// Requests so far.
    pub fn calls(&self) -> usize {
        self.shared.seen.lock().unwrap().len()
    }

    /// Waits until `count` requests have arrived.
    pub async fn called(&self, count: usize) {
        crate::until(&format!("{count} requests upstream"), || self.calls() >= count).await;
    }

    /// Connections accepted so far.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::Relaxed)
    }

    /// Bytes that floods have given to the sockets.
    pub fn written(&self) -> u64 {
        self.shared.written.load(Ordering::Relaxed)
    }

    /// Waits until the other side has left a connection that hung or was being written to, and tells when that was.
    pub async fn left(&self) -> Instant {
        let left = tokio::time::timeout(Duration::from_secs(5), self.shared.left.acquire());
        left.await.expect("nobody left the upstream").unwrap().forget();
        self.shared.last_left.lock().unwrap().unwrap()
    }
}

async fn connection(mut socket: TcpStream, shared: Arc<Shared>) {
    let connection = shared.connections.fetch_add(1, Ordering::Relaxed);
    while let Some((head, body)) = request(&mut socket).await {
        let seen = {
            let mut all = shared.seen.lock().unwrap();
            let seen = Seen { number: all.len(), connection, head, body };
            all.push(seen.clone());
            seen
        };
        for step in (shared.script)(&seen) {
            match perform(&mut socket, step, &shared).await {
                Then::GoOn => {}
                Then::Close => return,
                Then::Left => {
                    *shared.last_left.lock().unwrap() = Some(Instant::now());
                    shared.left.add_permits(1);
                    return;
                }
            }
        }
    }
}

enum Then {
    GoOn,
    Close,
    /// The other side is gone.
    Left,
}

async fn perform(socket: &mut TcpStream, step: Step, shared: &Shared) -> Then {
    let there = match step {
        Step::Send(bytes) => socket.write_all(&bytes).await.is_ok(),
        Step::Flood(bytes, times) => {
            for _ in 0..times {
                if socket.write_all(&bytes).await.is_err() {
                    return Then::Left;
                }
                shared.written.fetch_add(bytes.len() as u64, Ordering::Relaxed);
            }
            true
        }
        Step::Wait(bell) => {
            bell.notified().await;
            true
        }
        Step::Hang => {
            // Whatever arrives is ignored; the end of it is what we wait for.
            let mut sink = [0; 1024];
            while socket.read(&mut sink).await.is_ok_and(|n| n > 0) {}
            false
        }
        Step::Close => return Then::Close,
    };
    if there { Then::GoOn } else { Then::Left }
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
    let head = head(&String::from_utf8_lossy(&data[..end]));
    let length =
        head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |n| n.parse().unwrap());
    while data.len() < end + length {
        if socket.read_buf(&mut data).await.ok()? == 0 {
            return None;
        }
    }
    Some((head, Bytes::copy_from_slice(&data[end..end + length])))
}

/// The head with the names of its headers in lower case.
fn head(text: &str) -> String {
    let lower = |line: &str| match line.split_once(": ") {
        Some((name, value)) => format!("{}: {value}\n", name.to_ascii_lowercase()),
        None => format!("{line}\n"),
    };
    text.lines()
        .enumerate()
        .map(|(at, line)| if at == 0 { format!("{line}\n") } else { lower(line) })
        .collect()
}
