//! One of a few words.

use super::{Reading, text};
use crate::diagnostic::Diagnostic;
use crate::nearest::suggest;
use crate::yaml::Node;

/// The value that goes with the word; `what` is the kind of thing, with article.
pub(crate) fn choice<T: Copy>(
    node: &Node,
    cx: &Reading<'_>,
    what: &str,
    choices: &[(&'static str, T)],
) -> Option<T> {
    let found = text(node, cx, what)?;
    cx.show(node);
    if let Some((_, value)) = choices.iter().find(|(word, _)| *word == found.text) {
        return Some(*value);
    }
    let help = suggest(&found.text, choices.iter().map(|(word, _)| *word), "one of", "");
    cx.report(
        Diagnostic::error("unknown-value", &node.place, format!("{} is not {what}", found.quoted()))
            .help(help),
    );
    None
}
