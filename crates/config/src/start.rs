//! A start without a file: providers from the environment variables their own tools use.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::sync::Arc;

use catalog::{Catalog, Provider};

use crate::diagnostic::Diagnostic;
use crate::load::{Loaded, load};
use crate::place::Place;
use crate::source::{Environment, Source};

/// What the generated source is called in messages.
const NAME: &str = "environment";

/// Names a vendor gives its models, for those that are newer than the catalog.
const FAMILIES: [(&str, &[&str]); 2] =
    [("openai", &["gpt-*", "chatgpt-*", "o1*", "o3*", "o4*"]), ("anthropic", &["claude-*"])];

/// The configuration for a start without a file: a provider for each well-known variable that is set, every
/// model as `provider/model` and by the names the catalog has, on loopback only. An error if no such variable
/// is set.
pub fn from_environment(env: &dyn Environment) -> Loaded {
    let providers = Catalog::builtin().providers();
    let found: Vec<(&Provider, &str)> =
        providers.iter().filter_map(|provider| Some((provider, variable(provider, env)?))).collect();
    if found.is_empty() {
        let known: Vec<&str> =
            providers.iter().filter_map(|provider| provider.env.first()).map(|name| &**name).collect();
        let message = "there is neither a configuration file nor a provider's key in the environment";
        let place = Place::file(&Arc::from(NAME));
        let help = format!("write a configuration file, or set one of {}", known.join(", "));
        let diagnostics = vec![Diagnostic::error("no-configuration", &place, message).help(help)];
        return Loaded { config: None, diagnostics, sources: Vec::new() };
    }
    load(&[Source { name: NAME.to_owned(), text: text(&found) }], env)
}

/// The first of the provider's variables that is set.
fn variable<'a>(provider: &'a Provider, env: &dyn Environment) -> Option<&'a str> {
    let set = |name: &&str| env.var(name).is_some_and(|value| !value.trim().is_empty());
    provider.env.iter().map(|name| &**name).find(set)
}

/// The file an operator would have written. Variables are named, not put in.
fn text(found: &[(&Provider, &str)]) -> String {
    let mut text = String::from("providers:\n");
    // Writing to a string cannot fail.
    for (Provider { kind, .. }, variable) in found {
        let _ = writeln!(text, "  {kind}: {{ kind: {kind}, credentials: [{{ key: \"${{{variable}}}\" }}] }}");
    }
    text.push_str("models:\n");
    let mut taken = HashSet::new();
    for (Provider { kind, .. }, _) in found {
        for model in Catalog::builtin().models_of(kind) {
            for name in std::iter::once(&model.id).chain(&model.aliases) {
                // A name with a slash addresses a provider, or looks as if it did.
                if !name.contains('/') && taken.insert(&**name) {
                    let _ = writeln!(text, "  \"{name}\": {{ target: \"{kind}/{name}\" }}");
                }
            }
        }
        let families = FAMILIES.iter().filter(|(of, _)| **of == **kind).flat_map(|(_, families)| *families);
        for family in families {
            let _ = writeln!(text, "  \"{family}\": {{ target: \"{kind}/*\" }}");
        }
    }
    text
}
