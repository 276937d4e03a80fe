//! The load generator: closed or open loop, streaming or not, latency histograms.
#![forbid(unsafe_code)]
