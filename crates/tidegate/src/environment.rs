//! The machine's environment and files, as configuration may look at them.

use std::{io, path::Path};

/// The one place that reads environment variables.
pub(crate) struct Machine;

impl config::Environment for Machine {
    #[expect(
        clippy::disallowed_methods,
        reason = "the port through which configuration sees the environment"
    )]
    fn var(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    fn read_file(&self, path: &Path) -> io::Result<String> {
        std::fs::read_to_string(path)
    }
}
