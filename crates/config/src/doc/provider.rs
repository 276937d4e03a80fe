//! A place where models are served.

use catalog::{Auth, Catalog};
use http::{HeaderName, HeaderValue, Uri};
use schemars::{JsonSchema, Schema};
use serde_json::{Value, json};

use crate::diagnostic::Diagnostic;
use crate::doc::{ClientTls, Timeouts};
use crate::nearest::suggest;
use crate::place::Place;
use crate::reading::{Object, Read, Reading, Token, choice, header_values, text};
use crate::units::schema::{SecretText, UrlText, add_fields};
use crate::yaml::{Entry, Node};
use stdx::Secret;

/// A place where models are served.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(deny_unknown_fields, transform = describe)]
pub struct Provider {
    /// The name other parts refer to.
    #[schemars(skip)]
    pub name: String,
    /// What it is: a provider the catalog knows, or `openai-compatible` or `anthropic-compatible` for a server that
    /// speaks like one. Kinds with an address of their own take another `base_url` too.
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
    /// Connections open to each endpoint of this provider at a time; a request that finds none free goes to the next target, or is answered 503.
    #[schemars(range(min = 1), extend("default" = 10_000))]
    pub max_connections: u32,
    /// Where it stands.
    #[schemars(skip)]
    pub place: Place,
}

/// Where to send requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// `http` or `https`, with host, without query. The path does not end in `/`, but is `/` when there is none.
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

fn describe(schema: &mut Schema) {
    let description = "URL the paths of the API are appended to. Without it, the one of the kind's vendor.";
    let kinds: Vec<&str> = kinds().collect();
    if let Some(kind) = schema.pointer_mut("/properties/kind").and_then(Value::as_object_mut) {
        kind.insert("enum".to_owned(), json!(kinds));
    }
    add_fields(schema, &[("base_url", json!({ "description": description, "$ref": "#/$defs/url" }))]);
}

impl Provider {
    /// Reads a provider with its name.
    pub(crate) fn read(entry: &Entry, cx: &Reading<'_>) -> Provider {
        let mut object = Object::open(&entry.value, cx);
        let kind = object.required("kind", "kind: openai").map(|Kind(kind)| kind).unwrap_or_default();
        let provider = Provider {
            name: entry.name.clone(),
            kind,
            endpoints: endpoints(&mut object),
            credentials: object.or_default("credentials"),
            headers: header_values(&mut object, "headers"),
            http: object.or("http", HttpVersion::Auto),
            tls: object.optional("tls"),
            timeouts: object.or_default("timeouts"),
            max_connections: object.or("max_connections", 10_000),
            place: entry.place.clone(),
        };
        completeness(&provider, &object);
        object.finish();
        provider
    }
}

/// Names of the kinds the catalog has.
fn kinds() -> impl Iterator<Item = &'static str> + Clone {
    Catalog::builtin().providers().iter().map(|provider| &*provider.kind)
}

/// What a kind asks for beyond its name: a URL where the catalog has none, and a key where the vendor wants one.
fn completeness(provider: &Provider, object: &Object<'_, '_>) {
    let Some(kind) = Catalog::builtin().provider(&provider.kind) else { return };
    let own_server = object.has("base_url") || object.has("endpoints");
    if kind.base_url.is_none() && !own_server {
        let message = format!("`base_url` is missing: kind `{}` may be anywhere", kind.kind);
        object.missing(&message, "base_url: http://10.0.0.7:8000/v1");
    }
    let given = object.has("credentials") && !object.is_empty("credentials");
    // A header may carry the key as well; a server of one's own may ask for none.
    let carries_key = |name: &HeaderName| matches!(name.as_str(), "authorization" | "x-api-key" | "api-key");
    let in_header = provider.headers.iter().any(|(name, _)| carries_key(name));
    if own_server || given || in_header || kind.auth == Auth::Optional {
        return;
    }
    let message =
        format!("provider `{}` has no credentials, and {} asks for them", provider.name, kind.title);
    let set = kind.env.iter().find(|name| object.cx.env.var(name).is_some());
    let variable = set.or(kind.env.first()).map_or("KEY", |name| name);
    let set = if set.is_some() { ", which is set" } else { "" };
    let help = format!("add `credentials: [{{ key: \"${{{variable}}}\" }}]`{set}");
    object.cx.report(Diagnostic::error("no-credentials", &provider.place, message).help(help));
}

/// `base_url` or `endpoints`, whichever is there.
fn endpoints(object: &mut Object<'_, '_>) -> Vec<Endpoint> {
    let one: Option<Endpoint> = object.optional("base_url");
    let several: Option<Vec<Endpoint>> = object.optional("endpoints");
    if object.has("base_url") && object.has("endpoints") {
        let message = "`base_url` and `endpoints` exclude each other";
        let diagnostic = Diagnostic::error("conflict", object.name_place("endpoints"), message);
        object.cx.report(diagnostic.help("list all URLs under `endpoints`"));
    }
    if object.is_empty("endpoints") {
        let place = object.name_place("endpoints");
        object.cx.report(Diagnostic::error("empty", place, "`endpoints` is empty"));
    }
    several.unwrap_or_else(|| one.into_iter().collect())
}

/// A kind the catalog knows.
struct Kind(String);

impl Read for Kind {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<Kind> {
        let found = text(node, cx, "a kind of provider")?;
        cx.show(node);
        if kinds().any(|kind| kind == found.text) {
            return Some(Kind(found.text.clone()));
        }
        let help = suggest(&found.text, kinds(), "kinds", "");
        let message = format!("{} is not a kind of provider", found.quoted());
        cx.report(Diagnostic::error("unknown-kind", &node.place, message).help(help));
        None
    }
}

impl Read for Endpoint {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<Endpoint> {
        let found = text(node, cx, "a URL")?;
        // A URL with a user's name may hold a password: refused, and not shown.
        if !found.text.contains('@') {
            cx.show(node);
        }
        match url(&found.text) {
            Ok(url) => Some(Endpoint { url, place: node.place.clone() }),
            Err(help) => {
                let message = "this is not a URL requests can be sent to";
                cx.report(Diagnostic::error("wrong-value", &node.place, message).help(help));
                None
            }
        }
    }
}

/// Reads a URL whose path other paths can be appended to.
fn url(text: &str) -> Result<Uri, &'static str> {
    const FORM: &str = "write scheme and host, such as `https://api.example.com/v1`";
    if text.contains('@') {
        return Err("a URL must not contain a user name or password: use `credentials`");
    }
    if text.contains(['?', '#']) {
        return Err("a URL must not have a query or fragment: paths are appended to it");
    }
    let uri: Uri = text.trim_end_matches('/').parse().map_err(|_| FORM)?;
    match uri.scheme_str() {
        Some("http" | "https") if uri.host().is_some_and(|host| !host.is_empty()) => Ok(uri),
        Some(_) => Err("the scheme is `http` or `https`"),
        None => Err(FORM),
    }
}

impl Read for Credential {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<Credential> {
        let mut object = Object::open(node, cx);
        let key = object.required("key", "key: \"${OPENAI_API_KEY}\"");
        let name = object.optional("name");
        let place = object.finish();
        key.map(|Token(key)| Credential { key, name, place })
    }
}

impl Read for HttpVersion {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<HttpVersion> {
        let choices =
            [("auto", HttpVersion::Auto), ("http1", HttpVersion::Http1), ("http2", HttpVersion::Http2)];
        choice(node, cx, "an HTTP version", &choices)
    }
}
