//! What configuration is read from. Nothing here touches the machine: files and variables come in as values.

use std::io;
use std::path::{Path, PathBuf};

/// The text of one file, or a text made by the gateway itself.
#[derive(Clone, Debug)]
pub struct Source {
    /// Path of the file, as the operator would write it. Relative paths in the text are taken from its folder.
    pub name: String,
    /// Its text.
    pub text: String,
}

impl Source {
    /// The file that `path`, written in this source, means.
    pub(crate) fn resolve(name: &str, path: &str) -> PathBuf {
        Path::new(name).parent().unwrap_or(Path::new("")).join(path)
    }
}

/// The machine, as far as a configuration may look at it.
pub trait Environment {
    /// The value of an environment variable, if it is set and UTF-8.
    fn var(&self, name: &str) -> Option<String>;

    /// The text of a file: secrets and certificates.
    ///
    /// # Errors
    /// As reading a file does.
    fn read_file(&self, path: &Path) -> io::Result<String>;
}
