//! A provider kind: where it is, how it is spoken to, and what it does differently. One row of
//! `data/providers.toml` each.

use ir::format::{Format, Operation};
use serde::Deserialize;
use std::collections::BTreeMap;

/// One kind of provider, as named by `kind` in the configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// The name in the configuration: `openai`.
    pub kind: Box<str>,
    /// The name people use: `OpenAI`.
    pub title: Box<str>,
    /// The wire format of its chat endpoint.
    #[serde(deserialize_with = "format")]
    pub format: Format,
    /// Where it is when the configuration does not say; `None` where only the operator can know.
    pub base_url: Option<Box<str>>,
    #[serde(default)]
    pub auth: Auth,
    /// Headers every request must carry.
    #[serde(default)]
    pub headers: BTreeMap<Box<str>, Box<str>>,
    /// Environment variables that hold its key, the usual one first.
    #[serde(default)]
    pub env: Vec<Box<str>>,
    pub paths: Paths,
    #[serde(default)]
    pub quirks: Quirks,
    /// Request headers of a caller who speaks the same format that may pass through to the provider.
    #[serde(default)]
    pub forward: Vec<Box<str>>,
    /// For a reseller at list price: its prefix for a vendor (`x-ai`) and the kind that vendor is here (`xai`).
    #[serde(default)]
    pub resells: BTreeMap<Box<str>, Box<str>>,
}

/// How a key is presented.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Auth {
    /// `authorization: Bearer KEY`.
    #[default]
    Bearer,
    /// The key alone in a header of this name.
    Header(Box<str>),
    /// No key by default; if one is configured it goes as `Bearer`.
    Optional,
}

/// Paths below the base URL, without a slash in front; `None` where the provider has no such endpoint.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paths {
    pub chat: Box<str>,
    pub embeddings: Option<Box<str>>,
    pub models: Option<Box<str>>,
    pub count_tokens: Option<Box<str>>,
}

/// What a provider does differently from the format it speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Quirks {
    /// Wants `max_tokens`, not `max_completion_tokens`.
    pub legacy_max_tokens: bool,
    /// How usage is had from a stream.
    pub stream_usage: StreamUsage,
}

/// How a provider comes to report usage at the end of a stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StreamUsage {
    /// When asked by `stream_options.include_usage`.
    #[default]
    OnRequest,
    /// Unasked; `stream_options` may be refused, so it is not sent.
    Always,
}

impl Provider {
    /// The base URL to use for one as configured: no slash at the end, and without the `/v1` that this kind's
    /// paths already begin with, so that both spellings in use are understood.
    pub fn base<'a>(&self, configured: &'a str) -> &'a str {
        let base = configured.trim_end_matches('/');
        if self.paths.chat.starts_with("v1/") { base.strip_suffix("/v1").unwrap_or(base) } else { base }
    }

    /// The path of an operation, below the base URL and without a slash in front.
    pub fn path(&self, operation: Operation) -> Option<&str> {
        match operation {
            Operation::Chat => Some(&self.paths.chat),
            Operation::Embeddings => self.paths.embeddings.as_deref(),
            Operation::CountTokens => self.paths.count_tokens.as_deref(),
            Operation::ListModels => self.paths.models.as_deref(),
        }
    }

    /// The whole URL of an operation under a base URL as configured.
    pub fn url(&self, configured: &str, operation: Operation) -> Option<String> {
        Some(format!("{}/{}", self.base(configured), self.path(operation)?))
    }
}

fn format<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Format, D::Error> {
    let name = Box::<str>::deserialize(from)?;
    let found = Format::ALL.iter().find(|format| format.name() == &*name);
    found.copied().ok_or_else(|| serde::de::Error::custom(format!("no wire format is named {name}")))
}
