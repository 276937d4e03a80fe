//! A gateway in a test: scripted upstreams, fixtures, golden files.
#![forbid(unsafe_code)]
