//! Several files as one: resources by name come together from all of them, everything else has one home.

use std::collections::HashMap;
use std::rc::Rc;

use crate::reading::{Reading, show_harmless};
use crate::yaml::{Entry, Node, Value, twice};

/// Sections whose entries may be spread over files.
const SPREAD: [&[&str]; 4] = [&["providers"], &["models"], &["access"], &["access", "keys"]];

/// One tree of all; what is given twice is reported.
pub(crate) fn merge(roots: Vec<Rc<Node>>, cx: &Reading<'_>) -> Rc<Node> {
    let mut roots = roots.into_iter();
    let first = roots.next().unwrap_or_else(|| Rc::new(Node::empty(Default::default())));
    roots.fold(first, |all, next| Rc::new(both(&all, &next, &mut Vec::new(), cx)))
}

/// The two mappings as one. Where one of them is no mapping, the other stands and the reader tells.
fn both(one: &Node, other: &Node, path: &mut Vec<String>, cx: &Reading<'_>) -> Node {
    let mut entries = entries(one, cx);
    let known: HashMap<String, usize> =
        entries.iter().enumerate().map(|(number, entry)| (entry.name.clone(), number)).collect();
    for entry in self::entries(other, cx) {
        let Some(known) = known.get(&entry.name).and_then(|number| entries.get_mut(*number)) else {
            entries.push(entry);
            continue;
        };
        path.push(entry.name.clone());
        if SPREAD.iter().any(|spread| spread == path) {
            known.value = Rc::new(both(&known.value, &entry.value, path, cx));
        } else {
            cx.report(twice(&entry.name, &entry.place, Some(&known.place)));
            show_harmless(&entry.name, &entry.value, cx);
        }
        path.pop();
    }
    Node::map(entries, one.place.clone())
}

fn entries(node: &Node, cx: &Reading<'_>) -> Vec<Entry> {
    match &node.value {
        Value::Map(entries) => entries.clone(),
        Value::Null => Vec::new(),
        _ => {
            cx.mismatch(node, "a mapping");
            Vec::new()
        }
    }
}
