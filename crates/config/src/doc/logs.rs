//! What is written where.

use std::path::PathBuf;

use crate::reading::{Object, Read, Reading, choice, parsed};
use crate::source::Source;
use crate::units::schema::TextOr;
use crate::yaml::{Node, Value};
use schemars::JsonSchema;

/// What is written where.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Logs {
    /// One JSON line for each request. A bare string is short for `to`.
    #[schemars(default, with = "TextOr<AccessLog>")]
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
        AccessLog { to: LogTarget::Stdout }
    }
}

impl Read for Logs {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<Logs> {
        let mut object = Object::open(node, cx);
        let logs = Logs { access: object.or_default("access"), level: object.or("level", Level::Info) };
        object.finish();
        Some(logs)
    }
}

impl Read for AccessLog {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<AccessLog> {
        let default = AccessLog::default();
        if let Value::Text(_) = &node.value {
            return LogTarget::read(node, cx).map(|to| AccessLog { to });
        }
        let mut object = Object::open(node, cx);
        let log = AccessLog { to: object.or("to", default.to) };
        object.finish();
        Some(log)
    }
}

impl Read for LogTarget {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<LogTarget> {
        parsed(node, cx, "a place to log to", |text| match text {
            "stdout" => Ok(LogTarget::Stdout),
            "stderr" => Ok(LogTarget::Stderr),
            "off" => Ok(LogTarget::Off),
            // A bare word is more likely a slip than a file in the working folder.
            path if path.contains(['/', '.']) => Ok(LogTarget::File(Source::resolve(&node.place.file, path))),
            _ => Err("one of: stdout, stderr, off, or a path such as `./access.log`".to_owned()),
        })
    }
}

impl Read for Level {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<Level> {
        let choices = [
            ("off", Level::Off),
            ("error", Level::Error),
            ("warn", Level::Warn),
            ("info", Level::Info),
            ("debug", Level::Debug),
            ("trace", Level::Trace),
        ];
        choice(node, cx, "a log level", &choices)
    }
}
