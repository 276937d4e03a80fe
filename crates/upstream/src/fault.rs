//! How a send, a body or the making of an endpoint fails, with the facts a caller branches on: whether the
//! upstream could have acted on the request, and a stable label. Texts name no address, so they may be shown.

use std::io;

use crate::dns::BoxError;
use crate::tls::BadTls;

/// What was wrong with bytes that are not the HTTP they claim to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(pub(crate) &'static str);

/// Why there is no response.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SendFault {
    /// The host has no address.
    #[error("could not resolve the upstream's host name")]
    Resolve(#[source] BoxError),
    /// No address accepted a connection.
    #[error("could not connect to the upstream")]
    Connect(#[source] io::Error),
    /// Connected, but no TLS session came of it.
    #[error("could not agree on TLS with the upstream")]
    Tls(#[source] io::Error),
    /// No usable connection within [`crate::Timeouts::connect`].
    #[error("connecting to the upstream took longer than allowed")]
    ConnectTimeout,
    /// The upstream stopped taking the request for longer than [`crate::Timeouts::head`].
    #[error("the upstream did not take the request in the time allowed")]
    WriteTimeout,
    /// The request was sent and no response head came within [`crate::Timeouts::head`].
    #[error("the upstream did not answer in the time allowed")]
    HeadTimeout,
    /// The connection or stream ended before a response head.
    #[error("the upstream closed the connection before answering")]
    Closed {
        /// Whether the whole request had been handed over, so that it may have been acted on.
        sent: bool,
    },
    /// [`crate::EndpointSettings::max_connections`] are open and none is free.
    #[error("all connections to the upstream are in use")]
    Busy,
    /// The answer is not HTTP as we accept it.
    #[error("the upstream's response is malformed: {0}")]
    Malformed(Malformed),
    /// The request cannot be expressed in the protocol spoken.
    #[error("the request cannot be sent: {0}")]
    Request(&'static str),
}

impl SendFault {
    /// Whether the upstream could have acted on the request. `false` means that sending it again, here or
    /// elsewhere, cannot make it happen twice.
    pub fn sent(&self) -> bool {
        match self {
            SendFault::Closed { sent } => *sent,
            SendFault::HeadTimeout | SendFault::Malformed(_) => true,
            SendFault::Resolve(_)
            | SendFault::Connect(_)
            | SendFault::Tls(_)
            | SendFault::ConnectTimeout
            | SendFault::WriteTimeout
            | SendFault::Busy
            | SendFault::Request(_) => false,
        }
    }

    /// A stable label for metrics and records.
    pub fn kind(&self) -> &'static str {
        match self {
            SendFault::Resolve(_) => "resolve",
            SendFault::Connect(_) => "connect",
            SendFault::Tls(_) => "tls",
            SendFault::ConnectTimeout => "connect_timeout",
            SendFault::WriteTimeout => "write_timeout",
            SendFault::HeadTimeout => "head_timeout",
            SendFault::Closed { .. } => "closed",
            SendFault::Busy => "busy",
            SendFault::Malformed(_) => "malformed",
            SendFault::Request(_) => "request",
        }
    }
}

/// Why a response body did not come to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BodyFault {
    /// The connection or stream ended in order, but before the body did.
    #[error("the upstream's response ended early")]
    Truncated,
    /// The connection or stream broke.
    #[error("the connection to the upstream broke during the response")]
    Broken(#[source] BoxError),
    /// The body's framing is not HTTP as we accept it.
    #[error("the upstream's response body is malformed: {0}")]
    Malformed(Malformed),
}

impl BodyFault {
    /// A stable label for metrics and records.
    pub fn kind(&self) -> &'static str {
        match self {
            BodyFault::Truncated => "truncated",
            BodyFault::Broken(_) => "broken",
            BodyFault::Malformed(_) => "malformed",
        }
    }
}

/// Why settings make no endpoint.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BadEndpoint {
    /// The URL cannot be used.
    #[error("bad upstream url: {0}")]
    Url(&'static str),
    /// A bound that would let nothing through.
    #[error("max_connections is 0, should be at least 1")]
    NoConnections,
    /// The platform's trusted roots cannot be used.
    #[error(transparent)]
    Tls(#[from] BadTls),
}
