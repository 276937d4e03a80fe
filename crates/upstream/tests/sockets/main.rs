//! Endpoints against scripted peers on real loopback sockets.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod cancel;
mod connecting;
mod http1;
mod http1_body;
mod http1_pool;
mod http2;
mod peer;
mod tls;
