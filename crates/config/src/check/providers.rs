//! Providers by themselves.

use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::doc::{Config, HttpVersion, Provider};
use crate::nearest::did_you_mean;
use crate::place::Place;
use crate::reading::Reading;

const EXAMPLE: &str = "add, for example, `providers: { openai: { kind: openai, credentials: [{ key: \"${OPENAI_API_KEY}\" }] } }`";

pub(super) fn check(config: &Config, file: &Arc<str>, cx: &Reading<'_>) {
    if config.providers.is_empty() && !cx.has_errors() {
        let message = "no provider is configured: every request will be refused";
        cx.report(Diagnostic::warning("no-providers", &Place::file(file), message).help(EXAMPLE));
    }
    for provider in &config.providers {
        name(provider, cx);
        credentials(provider, cx);
        unused_tls(provider, cx);
    }
}

/// A name is the first half of `provider/model` and a label of metrics.
fn name(provider: &Provider, cx: &Reading<'_>) {
    let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if provider.name.is_empty() || !provider.name.chars().all(fine) || provider.name.len() > 64 {
        let message = format!("`{}` cannot be a provider's name", provider.name.escape_debug());
        let help = "use up to 64 letters, digits, `-`, `_` and `.`";
        cx.report(Diagnostic::error("wrong-name", &provider.place, message).help(help));
    }
}

fn credentials(provider: &Provider, cx: &Reading<'_>) {
    for (number, credential) in provider.credentials.iter().enumerate() {
        let before = provider.credentials.iter().take(number);
        for other in before {
            let same_name = credential.name.is_some() && credential.name == other.name;
            if same_name || credential.key == other.key {
                let what = if same_name { "name" } else { "key" };
                let message = format!("the {what} of this credential is that of the one at {}", other.place);
                cx.report(Diagnostic::error("duplicate", &credential.place, message));
            }
        }
    }
}

fn unused_tls(provider: &Provider, cx: &Reading<'_>) {
    let plain = |scheme| scheme == Some("http");
    let all_plain = !provider.endpoints.is_empty()
        && provider.endpoints.iter().all(|endpoint| plain(endpoint.url.scheme_str()));
    if provider.tls.is_some() && all_plain {
        let message =
            format!("`tls` of provider `{}` has no effect: its URLs begin with `http:`", provider.name);
        cx.report(Diagnostic::warning("no-effect", &provider.place, message));
    }
    let mixed = provider.endpoints.iter().any(|endpoint| plain(endpoint.url.scheme_str()));
    if mixed && provider.http == HttpVersion::Http2 && !all_plain {
        let message =
            format!("provider `{}` speaks HTTP/2 over TLS to some URLs and without to others", provider.name);
        cx.report(Diagnostic::warning("mixed-endpoints", &provider.place, message));
    }
}

/// The error for a provider that is not there.
pub(super) fn unknown(name: &str, config: &Config, place: &Place) -> Diagnostic {
    let names = || config.providers.iter().map(|provider| provider.name.as_str());
    let help = did_you_mean(name, names()).unwrap_or_else(|| match names().count() {
        0 => "no provider is configured".to_owned(),
        _ => format!("providers: {}", names().take(16).collect::<Vec<_>>().join(", ")),
    });
    Diagnostic::error("unknown-provider", place, format!("no provider is named `{name}`")).help(help)
}
