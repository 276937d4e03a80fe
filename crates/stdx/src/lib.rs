//! What could have been in std: money, secrets that do not print, raw JSON and splices, clock and entropy ports.
#![forbid(unsafe_code)]
