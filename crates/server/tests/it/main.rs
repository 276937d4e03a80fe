//! The server over real sockets.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod ca;
mod drain;
mod gate;
mod http1;
mod http2;
mod limits;
mod proxy;
mod tls;
mod unix;

use server::{ClientAuth, TlsFiles};
