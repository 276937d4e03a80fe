//! Dials: name to addresses, addresses to a socket with a head start for the better ones (RFC 8305), socket
//! to TLS. Deadlines are the caller's; what is half done when it gives up is closed by being dropped.

use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::Instant;

use crate::dns::Shared;
use crate::fault::{BadEndpoint, SendFault};
use crate::io::Io;
use crate::origin::{Address, Origin};
use crate::settings::{EndpointSettings, HttpVersion};
use crate::tls::{Agreed, ClientTls, TlsDialer};

/// How long one address is tried before the next one is tried beside it.
const HEAD_START: Duration = Duration::from_millis(250);
/// When an idle connection is first probed by TCP, and how often from then on.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// Makes connections to one origin.
pub(crate) struct Dialer {
    address: Address,
    tls: Option<TlsDialer>,
    cleartext: Agreed,
    shared: Shared,
    /// Connections dialled so far.
    turn: AtomicUsize,
}

impl Dialer {
    pub(crate) fn new(
        origin: &Origin,
        settings: &EndpointSettings,
        shared: &Shared,
    ) -> Result<Dialer, BadEndpoint> {
        let tls = match (&origin.address, origin.is_tls()) {
            (Address::Host(host, _), true) => {
                let tls = settings.tls.clone().map_or_else(ClientTls::platform, Ok)?;
                Some(TlsDialer::new(&tls, host, settings.http)?)
            }
            _ => None,
        };
        let cleartext = if settings.http == HttpVersion::Http2 { Agreed::Http2 } else { Agreed::Http1 };
        Ok(Dialer {
            address: origin.address.clone(),
            tls,
            cleartext,
            shared: shared.clone(),
            turn: AtomicUsize::new(0),
        })
    }

    /// A fresh connection and what to speak over it.
    pub(crate) async fn dial(&self) -> Result<(Io, Agreed), SendFault> {
        let socket = match &self.address {
            Address::Socket(path) => {
                let socket = UnixStream::connect(path).await.map_err(SendFault::Connect)?;
                return Ok((Io::Unix(socket), self.cleartext));
            }
            Address::Host(host, port) => {
                let turn = self.turn.fetch_add(1, Ordering::Relaxed);
                let addresses = self.shared.addresses(host, turn).await.map_err(SendFault::Resolve)?;
                let addresses = addresses.into_iter().map(|address| SocketAddr::new(address, *port));
                race(addresses).await.map_err(SendFault::Connect)?
            }
        };
        tune(&socket);
        match &self.tls {
            None => Ok((Io::Tcp(socket), self.cleartext)),
            Some(tls) => {
                let (stream, agreed) = tls.handshake(socket).await.map_err(SendFault::Tls)?;
                Ok((Io::Tls(Box::new(stream)), agreed))
            }
        }
    }
}

/// Options that make a connection better but are not worth failing it for.
fn tune(socket: &TcpStream) {
    let keepalive = TcpKeepalive::new().with_time(KEEPALIVE).with_interval(KEEPALIVE);
    let tuned = socket.set_nodelay(true).and_then(|()| SockRef::from(socket).set_tcp_keepalive(&keepalive));
    if let Err(error) = tuned {
        tracing::debug!(%error, "could not set socket options");
    }
}

/// Connects to the first address that answers: each starts when the one before it failed or used up its
/// head start, and all go on until one succeeds.
async fn race(mut addresses: impl Iterator<Item = SocketAddr>) -> io::Result<TcpStream> {
    type Attempt = Pin<Box<dyn Future<Output = io::Result<TcpStream>> + Send>>;
    let mut attempts: Vec<Attempt> = Vec::new();
    let mut failure = io::Error::from(io::ErrorKind::AddrNotAvailable);
    let mut next_start = pin!(tokio::time::sleep(Duration::ZERO));
    let mut start_now = true;
    let mut exhausted = false;
    poll_fn(|cx| {
        loop {
            if !exhausted && (start_now || next_start.as_mut().poll(cx).is_ready()) {
                match addresses.next() {
                    Some(address) => attempts.push(Box::pin(TcpStream::connect(address))),
                    None => exhausted = true,
                }
                start_now = false;
                next_start.as_mut().reset(Instant::now() + HEAD_START);
            }
            let mut index = 0;
            while let Some(attempt) = attempts.get_mut(index) {
                match attempt.as_mut().poll(cx) {
                    Poll::Ready(Ok(socket)) => return Poll::Ready(Ok(socket)),
                    Poll::Ready(Err(error)) => {
                        failure = error;
                        start_now = true;
                        drop(attempts.swap_remove(index));
                    }
                    Poll::Pending => index += 1,
                }
            }
            if exhausted && attempts.is_empty() {
                let failure = std::mem::replace(&mut failure, io::ErrorKind::Other.into());
                return Poll::Ready(Err(failure));
            }
            if exhausted || (!start_now && next_start.as_mut().poll(cx).is_pending()) {
                return Poll::Pending;
            }
        }
    })
    .await
}
