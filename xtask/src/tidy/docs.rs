//! Every module says what it is, and every example is spoken of somewhere a reader would look.

use super::Text;
use crate::Problems;

/// A Rust file opens with its `//!`, at most after inner attributes. The tests of a module that are a file of their own need
/// none: their names say what they hold.
pub(super) fn module(file: &Text) -> Option<String> {
    let tests =
        file.path.ends_with("/tests.rs") || file.path.ends_with("_tests.rs") || file.path.contains("/tests/");
    if !file.is_rust() || tests {
        return None;
    }
    let first = file
        .text
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty() && !line.starts_with("#![") && !is_plain_comment(line));
    let documented = first.is_some_and(|line| line.starts_with("//!"));
    (!documented).then(|| format!("{}: no `//!` at the top that says what this module is", file.path))
}

fn is_plain_comment(line: &str) -> bool {
    line.starts_with("//") && !line.starts_with("//!") && !line.starts_with("///")
}

/// Examples that no page and no README names. A folder of files is one example, named as a folder.
pub(super) fn examples(files: &[Text]) -> Problems {
    let pages: Vec<&Text> = files.iter().filter(|f| f.is_markdown()).collect();
    let mut names: Vec<&str> = files
        .iter()
        .filter_map(|file| file.path.strip_prefix("examples/").filter(|name| name.ends_with(".yaml")))
        .map(|name| name.split_once('/').map_or(name, |(folder, _)| folder))
        .collect();
    names.dedup();
    names
        .into_iter()
        .filter(|name| !pages.iter().any(|page| page.text.contains(name)))
        .map(|name| format!("examples/{name}: no page names it; say what it shows in docs/"))
        .collect()
}

/// Pages of the manual that its index leaves out.
pub(super) fn index(files: &[Text]) -> Problems {
    let Some(index) = files.iter().find(|f| f.path == "docs/README.md") else {
        return vec!["docs/README.md: missing; it lists the pages of the manual".to_owned()];
    };
    files
        .iter()
        .filter_map(|file| file.path.strip_prefix("docs/").filter(|name| name.ends_with(".md")))
        .filter(|name| {
            *name != "README.md" && !name.contains('/') && !index.text.contains(&format!("({name})"))
        })
        .map(|name| format!("docs/{name}: not in docs/README.md; list it with the question it answers"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::text;
    use super::*;

    #[test]
    fn a_module_without_a_doc_is_named() {
        let found = module(&text("a.rs", "use std::fmt;\n"));
        assert_eq!(found.unwrap(), "a.rs: no `//!` at the top that says what this module is");
        assert!(module(&text("a.rs", "/// An item's doc is not the module's.\nfn a() {}\n")).is_some());
    }

    #[test]
    fn a_file_of_tests_needs_no_doc() {
        assert_eq!(module(&text("a/tests.rs", "use super::*;\n")), None);
    }

    #[test]
    fn a_doc_may_stand_after_attributes() {
        assert_eq!(module(&text("a.rs", "#![no_main]\n\n//! What it is.\n")), None);
    }

    #[test]
    fn an_example_must_be_named_by_a_page() {
        let named = [text("examples/a.yaml", ""), text("docs/a.md", "see `a.yaml`")];
        assert!(examples(&named).is_empty());
        let found = examples(&[text("examples/b.yaml", ""), text("docs/a.md", "")]);
        assert_eq!(found, ["examples/b.yaml: no page names it; say what it shows in docs/"]);
    }

    #[test]
    fn a_page_must_be_in_the_index() {
        let listed = text("docs/README.md", "| [a.md](a.md) | what |");
        let found =
            index(&[listed, text("docs/a.md", ""), text("docs/b.md", ""), text("docs/adr/0001-c.md", "")]);
        assert_eq!(found, ["docs/b.md: not in docs/README.md; list it with the question it answers"]);
        assert_eq!(index(&[]).len(), 1);
    }
}
