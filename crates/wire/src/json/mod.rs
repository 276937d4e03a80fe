//! JSON as the codecs read and write it: nodes that keep the fields they do not know, faults that name their field, and a writer
//! that appends to one buffer. Vendors' words belong in the codecs.

pub(crate) mod bad;
pub(crate) mod node;
pub(crate) mod out;
