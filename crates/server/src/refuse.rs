//! Refusing connections over the limit. A refusal must cost less than a connection, so it is a
//! fixed answer, bounded in time and in number.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use crate::rewound::Socket;

/// Refusals that may be under way at once in this process; more are closed without an answer.
const MAX_REFUSALS: usize = 64;
/// How long one may take, including the caller's leaving.
const PATIENCE: Duration = Duration::from_secs(1);

const BUSY: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\nconnection: close\r\n\
    content-type: text/plain\r\ncontent-length: 21\r\n\r\ntoo many connections\n";

static REFUSALS: AtomicUsize = AtomicUsize::new(0);

struct Slot;

/// Answers 503 and closes. A TLS caller is only closed: a handshake is what we cannot afford.
pub(crate) fn refuse(socket: Socket, tls: bool) {
    if tls {
        return;
    }
    if let Some(slot) = Slot::take() {
        tokio::spawn(async move {
            let _ = timeout(PATIENCE, answer(socket)).await;
            drop(slot);
        });
    }
}

async fn answer(mut socket: Socket) -> std::io::Result<()> {
    socket.write_all(BUSY).await?;
    socket.shutdown().await?;
    // Closing with unread bytes would reset the connection, and the answer might be lost with it.
    let mut scratch = [0; 512];
    while socket.read(&mut scratch).await? > 0 {}
    Ok(())
}

impl Slot {
    fn take() -> Option<Self> {
        let more = |under_way| (under_way < MAX_REFUSALS).then_some(under_way + 1);
        REFUSALS.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).ok().map(|_| Self)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        REFUSALS.fetch_sub(1, Ordering::Relaxed);
    }
}
