//! What the shared words cannot say: unknown fields at their node, and whole blocks of one dialect.

use crate::Format;
use stdx::{RawJson, Str};

/// Fields the codec had no word for, exactly as written, at the node they stood on. Empty costs a pointer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ext(Option<Box<Fields>>);

#[derive(Clone, Debug, PartialEq)]
struct Fields {
    origin: Format,
    entries: Vec<(Str, RawJson)>,
}

impl Ext {
    pub fn push(&mut self, origin: Format, name: impl Into<Str>, value: RawJson) {
        let fields = self.0.get_or_insert_with(|| Box::new(Fields { origin, entries: Vec::new() }));
        fields.entries.push((name.into(), value));
    }

    /// The fields written by `origin`'s reader; nothing if another dialect wrote them.
    pub fn of(&self, origin: Format) -> &[(Str, RawJson)] {
        match &self.0 {
            Some(fields) if fields.origin == origin => &fields.entries,
            _ => &[],
        }
    }

    /// The fields that `target` cannot take over because another dialect wrote them.
    pub fn foreign_to(&self, target: Format) -> &[(Str, RawJson)] {
        match &self.0 {
            Some(fields) if fields.origin != target => &fields.entries,
            _ => &[],
        }
    }

    /// Who wrote the fields; nobody if there are none.
    pub fn origin(&self) -> Option<Format> {
        self.0.as_ref().map(|fields| fields.origin)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }
}

/// A whole block only `origin` understands (a server tool's call or result, a container upload).
#[derive(Clone, Debug, PartialEq)]
pub struct Foreign {
    pub origin: Format,
    /// The block's own type name, for notices.
    pub kind: Str,
    pub json: RawJson,
}
