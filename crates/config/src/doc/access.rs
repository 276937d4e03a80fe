//! Who may call.

use std::time::SystemTime;

use schemars::JsonSchema;

use crate::doc::{Policies, RateLimit};
use crate::place::Place;
use stdx::Secret;

/// Who may call.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Access {
    /// Keys, by the name logs and metrics use.
    #[schemars(default, with = "std::collections::BTreeMap<String, Key>")]
    pub keys: Vec<Key>,
    /// Serve callers without a key too. `{}` lets them do everything. A wrong key is still refused.
    pub anonymous: Option<Anonymous>,
    /// Where it stands.
    #[schemars(skip)]
    pub place: Place,
}

/// A key a caller shows, as `authorization: Bearer …` or `x-api-key`.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Key {
    /// What logs and metrics call it.
    #[schemars(skip)]
    pub name: String,
    #[schemars(skip)]
    /// The key itself or its hash.
    pub secret: KeySecret,
    /// Models it may use: names, `provider/model`, or patterns ending in `*`. Without it, all.
    #[schemars(with = "Option<Vec<String>>")]
    pub models: Option<Vec<Pattern>>,
    /// How much it may ask. All hold at once, with those of `policies`.
    #[schemars(default)]
    pub limits: Vec<RateLimit>,
    /// When it ends, as RFC 3339 date and time, such as `2027-01-31T00:00:00Z`.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub expires: Option<SystemTime>,
    /// Policies for requests with this key.
    #[schemars(default)]
    pub policies: Policies,
    /// Where it stands.
    #[schemars(skip)]
    pub place: Place,
}

/// What a key is recognised by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySecret {
    /// The key itself.
    Plain(Secret<String>),
    /// SHA-256 of the key's bytes.
    Sha256([u8; 32]),
}

/// A model name, or the beginning of one followed by `*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// As written.
    pub text: String,
    /// Where it stands.
    pub place: Place,
}

impl Pattern {
    /// Whether the name is meant.
    pub fn matches(&self, name: &str) -> bool {
        match self.text.strip_suffix('*') {
            Some(prefix) => name.starts_with(prefix),
            None => self.text == name,
        }
    }
}

/// What callers without a key may do.
#[derive(Clone, Debug, Default, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Anonymous {
    /// Models they may use. Without it, all.
    #[schemars(with = "Option<Vec<String>>")]
    pub models: Option<Vec<Pattern>>,
    /// How much they may ask, all of them together.
    #[schemars(default)]
    pub limits: Vec<RateLimit>,
    /// Policies for requests without a key.
    #[schemars(default)]
    pub policies: Policies,
    /// Where it stands.
    #[schemars(skip)]
    pub place: Place,
}
