//! A start without a file: providers from the environment variables their own tools use.

use std::fmt::Write as _;
use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::kind::{KINDS, Kind};
use crate::load::{Loaded, load};
use crate::place::Place;
use crate::source::{Environment, Source};

/// What the generated source is called in messages.
const NAME: &str = "environment";

/// The configuration for a start without a file: a provider for each well-known variable that is set, every
/// model as `provider/model` and by the names its vendor's models have, on loopback only. An error if no such
/// variable is set.
pub fn from_environment(env: &dyn Environment) -> Loaded {
    let kinds: Vec<&Kind> = KINDS.iter().filter(|kind| is_set(kind, env)).collect();
    if kinds.is_empty() {
        let variables: Vec<&str> = KINDS.iter().map(|kind| kind.variable).collect();
        let message = "there is neither a configuration file nor a provider's key in the environment";
        let place = Place::file(&Arc::from(NAME));
        let help = format!("set one of {}, or write a configuration file", variables.join(", "));
        let diagnostics = vec![Diagnostic::error("no-configuration", &place, message).help(help)];
        return Loaded { config: None, diagnostics, sources: Vec::new() };
    }
    load(&[Source { name: NAME.to_owned(), text: text(&kinds) }], env)
}

fn is_set(kind: &Kind, env: &dyn Environment) -> bool {
    env.var(kind.variable).is_some_and(|value| !value.trim().is_empty())
}

/// The file an operator would have written. Variables are named, not put in.
fn text(kinds: &[&Kind]) -> String {
    let mut text = String::from("providers:\n");
    // Writing to a string cannot fail.
    for Kind { name, variable, .. } in kinds {
        let _ = writeln!(text, "  {name}: {{ kind: {name}, credentials: [{{ key: \"${{{variable}}}\" }}] }}");
    }
    text.push_str("models:\n");
    for kind in kinds {
        for family in kind.families {
            let _ = writeln!(text, "  \"{family}\": {{ target: \"{}/*\" }}", kind.name);
        }
    }
    text
}
