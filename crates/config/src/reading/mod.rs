//! From the tree to values. Readers report and go on, so that one pass finds everything that is wrong: a reader
//! that fails has reported why, and whoever called it carries on with a default.

mod choice;
mod header;
mod object;
mod scalar;
mod secret;

use std::cell::RefCell;
use std::collections::HashSet;
use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::source::Environment;
use crate::yaml::{Node, Value};

pub(crate) use choice::choice;
pub(crate) use header::{header_name, header_values};
pub(crate) use object::{Object, show_harmless};
pub(crate) use scalar::{Size, Timeout, number, parsed, text};
pub(crate) use secret::sendable;

/// A value that can be read from the tree.
pub(crate) trait Read: Sized {
    /// The value, or `None` after reporting why there is none.
    fn read(node: &Node, cx: &Reading<'_>) -> Option<Self>;
}

/// What all readers of one load share.
pub(crate) struct Reading<'a> {
    pub(crate) env: &'a dyn Environment,
    diagnostics: RefCell<Vec<Diagnostic>>,
    shown: RefCell<HashSet<(Arc<str>, usize)>>,
}

impl<'a> Reading<'a> {
    pub(crate) fn new(env: &'a dyn Environment, diagnostics: Vec<Diagnostic>) -> Reading<'a> {
        Reading { env, diagnostics: RefCell::new(diagnostics), shown: RefCell::default() }
    }

    pub(crate) fn report(&self, diagnostic: Diagnostic) {
        self.diagnostics.borrow_mut().push(diagnostic);
    }

    /// Whether anything so far keeps the configuration from being used.
    pub(crate) fn has_errors(&self) -> bool {
        self.diagnostics.borrow().iter().any(Diagnostic::is_error)
    }

    /// Reports that something else was expected here.
    pub(crate) fn mismatch(&self, node: &Node, expected: &str) {
        if !matches!(node.value, Value::Broken) {
            let message = format!("expected {expected}, found {}", node.what());
            self.report(Diagnostic::error("wrong-type", &node.place, message));
        }
    }

    /// Notes that the scalar is no secret and may be shown in excerpts. All others are masked.
    pub(crate) fn show(&self, node: &Node) {
        if let Some(scalar) = node.scalar {
            self.shown.borrow_mut().insert((Arc::clone(&node.place.file), scalar));
        }
    }

    /// Whether a scalar may be shown, by its number in its source.
    pub(crate) fn is_shown(&self, file: &Arc<str>, scalar: usize) -> bool {
        self.shown.borrow().contains(&(Arc::clone(file), scalar))
    }

    pub(crate) fn into_diagnostics(self) -> Vec<Diagnostic> {
        self.diagnostics.into_inner()
    }
}

/// A list; items that cannot be read are left out.
impl<T: Read> Read for Vec<T> {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<Vec<T>> {
        match &node.value {
            Value::List(items) => Some(items.iter().filter_map(|item| T::read(item, cx)).collect()),
            _ => {
                cx.mismatch(node, "a list");
                None
            }
        }
    }
}

/// A list, or one item standing for a list of one.
pub(crate) struct Many<T>(pub(crate) Vec<T>);

impl<T: Read> Read for Many<T> {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<Many<T>> {
        match &node.value {
            Value::List(_) => Vec::read(node, cx).map(Many),
            _ => T::read(node, cx).map(|one| Many(vec![one])),
        }
    }
}
