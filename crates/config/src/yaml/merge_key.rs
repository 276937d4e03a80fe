//! `<<: *defaults`: the entries of another mapping, where one's own do not say otherwise.

use std::collections::HashSet;
use std::rc::Rc;

use super::{Entry, Node, Value};
use crate::diagnostic::Diagnostic;

/// Puts the entries in that `<<` stands for, behind the mapping's own. Of several mappings the first one wins.
pub(super) fn resolve(entries: Vec<Entry>) -> Result<Vec<Entry>, Box<Diagnostic>> {
    let (merges, mut entries): (Vec<Entry>, Vec<Entry>) =
        entries.into_iter().partition(|entry| entry.name == "<<");
    for merge in merges {
        let mut known: HashSet<String> = entries.iter().map(|entry| entry.name.clone()).collect();
        for mapping in mappings(&merge)? {
            let Value::Map(others) = &mapping.value else { return Err(wrong(&merge)) };
            entries.extend(others.iter().filter(|other| known.insert(other.name.clone())).cloned());
        }
    }
    Ok(entries)
}

fn mappings(merge: &Entry) -> Result<&[Rc<Node>], Box<Diagnostic>> {
    match &merge.value.value {
        Value::Map(_) => Ok(std::slice::from_ref(&merge.value)),
        Value::List(several) => Ok(several),
        _ => Err(wrong(merge)),
    }
}

fn wrong(merge: &Entry) -> Box<Diagnostic> {
    let diagnostic =
        Diagnostic::error("syntax", &merge.place, "`<<` stands for a mapping or a list of mappings");
    Box::new(diagnostic.help("write `<<: *name`, where `&name` stands before a mapping"))
}
