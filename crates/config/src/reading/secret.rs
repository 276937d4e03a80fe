//! Secrets: text, or `file:/path`. Never shown, whatever is wrong with them.

use stdx::Secret;

use super::{Read, Reading, text};
use crate::diagnostic::Diagnostic;
use crate::source::Source;
use crate::yaml::Node;

/// Largest secret taken from a file, in bytes.
const LARGEST: usize = 64 << 10;

impl Read for Secret<String> {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<Secret<String>> {
        let found = &text(node, cx, "a secret")?.text;
        let secret = match found.strip_prefix("file:") {
            Some(path) => from_file(path, node, cx)?,
            None => found.clone(),
        };
        if secret.trim().is_empty() {
            cx.report(Diagnostic::error("empty-secret", &node.place, "the secret is empty"));
            return None;
        }
        Some(Secret::new(secret))
    }
}

/// The file's text without the line end editors leave behind.
fn from_file(path: &str, node: &Node, cx: &Reading<'_>) -> Option<String> {
    let path = Source::resolve(&node.place.file, path);
    let fault = match cx.env.read_file(&path) {
        Ok(text) if text.len() > LARGEST => format!("it is larger than {} KiB", LARGEST >> 10),
        Ok(text) => {
            let line = text.strip_suffix('\n').unwrap_or(&text);
            return Some(line.strip_suffix('\r').unwrap_or(line).to_owned());
        }
        Err(fault) => fault.to_string(),
    };
    let message = format!("the secret's file `{}` cannot be read: {fault}", path.display());
    cx.report(Diagnostic::error("unreadable-secret", &node.place, message));
    None
}

/// A secret that is sent and compared as a header's value.
pub(crate) struct Token(pub(crate) Secret<String>);

impl Read for Token {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<Token> {
        let secret = Secret::<String>::read(node, cx)?;
        if secret.expose().bytes().all(|byte| byte.is_ascii_graphic()) {
            return Some(Token(secret));
        }
        let message = "the key contains a space, a line end or another character no key has";
        cx.report(Diagnostic::error("wrong-value", &node.place, message));
        None
    }
}
