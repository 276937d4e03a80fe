//! Listeners, TLS, HTTP/1 and 2, PROXY protocol, limits, drain.
#![forbid(unsafe_code)]
