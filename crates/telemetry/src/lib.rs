//! What happened: records, and what each becomes (metric, log line).
#![forbid(unsafe_code)]
