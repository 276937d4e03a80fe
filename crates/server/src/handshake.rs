//! What happens on a connection before HTTP: the PROXY header, the TLS handshake, and finding out
//! which HTTP it is.

use std::io;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::{Instant, timeout, timeout_at};

use crate::drain::Step;
use crate::line::Post;
use crate::proxy_protocol::{self, Announced};
use crate::rewound::{Rewound, Socket, Stream};
use crate::watchdog::LAST_CALL;
use crate::{Peer, ProxyProtocol, Remote, ServerTls, TlsPeer};

/// What an HTTP/2 caller with prior knowledge sends first.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Which HTTP a connection speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spoken {
    Http1,
    Http2,
}

/// Brings a connection to where HTTP begins; none if it did not get there, which is counted. When a
/// drain begins meanwhile, a moment is left for what may be on the way.
pub(crate) async fn settle(
    socket: Socket,
    remote: Remote,
    post: &Post,
    opened: Instant,
) -> Option<(Stream, Peer, Spoken)> {
    let mut steps = std::pin::pin!(take_steps(socket, remote, post, opened));
    tokio::select! {
        settled = &mut steps => settled,
        () = post.house.phase.reached(Step::Draining) => timeout(LAST_CALL, steps).await.ok()?,
    }
}

async fn take_steps(
    socket: Socket,
    remote: Remote,
    post: &Post,
    opened: Instant,
) -> Option<(Stream, Peer, Spoken)> {
    let local = match &socket {
        Socket::Tcp(tcp) => tcp.local_addr().ok(),
        Socket::Unix(_) => None,
    };
    let listener = post.settings.name.clone();
    let mut peer = Peer { remote, local, tls: None, listener };
    let deadline = opened + post.settings.limits.handshake;
    let mut socket = Rewound::new(socket);
    if let Err(fault) = proxy_header(&mut socket, &mut peer, post, deadline).await {
        post.house.stats.proxy_refused.add_one();
        tracing::debug!(%remote, fault, "connection refused");
        return None;
    }
    match &post.settings.tls {
        Some(tls) => match timeout_at(deadline, secure(socket, tls)).await {
            Ok(Ok((stream, tls, spoken))) => {
                peer.tls = Some(tls);
                Some((stream, peer, spoken))
            }
            failed => {
                post.house.stats.handshake_failures.add_one();
                let fault = failed.map_or("took too long".into(), |end| match end {
                    Ok(_) => String::new(),
                    Err(fault) => fault.to_string(),
                });
                tracing::debug!(%remote, fault, "tls handshake failed");
                None
            }
        },
        None => {
            let spoken = plain(&mut socket, post, opened).await?;
            Some((Stream::Plain(socket), peer, spoken))
        }
    }
}

/// Reads the PROXY header where one is required, and believes it.
async fn proxy_header(
    socket: &mut Rewound<Socket>,
    peer: &mut Peer,
    post: &Post,
    deadline: Instant,
) -> Result<(), &'static str> {
    let ProxyProtocol::Required { trusted } = &post.settings.proxy_protocol else { return Ok(()) };
    if let Some(sender) = peer.remote.ip()
        && !trusted.iter().any(|net| net.contains(sender))
    {
        return Err("the sender is not a trusted proxy");
    }
    match timeout_at(deadline, read_proxy_header(&mut socket.inner)).await {
        Ok(Ok((announced, rest))) => {
            socket.ahead = rest;
            if let Announced::Proxied { source, destination } = announced {
                peer.remote = Remote::Tcp(source);
                peer.local = Some(destination);
            }
            Ok(())
        }
        Ok(Err(_)) => Err("the PROXY header is missing or malformed"),
        Err(_) => Err("the PROXY header took too long"),
    }
}

/// Reads a PROXY header and whatever came behind it.
async fn read_proxy_header<T: AsyncRead + Unpin>(io: &mut T) -> io::Result<(Announced, Bytes)> {
    let mut buf = BytesMut::with_capacity(512);
    loop {
        match proxy_protocol::parse(&buf) {
            Ok(Some((announced, length))) => return Ok((announced, buf.freeze().slice(length..))),
            // The parser refuses before a header can outgrow `MAX_HEADER`.
            Ok(None) if io.read_buf(&mut buf).await? == 0 => {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            Ok(None) => {}
            Err(fault) => return Err(io::Error::new(io::ErrorKind::InvalidData, fault)),
        }
    }
}

async fn secure(socket: Rewound<Socket>, tls: &ServerTls) -> io::Result<(Stream, TlsPeer, Spoken)> {
    let stream = tls.acceptor().accept(socket).await?;
    let peer = crate::tls::peer(stream.get_ref().1);
    let spoken = if peer.alpn.as_deref() == Some("h2") { Spoken::Http2 } else { Spoken::Http1 };
    Ok((Stream::Tls(Box::new(stream)), peer, spoken))
}

/// Tells HTTP/2 with prior knowledge from HTTP/1 by the first bytes, which are put back.
async fn plain(socket: &mut Rewound<Socket>, post: &Post, opened: Instant) -> Option<Spoken> {
    let deadline = opened + post.settings.limits.header_timeout;
    match timeout_at(deadline, sniff(socket)).await {
        Ok(Ok(spoken)) => spoken,
        Ok(Err(_)) => None,
        Err(_) => {
            post.house.stats.header_timeouts.add_one();
            None
        }
    }
}

/// Reads until the bytes are the preface or cannot become it. None: the caller left without a word.
async fn sniff<T: AsyncRead + Unpin>(io: &mut Rewound<T>) -> io::Result<Option<Spoken>> {
    let mut seen = [0; PREFACE.len()];
    let mut length = 0;
    while length < seen.len() && PREFACE.starts_with(seen.get(..length).unwrap_or_default()) {
        match io.read(seen.get_mut(length..).unwrap_or_default()).await? {
            0 => break,
            more => length += more,
        }
    }
    let seen = seen.get(..length).unwrap_or_default();
    if !seen.is_empty() {
        io.ahead = [seen, &io.ahead].concat().into();
    }
    Ok(match seen {
        [] => None,
        seen if seen == PREFACE => Some(Spoken::Http2),
        _ => Some(Spoken::Http1),
    })
}
