//! A place where models are served.

use http::{HeaderName, HeaderValue, Uri};
use schemars::JsonSchema;

use crate::doc::{ClientTls, Timeouts};
use crate::place::Place;
use crate::units::schema::{SecretText, UrlText};
use stdx::Secret;

/// A place where models are served.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Provider {
    /// The name other parts refer to.
    #[schemars(skip)]
    pub name: String,
    /// What it speaks: a provider the catalog knows, or `openai` or `anthropic` for a server compatible with one.
    pub kind: String,
    /// Several such URLs instead of `base_url`, taken in turn.
    #[schemars(default, with = "Vec<UrlText>")]
    pub endpoints: Vec<Endpoint>,
    /// Keys, in order of preference: the next is taken when one is refused (401) or over its limit (429).
    #[schemars(default)]
    pub credentials: Vec<Credential>,
    /// Headers to add to every request to this provider.
    #[schemars(default, with = "std::collections::BTreeMap<String, SecretText>")]
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// HTTP version to speak: `auto` negotiates over TLS and takes HTTP/1.1 without.
    #[schemars(extend("default" = "auto"))]
    pub http: HttpVersion,
    /// Whom to trust and what certificate to show.
    pub tls: Option<ClientTls>,
    /// Timeouts for this provider. A model or a target may have its own.
    #[schemars(default)]
    pub timeouts: Timeouts,
    /// Connections open to this provider at a time; further requests wait for one within `timeouts.connect`.
    #[schemars(range(min = 1), extend("default" = 1024))]
    pub max_connections: u32,
    /// Where it stands.
    #[schemars(skip)]
    pub place: Place,
}

/// Where to send requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// `http` or `https`, with host, without query; the path does not end in `/`.
    pub url: Uri,
    /// Where it stands.
    pub place: Place,
}

/// A key to a provider.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Credential {
    /// The key: text, `${ENV}`, or `file:/path`.
    #[schemars(with = "SecretText")]
    pub key: Secret<String>,
    /// What logs and metrics call it. Without it, its number in the list, from 1.
    pub name: Option<String>,
    /// Where it stands.
    #[schemars(skip)]
    pub place: Place,
}

/// HTTP version to speak to a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum HttpVersion {
    /// By ALPN over TLS; HTTP/1.1 without TLS.
    Auto,
    /// HTTP/1.1 only.
    Http1,
    /// HTTP/2 only; without TLS by prior knowledge.
    Http2,
}
