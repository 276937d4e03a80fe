//! JSON that is kept as it was written: validated text, and a scanner that finds spans without decoding.
//!
//! The scanner checks syntax completely and hands out byte ranges; what a member means is the caller's business.
//! Typed decoding is serde's, with the scanner underneath.

mod block;
mod de;
mod raw;
mod scan;
mod string;

pub use de::from_str;
pub use raw::RawJson;
pub use scan::{
    Bad, Kind, MAX_DEPTH, Member, elements, kind_at, members, members_in, validate, validate_within,
};
pub use string::{escape_into, unescape};
