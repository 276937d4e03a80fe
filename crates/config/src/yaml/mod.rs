//! YAML as a tree that knows where everything stands. Types and meaning are the readers' business.

mod merge_key;
mod parse;

use std::rc::Rc;

use crate::place::Place;

pub(crate) use parse::{MAX_BYTES, Parsed, parse, twice};

/// A value with its place.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) value: Value,
    pub(crate) place: Place,
    /// Number of the scalar in its source, to find its span again when secrets are masked.
    pub(crate) scalar: Option<usize>,
    /// Nodes in it, itself included, counting what an alias repeats.
    weight: usize,
}

/// What YAML can say, as far as configuration needs it.
#[derive(Debug)]
pub(crate) enum Value {
    /// Nothing after the colon, `~` or `null`.
    Null,
    /// A scalar, with `${…}` replaced.
    Text(Text),
    List(Vec<Rc<Node>>),
    /// Entries in order of appearance; names are unique.
    Map(Vec<Entry>),
    /// Something was wrong here and has been reported.
    Broken,
}

/// A scalar.
#[derive(Debug)]
pub(crate) struct Text {
    pub(crate) text: String,
    /// Whether it was written without quotes, so that `true` and `3` mean what they look like.
    pub(crate) plain: bool,
    /// Whether a variable was put in: then the text is not for showing, and quotes do not count.
    pub(crate) expanded: bool,
}

/// One `name: value`.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) place: Place,
    pub(crate) value: Rc<Node>,
}

impl Node {
    /// An empty mapping that no file mentions.
    pub(crate) fn empty(place: Place) -> Node {
        Node { value: Value::Map(Vec::new()), place, scalar: None, weight: 1 }
    }

    /// A mapping put together from several.
    pub(crate) fn map(entries: Vec<Entry>, place: Place) -> Node {
        Node { value: Value::Map(entries), place, scalar: None, weight: 1 }
    }

    /// What it is, for "expected …, found …".
    pub(crate) fn what(&self) -> &'static str {
        match &self.value {
            Value::Null => "nothing",
            Value::Text(text) if text.plain && matches!(text.text.as_str(), "true" | "false") => {
                "true or false"
            }
            Value::Text(text) if text.plain && text.text.parse::<f64>().is_ok() => "a number",
            Value::Text(_) => "text",
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
            Value::Broken => "something unreadable",
        }
    }
}

/// From where to where something stands, each as line and column from 1; the end is behind it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub(crate) start: (u32, u32),
    pub(crate) end: (u32, u32),
}
