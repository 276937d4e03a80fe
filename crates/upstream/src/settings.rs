//! What an endpoint is made from, and how long its network waits may take.

use std::sync::Arc;
use std::time::Duration;

use crate::tls::ClientTls;

/// Which HTTP an endpoint speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum HttpVersion {
    /// What the server picks by ALPN over TLS; HTTP/1.1 in the clear.
    #[default]
    Auto,
    /// HTTP/1.1 only.
    Http1,
    /// HTTP/2 only: by ALPN over TLS, by prior knowledge in the clear.
    Http2,
}

/// One place to send to, as configured.
#[derive(Clone)]
pub struct EndpointSettings {
    /// `http://host[:port][/base]`, `https://…` or `unix:/path/to.sock[:/base]`.
    pub url: String,
    /// Which HTTP to speak.
    pub http: HttpVersion,
    /// Trust and identity for `https`; the platform's roots and no client certificate when absent.
    pub tls: Option<Arc<ClientTls>>,
    /// Idle HTTP/1.1 connections kept, at most.
    pub max_idle: usize,
    /// How long a connection may lie idle before it is closed rather than used.
    pub idle_timeout: Duration,
    /// Open connections, at most; beyond it a send is refused with [`crate::SendFault::Busy`].
    pub max_connections: usize,
}

impl EndpointSettings {
    /// Settings for a URL with every other field at its default.
    pub fn for_url(url: impl Into<String>) -> EndpointSettings {
        EndpointSettings { url: url.into(), ..EndpointSettings::default() }
    }
}

impl Default for EndpointSettings {
    fn default() -> EndpointSettings {
        EndpointSettings {
            url: String::new(),
            http: HttpVersion::Auto,
            tls: None,
            max_idle: 256,
            idle_timeout: Duration::from_secs(60),
            max_connections: 4096,
        }
    }
}

/// How long one send may wait. What happens after the response head is the caller's to time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For a new connection in all: resolving, connecting, TLS and the HTTP/2 preface.
    pub connect: Duration,
    /// From the request fully sent to the response head; also how long sending may make no progress. Over
    /// HTTP/2, where that cannot be seen, from the stream's start.
    pub head: Duration,
}

impl Default for Timeouts {
    fn default() -> Timeouts {
        Timeouts { connect: Duration::from_secs(5), head: Duration::from_secs(300) }
    }
}
