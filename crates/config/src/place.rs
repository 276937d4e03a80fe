//! Where in the operator's files a value stands, so that whoever finds fault with it later can point at it.

use std::fmt;
use std::sync::Arc;

/// A span on one line of a source. Lines and columns count from 1, columns and lengths in characters.
///
/// The default place is "nowhere": a value that no file mentions, such as a default.
#[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// Name of the source, as given in [`Source::name`](crate::Source::name).
    pub file: Arc<str>,
    /// Line, from 1; 0 when the place is nowhere or the file as a whole.
    pub line: u32,
    /// Column, from 1; 0 when the place is nowhere or the file as a whole.
    pub column: u32,
    /// Characters the span covers on its line, at least 1 when the line is known.
    pub len: u32,
}

impl Place {
    /// The file as a whole.
    pub fn file(name: &Arc<str>) -> Place {
        Place { file: Arc::clone(name), ..Place::default() }
    }

    /// Whether there is a line to show.
    pub fn is_known(&self) -> bool {
        self.line > 0
    }
}

/// `file:line:column`, the file alone, or `(default)`.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_known() {
            write!(f, "{}:{}:{}", self.file, self.line, self.column)
        } else if self.file.is_empty() {
            f.write_str("(default)")
        } else {
            f.write_str(&self.file)
        }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
