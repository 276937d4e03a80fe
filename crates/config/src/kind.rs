//! The kinds of providers.

/// A kind of provider a configuration may name.
pub(crate) struct Kind {
    /// Its name in `kind:`.
    pub(crate) name: &'static str,
    /// The environment variable its key is usually kept in.
    pub(crate) variable: &'static str,
    /// What its models' names are like, for a start without a file.
    pub(crate) families: &'static [&'static str],
}

/// All kinds.
pub(crate) const KINDS: &[Kind] = &[
    Kind {
        name: "openai",
        variable: "OPENAI_API_KEY",
        families: &["gpt-*", "chatgpt-*", "o1*", "o3*", "o4*", "text-embedding-*"],
    },
    Kind { name: "anthropic", variable: "ANTHROPIC_API_KEY", families: &["claude-*"] },
];

/// The kind of that name.
pub(crate) fn find(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}
