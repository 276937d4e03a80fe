//! Who may call.

use std::time::SystemTime;

use schemars::{JsonSchema, Schema};
use serde_json::json;

use crate::diagnostic::Diagnostic;
use crate::doc::{Policies, RateLimit};
use crate::place::Place;
use crate::reading::{Object, Read, Reading, Token, parsed};
use crate::units::schema::add_fields;
use crate::yaml::{Entry, Node};
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
#[schemars(deny_unknown_fields, transform = key_or_hash)]
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

impl Read for Access {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<Access> {
        let mut object = Object::open(node, cx);
        if object.is_empty("anonymous") {
            let diagnostic =
                Diagnostic::error("empty", object.name_place("anonymous"), "`anonymous` is empty");
            cx.report(diagnostic.help("write `anonymous: {}` to serve everyone, or take it out"));
        }
        Some(Access {
            keys: object.named("keys", Key::read).into_iter().flatten().collect(),
            anonymous: object.optional("anonymous"),
            place: object.finish(),
        })
    }
}

impl Key {
    /// Reads a key with its name.
    pub(crate) fn read(entry: &Entry, cx: &Reading<'_>) -> Option<Key> {
        let mut object = Object::open(&entry.value, cx);
        let secret = key_secret(&mut object);
        let models = object.optional("models");
        let limits = object.or_default("limits");
        let expires = object.optional("expires");
        let policies = object.or_default("policies");
        object.finish();
        let (name, place) = (entry.name.clone(), entry.place.clone());
        Some(Key { name, secret: secret?, models, limits, expires, policies, place })
    }
}

fn key_or_hash(schema: &mut Schema) {
    let key = json!({ "description": "The key itself.", "$ref": "#/$defs/secret" });
    let hash = json!({
        "description": "`sha256:` and the SHA-256 of the key in hexadecimal, instead of `key`.",
        "type": "string",
        "pattern": "^sha256:[0-9a-fA-F]{64}$"
    });
    add_fields(schema, &[("key", key), ("hash", hash)]);
    schema.insert("oneOf".to_owned(), json!([{ "required": ["key"] }, { "required": ["hash"] }]));
}

/// `key` or `hash`, exactly one of them.
fn key_secret(object: &mut Object<'_, '_>) -> Option<KeySecret> {
    let plain = object.optional("key").map(|Token(key)| KeySecret::Plain(key));
    let hash = object.optional("hash").map(|Sha256(hash)| KeySecret::Sha256(hash));
    match (object.has("key"), object.has("hash")) {
        (true, true) => {
            let message = "`key` and `hash` exclude each other";
            object.cx.report(Diagnostic::error("conflict", object.name_place("hash"), message));
            return None;
        }
        (false, false) => {
            object.missing("the key has neither `key` nor `hash`", "key: \"${CALLER_KEY}\"");
            return None;
        }
        _ => {}
    }
    plain.or(hash)
}

/// `sha256:` and 64 hexadecimal digits.
struct Sha256([u8; 32]);

impl Read for Sha256 {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<Sha256> {
        parsed(node, cx, "a hash", |text| {
            let form = || "write `sha256:` and 64 hexadecimal digits: `printf %s KEY | sha256sum`".to_owned();
            let digits = text.strip_prefix("sha256:").filter(|digits| digits.len() == 64).ok_or_else(form)?;
            let mut hash = [0; 32];
            for (byte, pair) in hash.iter_mut().zip(digits.as_bytes().chunks(2)) {
                let pair = std::str::from_utf8(pair).map_err(|_| form())?;
                let hex = pair.bytes().all(|digit| digit.is_ascii_hexdigit());
                *byte = hex.then(|| u8::from_str_radix(pair, 16).ok()).flatten().ok_or_else(form)?;
            }
            Ok(Sha256(hash))
        })
    }
}

impl Read for Pattern {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<Pattern> {
        let text = String::read(node, cx)?;
        if text.trim_end_matches('*').contains('*') || text.ends_with("**") {
            let message = format!("`{text}` has a `*` that is not at its end");
            cx.report(Diagnostic::error("wrong-value", &node.place, message));
            return None;
        }
        Some(Pattern { text, place: node.place.clone() })
    }
}

impl Read for Anonymous {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<Anonymous> {
        let mut object = Object::open(node, cx);
        Some(Anonymous {
            models: object.optional("models"),
            limits: object.or_default("limits"),
            policies: object.or_default("policies"),
            place: object.finish(),
        })
    }
}
