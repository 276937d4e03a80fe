//! Where configuration comes from: a file, the YAML files of a folder, or the environment alone.

use crate::environment::Machine;
use anyhow::{Context, bail};
use config::{Config, Diagnostic, Loaded, Source};
use std::path::{Path, PathBuf};

/// Where this process takes its configuration from, so that it can be read again.
#[derive(Clone)]
pub(crate) enum Origin {
    Path(PathBuf),
    /// Text made by the gateway itself (`demo`).
    Text(Source),
    Environment,
}

/// A configuration with the texts its diagnostics point into.
pub(crate) struct Read {
    pub(crate) loaded: Loaded,
    pub(crate) sources: Vec<Source>,
}

impl Origin {
    pub(crate) fn read(&self) -> anyhow::Result<Read> {
        let sources = match self {
            Self::Path(path) => files(path)?,
            Self::Text(source) => vec![source.clone()],
            Self::Environment => {
                return Ok(Read { loaded: config::from_environment(&Machine), sources: Vec::new() });
            }
        };
        Ok(Read { loaded: config::load(&sources, &Machine), sources })
    }
}

impl Read {
    pub(crate) fn render(&self, more: &[Diagnostic]) -> String {
        self.loaded.render(more)
    }

    /// The configuration, or everything that is wrong with it.
    pub(crate) fn usable(&self) -> anyhow::Result<&Config> {
        match &self.loaded.config {
            Some(config) => Ok(config),
            None => bail!("the configuration has errors\n{}", self.render(&[])),
        }
    }
}

/// The file itself, or the folder's `*.yaml` and `*.yml` in the order of their names.
fn files(path: &Path) -> anyhow::Result<Vec<Source>> {
    let paths = if path.is_dir() {
        let entries =
            std::fs::read_dir(path).with_context(|| format!("cannot read the folder {}", path.display()))?;
        let mut paths: Vec<PathBuf> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
        paths.retain(|path| path.extension().is_some_and(|ext| ext == "yaml" || ext == "yml"));
        paths.sort();
        if paths.is_empty() {
            bail!("the folder {} has no *.yaml file", path.display());
        }
        paths
    } else {
        vec![path.to_owned()]
    };
    paths.into_iter().map(|path| source(&path)).collect()
}

fn source(path: &Path) -> anyhow::Result<Source> {
    let bytes =
        std::fs::read(path).with_context(|| format!("cannot read the configuration {}", path.display()))?;
    let text = String::from_utf8(bytes).with_context(|| format!("{} is not UTF-8", path.display()))?;
    Ok(Source { name: path.display().to_string(), text })
}
