//! A machine made of values, and the one way the tests load a configuration.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use config::{Config, Diagnostic, Environment, Loaded, Source, load};

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

const PEM: &str = "-----BEGIN CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\n";

/// A machine with the variables and files most texts use.
pub fn machine() -> Machine {
    Machine::default()
        .var("OPENAI_API_KEY", "sk-openai")
        .var("ANTHROPIC_API_KEY", "sk-anthropic")
        .file("cert.pem", PEM)
        .file("key.pem", PEM)
}

/// The findings on one file, one a line: `error[code] line:column+length message | help`.
pub fn findings(text: &str) -> Vec<String> {
    machine().load(&[("tidegate.yaml", text)]).diagnostics.iter().map(line).collect()
}

/// One finding in a line.
pub fn line(diagnostic: &Diagnostic) -> String {
    let severity = if diagnostic.is_error() { "error" } else { "warning" };
    let Diagnostic { code, message, place, help, .. } = diagnostic;
    let help = help.as_ref().map(|help| format!(" | {help}")).unwrap_or_default();
    format!("{severity}[{code}] {}:{}+{} {message}{help}", place.line, place.column, place.len)
}

/// Loads the text and compares the findings.
#[track_caller]
pub fn check(text: &str, expected: &[&str]) {
    assert_eq!(findings(text), expected, "\n{text}");
}

/// The rendered findings on one file.
pub fn report(text: &str) -> String {
    machine().load(&[("tidegate.yaml", text)]).report()
}
