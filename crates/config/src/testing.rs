//! A machine with nothing but variables, for this crate's unit tests.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use crate::source::Environment;

#[derive(Default)]
pub(crate) struct Machine {
    vars: BTreeMap<String, String>,
}

impl Machine {
    pub(crate) fn new() -> Machine {
        Machine::default()
    }

    pub(crate) fn var(mut self, name: &str, value: &str) -> Machine {
        self.vars.insert(name.into(), value.into());
        self
    }
}

impl Environment for Machine {
    fn var(&self, name: &str) -> Option<String> {
        self.vars.get(name).cloned()
    }

    fn read_file(&self, _: &Path) -> io::Result<String> {
        Err(io::ErrorKind::NotFound.into())
    }
}
