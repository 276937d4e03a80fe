//! The documents an operator writes: parse, default, validate, point at the mistake.
#![forbid(unsafe_code)]
