//! The admin listener: health, readiness, metrics.
#![forbid(unsafe_code)]
