//! The compiled world and the journey through it: http::Request in, http::Response out.
#![forbid(unsafe_code)]
