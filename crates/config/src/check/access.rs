//! Keys: that each is one key, and that what they allow exists.

use std::collections::HashMap;

use super::names::Names;
use crate::diagnostic::Diagnostic;
use crate::doc::{Access, Config, Key, KeySecret, Pattern, RateLimit};
use crate::nearest::suggest;
use crate::place::Place;
use crate::reading::Reading;

pub(super) fn check(config: &Config, cx: &Reading<'_>) {
    let Some(access) = &config.access else { return };
    let names = Names::of(config);
    if access.keys.is_empty() && access.anonymous.is_none() && !cx.has_errors() {
        let message = "`access` lets nobody in: it has neither `keys` nor `anonymous`";
        cx.report(Diagnostic::warning("nobody", &access.place, message));
    }
    same_secret(access, cx);
    for key in &access.keys {
        name(key, cx);
        models(key.models.as_deref(), &names, cx);
        vain_limits(key.models.as_deref(), &key.limits, cx);
    }
    if let Some(anonymous) = &access.anonymous {
        models(anonymous.models.as_deref(), &names, cx);
        vain_limits(anonymous.models.as_deref(), &anonymous.limits, cx);
    }
}

/// A key's name is a label of metrics and a field of logs.
fn name(key: &Key, cx: &Reading<'_>) {
    let fine = !key.name.is_empty() && key.name.len() <= 128 && !key.name.chars().any(char::is_control);
    if !fine {
        let help = "use up to 128 printable characters";
        cx.report(Diagnostic::error("wrong-name", &key.place, "this cannot be a key's name").help(help));
    }
}

/// Whether two entries would answer to the same key. A key and another's hash are compared where keys are hashed.
fn same_secret(access: &Access, cx: &Reading<'_>) {
    let mut seen: HashMap<&[u8], &Key> = HashMap::new();
    for key in &access.keys {
        let secret = match &key.secret {
            KeySecret::Plain(text) => text.expose().as_bytes(),
            KeySecret::Sha256(hash) => hash.as_slice(),
        };
        if let Some(other) = seen.insert(secret, key) {
            let message = format!("`{}` and `{}` have the same key", other.name, key.name);
            let help = format!("`{}` stands at {}", other.name, other.place);
            cx.report(Diagnostic::error("duplicate", &key.place, message).help(help));
        }
    }
}

/// What is allowed must exist, or the operator believes in something that cannot be used.
fn models(patterns: Option<&[Pattern]>, names: &Names<'_>, cx: &Reading<'_>) {
    for pattern in patterns.into_iter().flatten() {
        match pattern.text.strip_suffix('*') {
            Some(prefix) if !names.any_begins_with(prefix) => {
                let message = format!("no model is matched by `{}`", pattern.text);
                cx.report(Diagnostic::warning("matches-nothing", &pattern.place, message));
            }
            None if names.find(&pattern.text).is_none() => {
                let help = suggest(&pattern.text, names.all(), "models", "no model is configured");
                let message = format!("no model is named `{}`", pattern.text);
                cx.report(Diagnostic::error("unknown-model", &pattern.place, message).help(help));
            }
            _ => {}
        }
    }
}

/// Limits on someone who may use no model at all.
fn vain_limits(models: Option<&[Pattern]>, limits: &[RateLimit], cx: &Reading<'_>) {
    if let (Some([]), Some(limit)) = (models, limits.first()) {
        cx.report(nothing_allowed(&limit.place));
    }
}

fn nothing_allowed(place: &Place) -> Diagnostic {
    Diagnostic::warning("no-effect", place, "this limit is never reached: `models` is empty and allows none")
}
