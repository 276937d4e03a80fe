//! A machine made of values, and the one way the tests load a configuration.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use config::{Config, Environment, Loaded, Source, load};

/// Variables and files, and nothing else.
#[derive(Default)]
pub struct Machine {
    vars: BTreeMap<String, String>,
    files: BTreeMap<PathBuf, String>,
}

impl Machine {
    pub fn var(mut self, name: &str, value: &str) -> Machine {
        self.vars.insert(name.into(), value.into());
        self
    }

    pub fn file(mut self, path: &str, text: &str) -> Machine {
        self.files.insert(path.into(), text.into());
        self
    }

    pub fn load(&self, files: &[(&str, &str)]) -> Loaded {
        let sources: Vec<Source> =
            files.iter().map(|(name, text)| Source { name: (*name).into(), text: (*text).into() }).collect();
        load(&sources, self)
    }

    /// The configuration of one file, which must be free of errors.
    pub fn good(&self, text: &str) -> Config {
        let loaded = self.load(&[("tidegate.yaml", text)]);
        let report = loaded.report();
        loaded.config.unwrap_or_else(|| panic!("{report}"))
    }
}

impl Environment for Machine {
    fn var(&self, name: &str) -> Option<String> {
        self.vars.get(name).cloned()
    }

    fn read_file(&self, path: &Path) -> io::Result<String> {
        self.files.get(path).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

/// A machine with the variables most texts use.
pub fn machine() -> Machine {
    Machine::default().var("OPENAI_API_KEY", "sk-openai").var("ANTHROPIC_API_KEY", "sk-anthropic")
}

/// The rendered findings on one file.
pub fn report(text: &str) -> String {
    machine().load(&[("tidegate.yaml", text)]).report()
}
