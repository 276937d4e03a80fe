//! `RawJson`: one value as its author wrote it.

use crate::Str;
use std::fmt;

/// One JSON value, valid and byte for byte as its author wrote it.
#[derive(Clone, PartialEq, Eq)]
pub struct RawJson(Str);

impl RawJson {
    /// Takes text the caller knows to be one valid JSON value (a decoder's raw slice, an encoder's output).
    pub fn from_valid(text: impl Into<Str>) -> Self {
        Self(text.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for RawJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
