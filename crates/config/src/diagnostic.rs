//! What is wrong with a document, said so that the operator can mend it. Rendering is in `render`.

use crate::place::Place;

/// Whether the configuration can be used in spite of the finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The configuration must not be used.
    Error,
    /// It can be used, but probably does not do what was meant.
    Warning,
}

/// One finding about the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// Stable name of the kind of finding, such as `unknown-provider`.
    pub code: &'static str,
    /// What is wrong: lower case, no full stop, no secret.
    pub message: String,
    /// Where.
    pub place: Place,
    /// What would be right, if that is known.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error without help.
    pub fn error(code: &'static str, place: &Place, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            severity: Severity::Error,
            code,
            message: message.into(),
            place: place.clone(),
            help: None,
        }
    }

    /// A warning without help.
    pub fn warning(code: &'static str, place: &Place, message: impl Into<String>) -> Diagnostic {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(code, place, message) }
    }

    /// The same with advice.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help = Some(help.into());
        self
    }

    /// The same with advice, if there is any.
    #[must_use]
    pub fn maybe_help(mut self, help: Option<String>) -> Diagnostic {
        self.help = help.or(self.help);
        self
    }

    /// Whether this keeps the configuration from being used.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
