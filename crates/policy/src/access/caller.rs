//! A known caller: what a key stands for.

use crate::Policies;
use std::sync::Arc;

/// Whoever a key belongs to, compiled.
pub struct Caller {
    /// The key's name in configuration; never the key.
    pub name: Arc<str>,
    pub models: Patterns,
    /// Seconds since 1970 after which the key is refused.
    pub expires: Option<u64>,
    /// Policies of this key alone.
    pub policies: Policies,
}

/// Names with at most one `*` at their end. Empty means everything.
#[derive(Clone, Debug, Default)]
pub struct Patterns(Box<[Box<str>]>);

impl Patterns {
    pub fn new(patterns: impl IntoIterator<Item = String>) -> Self {
        Self(patterns.into_iter().map(String::into_boxed_str).collect())
    }

    pub fn allows(&self, name: &str) -> bool {
        self.0.is_empty()
            || self.0.iter().any(|pattern| match pattern.strip_suffix('*') {
                Some(prefix) => name.starts_with(prefix),
                None => **pattern == *name,
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_a_name_or_a_prefix() {
        let patterns = Patterns::new(["openai/*".to_string(), "assistant".to_string()]);
        assert!(patterns.allows("openai/gpt-4.1") && patterns.allows("assistant"));
        assert!(!patterns.allows("assistant-2") && !patterns.allows("anthropic/claude"));
        assert!(Patterns::default().allows("anything"));
    }
}
