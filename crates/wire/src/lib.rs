//! What model traffic looks like: one codec per format, framing, relay and transcoding; bytes in, bytes out.
#![forbid(unsafe_code)]
