//! Reach another machine: resolve, pick, connect, send, pool.
#![forbid(unsafe_code)]
