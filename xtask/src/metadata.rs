//! What Cargo knows, reduced to what the chores ask: our manifests and who they name, and the crates that are really linked.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

/// How a dependency is used, as Cargo spells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    Normal,
    Build,
    Dev,
}

/// One dependency as a manifest names it.
#[derive(Debug)]
pub(crate) struct Dependency {
    pub name: String,
    pub used: Use,
}

/// One of our packages.
#[derive(Debug)]
pub(crate) struct Package {
    pub name: String,
    pub dependencies: Vec<Dependency>,
}

/// A crate that is linked or runs in the build, tests left out.
#[derive(Debug)]
pub(crate) struct Linked {
    pub name: String,
    pub version: String,
    /// The SPDX expression of its manifest; empty where it names none.
    pub licence: String,
}

/// Our own manifests: needs neither lockfile nor network.
pub(crate) fn ours(root: &Path) -> Result<Vec<Package>> {
    let output = cargo(root, &["metadata", "--format-version", "1", "--no-deps", "--offline"])?;
    let document: Value = serde_json::from_str(&output).context("reading cargo metadata")?;
    let list = document.get("packages").and_then(Value::as_array).context("no packages in cargo metadata")?;
    Ok(list.iter().map(package).collect())
}

/// What the lockfile comes down to on Linux with the features that are on. `cargo metadata` would also name optional crates
/// that nobody turned on, so this asks `cargo tree`.
pub(crate) fn linked(root: &Path) -> Result<Vec<Linked>> {
    let options = ["--edges", "normal,build", "--target", "x86_64-unknown-linux-gnu", "--prefix", "none"];
    let mut arguments = vec!["tree", "--workspace", "--format", "{p}|{l}"];
    arguments.extend(options);
    let output = cargo(root, &arguments)?;
    let mut lines: Vec<&str> = output.lines().map(|line| line.trim_end_matches(" (*)")).collect();
    lines.sort_unstable();
    lines.dedup();
    Ok(lines.into_iter().filter_map(entry).collect())
}

/// Reads `name v1.2.3 (where)|licence`.
fn entry(line: &str) -> Option<Linked> {
    let (package, licence) = line.split_once('|')?;
    let mut words = package.split_whitespace();
    let name = words.next()?.to_owned();
    let version = words.next()?.trim_start_matches('v').to_owned();
    Some(Linked { name, version, licence: licence.trim().to_owned() })
}

fn cargo(root: &Path, arguments: &[&str]) -> Result<String> {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let what = arguments.first().copied().unwrap_or_default();
    let output = Command::new(program)
        .current_dir(root)
        .args(arguments)
        .output()
        .with_context(|| format!("running cargo {what}"))?;
    if !output.status.success() {
        bail!("cargo {what} failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    String::from_utf8(output.stdout).with_context(|| format!("reading cargo {what}"))
}

fn package(value: &Value) -> Package {
    let dependencies = value.get("dependencies").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    Package { name: text(value, "name"), dependencies: dependencies.iter().map(dependency).collect() }
}

fn dependency(value: &Value) -> Dependency {
    Dependency {
        name: text(value, "name"),
        used: match value.get("kind").and_then(Value::as_str) {
            Some("dev") => Use::Dev,
            Some("build") => Use::Build,
            _ => Use::Normal,
        },
    }
}

fn text(value: &Value, field: &str) -> String {
    value.get(field).and_then(Value::as_str).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_tree_is_read() {
        let read = entry("syn v2.0.1 (proc-macro)|MIT OR Apache-2.0").unwrap();
        assert_eq!(
            (read.name.as_str(), read.version.as_str(), read.licence.as_str()),
            ("syn", "2.0.1", "MIT OR Apache-2.0")
        );
        assert_eq!(entry("odd v1.0.0|").unwrap().licence, "");
        assert!(entry("").is_none());
    }
}
