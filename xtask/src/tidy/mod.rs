//! House-keeping that no compiler does: each rule is one file here, from the tracked text files to sentences about what is
//! wrong. Exceptions stand in tables beside the rule, each with its reason.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::Problems;

mod docs;
mod effects;
mod functions;
mod length;
mod links;
mod vendor;
mod words;

/// A text file of the repository.
pub(crate) struct Text {
    /// Path from the root, with forward slashes.
    pub path: String,
    pub text: String,
}

impl Text {
    fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    fn is_markdown(&self) -> bool {
        self.path.ends_with(".md")
    }

    /// Rust that is linked into the binary: under `crates/*/src`, and not a file of tests.
    fn is_ours_in_earnest(&self) -> bool {
        let source = self.path.starts_with("crates/") && self.path.contains("/src/") && self.is_rust();
        let tests = self.path.ends_with("/tests.rs")
            || self.path.ends_with("_tests.rs")
            || self.path.contains("/tests/");
        source && !tests
    }

    /// The lines before the module of tests that are not comments.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.numbered()
            .take_while(|(_, line)| *line != "mod tests {")
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// Lines with their number, as people count them.
    fn numbered(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }
}

/// Runs every rule over the work tree.
pub fn check(root: &Path) -> Result<Problems> {
    let files = texts(root)?;
    let mut found = Problems::new();
    for file in &files {
        found.extend(length::check(file));
        found.extend(docs::module(file));
        found.extend(functions::check(file));
        found.extend(words::check(file));
        found.extend(vendor::check(file));
        found.extend(effects::check(file));
        found.extend(links::check(file, root));
    }
    found.extend(docs::examples(&files));
    found.extend(docs::index(&files));
    found.extend(length::stale(&files));
    Ok(found)
}

/// Every text file that git tracks or would track: a rule must hold before the commit, too.
fn texts(root: &Path) -> Result<Vec<Text>> {
    let output = Command::new("git")
        .current_dir(root)
        .args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"])
        .output()
        .context("running git ls-files")?;
    if !output.status.success() {
        bail!("git ls-files failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    let mut files = Vec::new();
    for path in String::from_utf8_lossy(&output.stdout).split('\0').filter(|path| !path.is_empty()) {
        // Deleted but not yet committed, or binary: nothing to read.
        let Ok(bytes) = fs::read(root.join(path)) else { continue };
        if let Ok(text) = String::from_utf8(bytes) {
            files.push(Text { path: path.to_owned(), text });
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files.dedup_by(|a, b| a.path == b.path);
    Ok(files)
}

#[cfg(test)]
pub(crate) fn text(path: &str, text: &str) -> Text {
    Text { path: path.to_owned(), text: text.to_owned() }
}
