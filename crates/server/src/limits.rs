//! How long a listener waits and how much it holds. Every bound of this crate that a deployment may
//! want to move is here, with its default.

use std::time::Duration;

/// Bounds of one listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// From the connection's start, or a kept-alive connection's first byte, to a complete request
    /// head. Over it: 408 and close. This is what stops slow-loris callers.
    pub header_timeout: Duration,
    /// How long a connection may stay open between exchanges.
    pub idle: Duration,
    /// How long a caller may accept no byte of an answer that is ready for it.
    pub write_timeout: Duration,
    /// The largest request head in bytes. Over it: 431.
    pub max_header_bytes: usize,
    /// The most header fields of an HTTP/1 request. Over it: 431.
    pub max_headers: usize,
    /// Connections open at once. Over it: 503 and close (with TLS: close).
    pub max_connections: usize,
    /// PROXY header and TLS handshake together.
    pub handshake: Duration,
    /// HTTP/2 only.
    pub http2: Http2Limits,
}

/// Bounds of HTTP/2 connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Http2Limits {
    /// Streams open at once on one connection.
    pub max_concurrent_streams: u32,
    /// Streams a caller may open and reset before they were looked at; more end the connection.
    pub max_pending_resets: usize,
    /// Streams we may reset for the caller's protocol errors; more end the connection.
    pub max_local_resets: usize,
    /// How many bytes of one request body may be on the way before the service reads them.
    pub stream_window: u32,
    /// The same for all streams of one connection together.
    pub connection_window: u32,
    /// Pause between pings.
    pub keep_alive_interval: Duration,
    /// How long a ping may stay unanswered.
    pub keep_alive_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header_timeout: Duration::from_secs(10),
            idle: Duration::from_secs(75),
            write_timeout: Duration::from_secs(60),
            max_header_bytes: 64 * 1024,
            max_headers: 100,
            max_connections: 16 * 1024,
            handshake: Duration::from_secs(10),
            http2: Http2Limits::default(),
        }
    }
}

impl Default for Http2Limits {
    fn default() -> Self {
        Self {
            max_concurrent_streams: 256,
            max_pending_resets: 20,
            max_local_resets: 1024,
            stream_window: 256 * 1024,
            connection_window: 1024 * 1024,
            keep_alive_interval: Duration::from_secs(30),
            keep_alive_timeout: Duration::from_secs(20),
        }
    }
}
