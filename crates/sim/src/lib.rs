//! Scripted providers in every wire format, deterministic by seed.
#![forbid(unsafe_code)]
