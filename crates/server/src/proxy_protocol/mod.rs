//! The PROXY protocol, versions 1 and 2: who the caller is, said by the proxy in front of us before
//! the caller's own bytes. A pure parser; whom to believe is the listener's business.
//!
//! <https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt>

mod crc32c;
mod v1;
mod v2;

use std::net::SocketAddr;

/// The longest header accepted, in bytes. The format allows 64 KiB; what proxies send fits in 536.
pub const MAX_HEADER: usize = 4096;

/// What a header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Announced {
    /// The connection's true ends.
    Proxied {
        /// The caller.
        source: SocketAddr,
        /// Where it connected to.
        destination: SocketAddr,
    },
    /// The proxy speaks for itself (a health check) or cannot say; the socket's own ends hold.
    Local,
}

/// Why bytes are no PROXY header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProxyFault {
    /// Neither version's signature.
    #[error("no PROXY header, expected one of version 1 or 2")]
    Missing,
    /// Version 1: the line is longer than 107 bytes or not what it should be.
    #[error("malformed PROXY line, expected `PROXY TCP4|TCP6 source destination port port`")]
    Line,
    /// Version 2: a version or command that does not exist.
    #[error("unknown PROXY version or command, expected version 2 with LOCAL or PROXY")]
    Command,
    /// Version 2: addresses of another kind than TCP over IPv4 or IPv6.
    #[error("unsupported PROXY address family, expected TCP over IPv4 or IPv6")]
    Family,
    /// Version 2: the header is longer than [`MAX_HEADER`].
    #[error("PROXY header longer than {MAX_HEADER} bytes")]
    TooLong,
    /// Version 2: a field reaches beyond the header.
    #[error("PROXY header shorter than its fields")]
    TooShort,
    /// Version 2: the checksum does not match.
    #[error("PROXY header checksum does not match")]
    Checksum,
}

/// Reads a header from the beginning of `bytes`: what it says and how long it is; none while more
/// bytes are needed. Faults show as soon as the bytes cannot become a header.
///
/// # Errors
/// As [`ProxyFault`] says.
pub fn parse(bytes: &[u8]) -> Result<Option<(Announced, usize)>, ProxyFault> {
    match bytes {
        [] => Ok(None),
        [b'P', ..] => v1::parse(bytes),
        _ => v2::parse(bytes),
    }
}
