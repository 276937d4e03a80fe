//! Where access-log lines go. One write a batch; what cannot be written is counted and reported once, not retried.

use std::{
    fmt,
    fs::{File, OpenOptions},
    io::{self, Write},
    path::PathBuf,
};

/// Where the access log goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum AccessLog {
    #[default]
    Off,
    Stdout,
    Stderr,
    /// Appended to; created when absent, its folder not.
    File(PathBuf),
}

/// The access log's file could not be opened.
#[derive(Debug)]
pub struct CannotOpen {
    pub path: PathBuf,
    pub source: io::Error,
}

impl fmt::Display for CannotOpen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot open the access log {}: {}", self.path.display(), self.source)
    }
}

impl std::error::Error for CannotOpen {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

pub(crate) struct Output {
    to: AccessLog,
    file: Option<File>,
    broken: bool,
}

impl Output {
    pub(crate) fn open(to: AccessLog) -> Result<Self, CannotOpen> {
        let file = match &to {
            AccessLog::File(path) => Some(append(path)?),
            AccessLog::Off | AccessLog::Stdout | AccessLog::Stderr => None,
        };
        Ok(Self { to, file, broken: false })
    }

    pub(crate) fn is_off(&self) -> bool {
        self.to == AccessLog::Off
    }

    /// Opens the file anew, as after a rotation; keeps the old one when that fails.
    pub(crate) fn reopen(&mut self) {
        let AccessLog::File(path) = &self.to else { return };
        match append(path) {
            Ok(file) => self.file = Some(file),
            Err(fault) => {
                tracing::error!(%fault, "the access log was not reopened; the old file stays in use")
            }
        }
    }

    /// Writes whole lines; false when they are lost.
    pub(crate) fn write(&mut self, lines: &[u8]) -> bool {
        let written = match (&self.to, &mut self.file) {
            (AccessLog::Off, _) => Ok(()),
            (AccessLog::Stdout, _) => put(&mut io::stdout().lock(), lines),
            (AccessLog::Stderr, _) => put(&mut io::stderr().lock(), lines),
            (AccessLog::File(_), Some(file)) => file.write_all(lines),
            (AccessLog::File(_), None) => Err(io::ErrorKind::NotFound.into()),
        };
        // Said when it breaks and when it heals, not for every batch in between.
        match (&written, self.broken) {
            (Err(error), false) => tracing::error!(%error, "access-log lines are being lost"),
            (Ok(()), true) => tracing::info!("the access log is being written again"),
            (Err(_), true) | (Ok(()), false) => {}
        }
        self.broken = written.is_err();
        written.is_ok()
    }
}

fn put(stream: &mut impl Write, lines: &[u8]) -> io::Result<()> {
    stream.write_all(lines)?;
    stream.flush()
}

fn append(path: &PathBuf) -> Result<File, CannotOpen> {
    let open = OpenOptions::new().append(true).create(true).open(path);
    open.map_err(|source| CannotOpen { path: path.clone(), source })
}
