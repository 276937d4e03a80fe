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
pub(crate) use secret::Token;

/// A value that can be read from the tree.
pub(crate) trait Read: Sized {
    /// The value, or `None` after reporting why there is none.
    fn read(node: &Node, cx: &Reading<'_>) -> Option<Self>;
}

/// What all readers of one load share.
pub(crate) struct Reading<'a> {
    pub(crate) env: &'a dyn Environment,
    diagnostics: RefCell<Findings>,
    shown: RefCell<HashSet<(Arc<str>, usize)>>,
}

impl<'a> Reading<'a> {
    pub(crate) fn new(env: &'a dyn Environment, diagnostics: Vec<Diagnostic>) -> Reading<'a> {
        let mut found = Findings::default();
        diagnostics.into_iter().for_each(|diagnostic| found.add(diagnostic));
        Reading { env, diagnostics: RefCell::new(found), shown: RefCell::default() }
    }

    pub(crate) fn report(&self, diagnostic: Diagnostic) {
        self.diagnostics.borrow_mut().add(diagnostic);
    }

    /// Whether there are enough findings: then a further one is counted here and need not be made.
    pub(crate) fn count_only(&self) -> bool {
        let mut found = self.diagnostics.borrow_mut();
        let full = found.kept.len() >= Findings::MOST && found.kept.iter().any(Diagnostic::is_error);
        found.more += usize::from(full);
        full
    }

    /// Whether anything so far keeps the configuration from being used.
    pub(crate) fn has_errors(&self) -> bool {
        self.diagnostics.borrow().kept.iter().any(Diagnostic::is_error)
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

    /// The findings, and how many more there were than are kept.
    pub(crate) fn into_diagnostics(self) -> (Vec<Diagnostic>, usize) {
        let Findings { kept, more } = self.diagnostics.into_inner();
        (kept, more)
    }
}

/// Findings up to a number nobody reads to the end, so that a hostile file cannot fill the memory. Errors are
/// kept rather than warnings, so that the configuration is refused whenever one was found.
#[derive(Default)]
struct Findings {
    kept: Vec<Diagnostic>,
    more: usize,
}

impl Findings {
    const MOST: usize = 500;

    fn add(&mut self, diagnostic: Diagnostic) {
        if self.kept.len() < Findings::MOST {
            self.kept.push(diagnostic);
            return;
        }
        self.more += 1;
        if diagnostic.is_error()
            && let Some(warning) = self.kept.iter_mut().find(|kept| !kept.is_error())
        {
            *warning = diagnostic;
        }
    }
}

/// Most items of a list: far more than anyone writes, and few enough to compare each with each.
const MOST_ITEMS: usize = 1_000;

/// A list; items that cannot be read are left out.
impl<T: Read> Read for Vec<T> {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<Vec<T>> {
        match &node.value {
            Value::List(items) if items.len() > MOST_ITEMS => {
                let message = format!("a list has at most {MOST_ITEMS} items, this one {}", items.len());
                cx.report(Diagnostic::error("too-large", &node.place, message));
                None
            }
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
