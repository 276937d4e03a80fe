//! The repository's own rules, each a function from the work tree to a list of problems. They run as tests of this crate and
//! as `cargo xtask NAME`. What the compiler or clippy can hold is left to them.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing))]

use std::path::{Path, PathBuf};

pub mod layers;
pub mod licences;
mod metadata;
pub mod tidy;

/// What a chore found: one sentence a problem, beginning with the place.
pub type Problems = Vec<String>;

/// A chore: its name on the command line, what it looks at, and the looking.
pub struct Chore {
    pub name: &'static str,
    pub about: &'static str,
    pub run: fn(&Path) -> anyhow::Result<Problems>,
}

/// Every chore there is.
pub const CHORES: &[Chore] = &[
    Chore { name: "layers", about: "dependencies between our crates point down only", run: layers::check },
    Chore { name: "tidy", about: "file length, module docs, words, paths, links", run: tidy::check },
    Chore {
        name: "licences",
        about: "licences, banned and doubled crates of the lockfile",
        run: licences::check,
    },
];

/// The folder that holds the workspace's `Cargo.toml`.
pub fn workspace_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hold(chore: &str) {
        let chore = CHORES.iter().find(|c| c.name == chore).unwrap();
        let found = (chore.run)(&workspace_root()).unwrap();
        assert!(found.is_empty(), "{}:\n{}", chore.name, found.join("\n"));
    }

    #[test]
    fn dependencies_point_down_only() {
        hold("layers");
    }

    #[test]
    fn the_tree_is_tidy() {
        hold("tidy");
    }

    #[test]
    fn every_licence_is_one_we_may_ship() {
        hold("licences");
    }
}
