//! Server-sent events, as bytes: a splitter that finds frames in chunks cut anywhere, and the few lines it takes to write one.
//!
//! Line ends may be LF, CRLF or CR; a byte order mark is skipped; comments, `id:` and `retry:` are read over; several `data:`
//! lines are joined. Work is linear in the bytes fed, however they are cut, and a frame inside one chunk is never copied.
//! Source: WHATWG HTML, "Server-sent events", 9.2.5 and 9.2.6.

mod borders;
mod fields;
mod split;

pub use fields::{Fields, fields};
pub use split::{Frame, MAX_FRAME, Reader, Splitter, TooLong};

use bytes::{BufMut, BytesMut};

/// Writes `data: JSON` and the blank line. `json` must not hold line ends (JSON written by an encoder does not).
pub fn write_data(out: &mut BytesMut, json: &[u8]) {
    out.reserve(json.len() + 8);
    out.put_slice(b"data: ");
    out.put_slice(json);
    out.put_slice(b"\n\n");
}

/// Writes `event: NAME`, `data: JSON` and the blank line.
pub fn write_event(out: &mut BytesMut, name: &str, json: &[u8]) {
    out.reserve(json.len() + name.len() + 16);
    out.put_slice(b"event: ");
    out.put_slice(name.as_bytes());
    out.put_slice(b"\n");
    write_data(out, json);
}
