//! Who is on the other end of a connection, as far as the transport can tell. What a peer may do is
//! decided elsewhere.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// One connection's two ends. Shared by all its requests.
#[derive(Clone, Debug)]
pub struct Peer {
    /// The caller: the socket's peer, or what a trusted PROXY header says instead.
    pub remote: Remote,
    /// The address the caller connected to; with a PROXY header, the one the proxy was asked for.
    pub local: Option<SocketAddr>,
    /// What TLS established; none on a plain listener.
    pub tls: Option<TlsPeer>,
    /// The listener's name.
    pub listener: Arc<str>,
}

/// The caller's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remote {
    /// An IP address and port.
    Tcp(SocketAddr),
    /// A local process; unix sockets have no address worth showing.
    Unix,
}

/// What the TLS handshake established.
#[derive(Clone, Debug, Default)]
pub struct TlsPeer {
    /// The server name the caller asked for.
    pub sni: Option<Box<str>>,
    /// The protocol agreed by ALPN, `h2` or `http/1.1`.
    pub alpn: Option<Box<str>>,
    /// The caller's certificate, verified against the listener's client CA.
    pub client: Option<ClientCert>,
}

/// A verified client certificate, reduced to what identifies its holder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCert {
    /// The subject as `CN=…,O=…` in RFC 4514 order and escaping; empty if the certificate has none.
    pub subject: Box<str>,
    /// `URI` entries of the subject's alternative names, such as SPIFFE identities.
    pub uris: Vec<Box<str>>,
    /// `DNS` entries of the subject's alternative names.
    pub dns: Vec<Box<str>>,
    /// SHA-256 of the certificate's DER.
    pub sha256: [u8; 32],
}

impl Peer {
    /// A peer without TLS, for tests and in-process callers.
    pub fn plain(remote: Remote, listener: &str) -> Self {
        Self { remote, local: None, tls: None, listener: listener.into() }
    }
}

impl Remote {
    /// The caller's IP address, with IPv4 in its own form even where it came over an IPv6 socket.
    pub fn ip(&self) -> Option<IpAddr> {
        match self {
            Self::Tcp(address) => Some(address.ip().to_canonical()),
            Self::Unix => None,
        }
    }
}

impl fmt::Display for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix => f.write_str("unix"),
        }
    }
}

impl ClientCert {
    /// The fingerprint in lower-case hexadecimal.
    pub fn fingerprint(&self) -> String {
        use fmt::Write as _;
        self.sha256.iter().fold(String::with_capacity(64), |mut hex, byte| {
            // Writing to a String cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv4_caller_on_a_dual_stack_socket_is_shown_as_ipv4() {
        let remote = Remote::Tcp("[::ffff:10.1.2.3]:99".parse().unwrap());
        assert_eq!(remote.ip(), Some("10.1.2.3".parse().unwrap()));
        assert_eq!(Remote::Unix.ip(), None);
    }

    #[test]
    fn a_fingerprint_is_64_hex_digits() {
        let cert = ClientCert { subject: "".into(), uris: vec![], dns: vec![], sha256: [0x0a; 32] };
        assert_eq!(cert.fingerprint(), "0a".repeat(32));
    }
}
