//! Reach another machine: resolve, connect, send, pool.
//!
//! An [`Endpoint`] is one place to send to and owns its connections: HTTP/1.1 through a client of our own
//! (one task a request, nothing spawned, no buffer kept by an idle connection) and HTTP/2 through hyper.
//! What is being sent, whether to try again elsewhere and how long a body may take are the engine's to say.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing))]

pub mod backoff;
mod body;
mod connect;
mod counters;
mod dns;
mod endpoint;
mod fault;
mod h1;
mod h2;
mod io;
mod origin;
mod pool;
mod request;
pub mod retry_after;
mod scratch;
mod settings;
mod tls;

pub use body::Body;
pub use counters::PoolStats;
pub use dns::{BoxError, Resolve, Resolving, Shared};
pub use endpoint::{Endpoint, Replay};
pub use fault::{BadEndpoint, BodyFault, Malformed, SendFault};
pub use h1::fuzz_h1_response;
pub use request::{BadPath, Outgoing, Path, Segments};
pub use settings::{EndpointSettings, HttpVersion, Timeouts};
pub use tls::{BadTls, ClientTls, ClientTlsSettings};
