//! What model traffic means: requests, responses, events, usage, faults, losses.
#![forbid(unsafe_code)]
