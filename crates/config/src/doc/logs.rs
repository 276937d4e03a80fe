//! What is written where.

use std::path::PathBuf;

use schemars::JsonSchema;

/// What is written where.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Logs {
    /// One JSON line for each request. A bare string is short for `to`.
    #[schemars(default)]
    pub access: AccessLog,
    /// How much the process says about itself on standard error.
    #[schemars(extend("default" = "info"))]
    pub level: Level,
}

/// The access log.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct AccessLog {
    /// `stdout`, `stderr`, `off`, or the path of a file, which is appended to.
    #[schemars(with = "String", extend("default" = "stdout"))]
    pub to: LogTarget,
    /// Share of successful requests to write, from 0 to 1. Failed ones are always written.
    #[schemars(rename = "sample", with = "f64", range(min = 0, max = 1), extend("default" = 1))]
    pub sample_ppm: u32,
}

/// Where a log goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogTarget {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
    /// Nowhere.
    Off,
    /// Appended to a file.
    File(PathBuf),
}

/// How much to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum Level {
    Off,
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

impl Default for Logs {
    fn default() -> Logs {
        Logs { access: AccessLog::default(), level: Level::Info }
    }
}

impl Default for AccessLog {
    fn default() -> AccessLog {
        AccessLog { to: LogTarget::Stdout, sample_ppm: 1_000_000 }
    }
}
