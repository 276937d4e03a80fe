//! A mapping with known fields. Whatever is not asked for is unknown, and reported as such at the end.

use std::rc::Rc;

use super::{Read, Reading};
use crate::diagnostic::Diagnostic;
use crate::nearest::suggest;
use crate::place::Place;
use crate::yaml::{Entry, Node, Value};

/// A mapping being read.
pub(crate) struct Object<'n, 'c> {
    pub(crate) place: Place,
    pub(crate) cx: &'c Reading<'c>,
    entries: &'n [Entry],
    asked: Vec<&'static str>,
    /// Not a mapping: reported already, so missing fields are not.
    broken: bool,
}

impl<'n, 'c> Object<'n, 'c> {
    /// Begins to read a mapping. Nothing at all counts as an empty one; what is no mapping is reported and
    /// then read as an empty one.
    pub(crate) fn open(node: &'n Node, cx: &'c Reading<'c>) -> Object<'n, 'c> {
        let (entries, broken): (&[Entry], bool) = match &node.value {
            Value::Map(entries) => (entries, false),
            Value::Null => (&[], false),
            _ => {
                cx.mismatch(node, "a mapping");
                (&[], true)
            }
        };
        Object { place: node.place.clone(), cx, entries, asked: Vec::new(), broken }
    }

    /// The node of a field, if it is there and not empty.
    pub(crate) fn node(&mut self, name: &'static str) -> Option<&'n Rc<Node>> {
        self.asked.push(name);
        let node = &self.entries.iter().find(|entry| entry.name == name)?.value;
        (!matches!(node.value, Value::Null)).then_some(node)
    }

    /// A field that may be left out.
    pub(crate) fn optional<T: Read>(&mut self, name: &'static str) -> Option<T> {
        T::read(self.node(name)?, self.cx)
    }

    /// A field with a default.
    pub(crate) fn or<T: Read>(&mut self, name: &'static str, default: T) -> T {
        self.optional(name).unwrap_or(default)
    }

    /// A field whose default is what its type says.
    pub(crate) fn or_default<T: Read + Default>(&mut self, name: &'static str) -> T {
        self.optional(name).unwrap_or_default()
    }

    /// A field that must be there; `None` has been reported. `such as` shows what it looks like.
    pub(crate) fn required<T: Read>(&mut self, name: &'static str, such_as: &str) -> Option<T> {
        match self.node(name) {
            Some(node) => T::read(node, self.cx),
            None => {
                self.missing(&format!("`{name}` is missing"), such_as);
                None
            }
        }
    }

    /// Reports that something is missing here.
    pub(crate) fn missing(&self, message: &str, such_as: &str) {
        if !self.broken {
            let diagnostic = Diagnostic::error("missing", &self.place, message);
            self.cx.report(diagnostic.help(format!("write, for example, `{such_as}`")));
        }
    }

    /// Whether the field is there, empty or not.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.entries.iter().any(|entry| entry.name == name)
    }

    /// Whether the field is there and holds nothing: no value, or a list without items.
    pub(crate) fn is_empty(&self, name: &str) -> bool {
        let empty = |value: &Value| match value {
            Value::List(items) => items.is_empty(),
            value => matches!(value, Value::Null),
        };
        self.entries.iter().any(|entry| entry.name == name && empty(&entry.value.value))
    }

    /// The place of a field's name, or of the mapping if it is not there.
    pub(crate) fn name_place(&self, name: &str) -> &Place {
        self.entries.iter().find(|entry| entry.name == name).map_or(&self.place, |entry| &entry.place)
    }

    /// A field that holds resources by name.
    pub(crate) fn named<T>(
        &mut self,
        name: &'static str,
        read: impl Fn(&Entry, &'c Reading<'c>) -> T,
    ) -> Vec<T> {
        let Some(node) = self.node(name) else { return Vec::new() };
        match &node.value {
            Value::Map(entries) => entries.iter().map(|entry| read(entry, self.cx)).collect(),
            _ => {
                self.cx.mismatch(node, "a mapping from names");
                Vec::new()
            }
        }
    }

    /// Ends the reading: reports the fields nobody asked for, and says where the mapping stands.
    pub(crate) fn finish(self) -> Place {
        for entry in self.entries {
            if !self.asked.contains(&entry.name.as_str()) && !self.cx.count_only() {
                let help =
                    suggest(&entry.name, self.asked.iter().copied(), "fields here", "it has no fields");
                let message = format!("`{}` is not a field here", entry.name);
                self.cx.report(Diagnostic::error("unknown-field", &entry.place, message).help(help));
                show_harmless(&entry.name, &entry.value, self.cx);
            }
        }
        self.place
    }
}

/// Lets the values of a field nobody reads be seen in excerpts unless they could be secrets.
pub(crate) fn show_harmless(name: &str, node: &Node, cx: &Reading<'_>) {
    const LONGEST: usize = 16;
    const TELLING: [&str; 6] = ["key", "secret", "token", "password", "auth", "credential"];
    let name = name.to_lowercase();
    if TELLING.iter().any(|word| name.contains(word)) {
        return;
    }
    match &node.value {
        Value::Text(text) if text.text.len() <= LONGEST && !text.text.starts_with("sk-") => cx.show(node),
        Value::List(items) => items.iter().for_each(|item| show_harmless(&name, item, cx)),
        Value::Map(entries) => entries.iter().for_each(|entry| show_harmless(&entry.name, &entry.value, cx)),
        _ => {}
    }
}
