//! Listening sockets: what may be asked for, and the sockets that come of it.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use socket2::{Domain, Protocol, Type};
use tokio::net::{TcpListener, UnixListener};

use crate::rewound::Socket;
use crate::unix::{self, SocketFile};
use crate::{Cidr, Limits, Remote, ServerTls};

/// Connections the kernel keeps for us before we accept them.
pub(crate) const BACKLOG: i32 = 4096;

/// One listener, as configured.
#[derive(Clone, Debug)]
pub struct ListenerSettings {
    /// Shown in logs and in [`Peer`](crate::Peer).
    pub name: Arc<str>,
    /// Where to listen.
    pub bind: Bind,
    /// TLS, or plain text.
    pub tls: Option<Arc<ServerTls>>,
    /// Whether connections begin with a PROXY header.
    pub proxy_protocol: ProxyProtocol,
    /// Bounds of its connections.
    pub limits: Limits,
}

/// Where to listen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bind {
    /// An IP address and port; port 0 lets the kernel choose. `[::]` takes IPv4 as well.
    Tcp(SocketAddr),
    /// A unix socket.
    Unix {
        /// The socket's file. One left behind by a process that is gone is replaced.
        path: PathBuf,
        /// The file's permission bits, such as `0o660`.
        mode: u32,
    },
}

/// Whether connections begin with a PROXY header, version 1 or 2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProxyProtocol {
    /// They do not; one would be answered as a malformed request.
    Off,
    /// They must, and only from these senders; a unix socket's permissions stand for trust.
    Required {
        /// Where the proxies are.
        trusted: Vec<Cidr>,
    },
}

/// Where a listener does listen, with the port the kernel chose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// An IP address and port.
    Tcp(SocketAddr),
    /// A unix socket's file.
    Unix(PathBuf),
}

/// A bound listener's name and address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    /// From [`ListenerSettings::name`].
    pub name: Arc<str>,
    /// Where it listens.
    pub address: Address,
    /// Whether it speaks TLS.
    pub tls: bool,
}

/// Why a listener could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("listener `{name}` cannot listen on {bind}: {reason}")]
pub struct BindFault {
    /// The listener's name.
    pub name: Arc<str>,
    /// Where it was to listen.
    pub bind: Bind,
    /// What was in the way.
    #[source]
    pub reason: io::Error,
}

pub(crate) enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener, SocketFile),
}

impl Listener {
    pub(crate) fn bind(settings: &ListenerSettings) -> Result<Self, BindFault> {
        let bound = match &settings.bind {
            Bind::Tcp(address) => tcp(*address).map(Self::Tcp),
            Bind::Unix { path, mode } => {
                unix::bind(path, *mode).map(|(listener, file)| Self::Unix(listener, file))
            }
        };
        bound.map_err(|reason| BindFault { name: settings.name.clone(), bind: settings.bind.clone(), reason })
    }

    pub(crate) fn address(&self) -> io::Result<Address> {
        Ok(match self {
            Self::Tcp(listener) => Address::Tcp(listener.local_addr()?),
            Self::Unix(_, file) => Address::Unix(file.path().to_owned()),
        })
    }

    pub(crate) async fn accept(&self) -> io::Result<(Socket, Remote)> {
        match self {
            Self::Tcp(listener) => {
                let (socket, remote) = listener.accept().await?;
                Ok((Socket::Tcp(socket), Remote::Tcp(remote)))
            }
            Self::Unix(listener, _) => {
                let (socket, _) = listener.accept().await?;
                Ok((Socket::Unix(socket), Remote::Unix))
            }
        }
    }
}

fn tcp(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = socket2::Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        socket.set_only_v6(false)?;
    }
    socket.set_reuse_address(true)?;
    // Accepted sockets inherit it on Linux, which saves a system call a connection.
    socket.set_tcp_nodelay(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

impl fmt::Display for Bind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix { path, .. } => write!(f, "unix:{}", path.display()),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn accepted_sockets_do_not_wait_to_fill_packets() {
        let listener = tcp("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = listener.local_addr().unwrap();
        let (near, far) = tokio::join!(listener.accept(), tokio::net::TcpStream::connect(address));
        far.unwrap();
        assert!(near.unwrap().0.nodelay().unwrap());
    }

    #[tokio::test]
    async fn a_taken_port_is_named() {
        let first = tcp("127.0.0.1:0".parse().unwrap()).unwrap();
        let settings = ListenerSettings {
            name: "main".into(),
            bind: Bind::Tcp(first.local_addr().unwrap()),
            tls: None,
            proxy_protocol: ProxyProtocol::Off,
            limits: Limits::default(),
        };
        let fault = Listener::bind(&settings).err().unwrap();
        let text = fault.to_string();
        assert!(text.starts_with("listener `main` cannot listen on 127.0.0.1:"), "{text}");
        assert_eq!(fault.reason.kind(), io::ErrorKind::AddrInUse);
    }
}
