//! Listeners, TLS, HTTP/1 and 2, PROXY protocol, limits and drain: everything between the kernel's
//! sockets and an `http::Request`.
//!
//! What answers a request is a [`Service`]; this crate neither routes nor knows any configuration
//! document. Its memory and its waits are bounded by [`Limits`], one set per listener. How long and
//! how large a request body may be is the service's to say: it reads it, and it words the refusal.
#![forbid(unsafe_code)]
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::print_stdout)
)]

mod accept;
mod drain;
mod exchange;
mod handshake;
mod http1;
mod http2;
mod limits;
mod line;
mod listen;
mod peer;
pub mod proxy_protocol;
mod refuse;
mod rewound;
mod run;
mod service;
mod stats;
mod timer;
pub mod tls;
mod unix;
mod watchdog;
mod watched;

pub use drain::{Drain, DrainHandle, Drained};
pub use limits::{Http2Limits, Limits};
pub use listen::{Address, Bind, BindFault, Bound, ListenerSettings, ProxyProtocol};
pub use peer::{ClientCert, Peer, Remote, TlsPeer};
pub use run::Server;
pub use service::{BoxError, Service};
pub use stats::Stats;
pub use stdx::Cidr;
pub use tls::{ClientAuth, ServerTls, TlsFault, TlsFiles};
