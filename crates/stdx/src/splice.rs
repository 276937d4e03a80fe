//! Byte-exact edits: replace, insert and remove by span, without touching or copying the rest.
