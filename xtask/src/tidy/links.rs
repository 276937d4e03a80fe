//! Links between our own pages lead somewhere: the file exists, and so does the heading.

use std::fs;
use std::path::{Path, PathBuf};

use super::Text;
use crate::Problems;

pub(super) fn check(file: &Text, root: &Path) -> Problems {
    if !file.is_markdown() {
        return Problems::new();
    }
    let folder = root.join(&file.path).parent().map(Path::to_path_buf).unwrap_or_default();
    let mut found = Problems::new();
    for (number, target) in targets(&file.text) {
        if let Some(problem) = broken(&target, &folder, file) {
            found.push(format!("{}:{number}: {target}: {problem}", file.path));
        }
    }
    found
}

/// Relative link targets outside code fences, with their line.
fn targets(text: &str) -> Vec<(usize, String)> {
    let mut fenced = false;
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        let mut rest = line;
        while let Some((_, after)) = rest.split_once("](") {
            let Some((target, tail)) = after.split_once(')') else { break };
            let outside = target.contains("://") || target.starts_with("mailto:");
            if !outside && !target.is_empty() {
                found.push((index + 1, target.to_owned()));
            }
            rest = tail;
        }
    }
    found
}

fn broken(target: &str, folder: &Path, from: &Text) -> Option<String> {
    let (path, anchor) = target.split_once('#').map_or((target, None), |(path, anchor)| (path, Some(anchor)));
    let file: PathBuf = folder.join(path);
    if !path.is_empty() && !file.exists() {
        return Some("no such file".to_owned());
    }
    let anchor = anchor?;
    let page = if path.is_empty() { from.text.clone() } else { fs::read_to_string(&file).ok()? };
    (!headings(&page).iter().any(|heading| heading == anchor)).then(|| "no such heading".to_owned())
}

/// The anchors of a page, spelled as forges spell them.
fn headings(page: &str) -> Vec<String> {
    page.lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| {
            let title = line.trim_start_matches('#').trim().to_lowercase();
            let kept = title.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
            kept.map(|c| if c == ' ' { '-' } else { c }).collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::text;
    use super::*;

    fn check_here(page: &str) -> Problems {
        check(&text("README.md", page), Path::new(env!("CARGO_MANIFEST_DIR")))
    }

    #[test]
    fn a_link_to_a_missing_file_is_named() {
        assert_eq!(check_here("see [this](src/nowhere.rs)"), ["README.md:1: src/nowhere.rs: no such file"]);
    }

    #[test]
    fn links_to_files_headings_and_the_web_are_fine() {
        let page =
            "# A heading, with `code`\n[a](src/lib.rs) [b](#a-heading-with-code) [c](https://example.com/x)";
        assert!(check_here(page).is_empty());
    }

    #[test]
    fn a_missing_heading_is_named() {
        assert_eq!(check_here("# One\n[a](#two)"), ["README.md:2: #two: no such heading"]);
    }

    #[test]
    fn what_stands_in_a_code_fence_is_no_link() {
        assert!(check_here("```\n[a](nowhere)\n```").is_empty());
    }
}
