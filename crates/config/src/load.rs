//! From texts to a configuration, or to everything that keeps them from being one.

use std::sync::Arc;

use crate::check;
use crate::diagnostic::Diagnostic;
use crate::doc::Config;
use crate::mask;
use crate::merge::merge;
use crate::place::Place;
use crate::reading::{Reading, show_harmless};
use crate::render::page;
use crate::source::{Environment, Source};
use crate::yaml::{MAX_BYTES, Parsed, parse};

/// What came of loading.
#[derive(Debug)]
pub struct Loaded {
    /// The configuration; `None` exactly if a finding is an error.
    pub config: Option<Config>,
    /// All findings, in the order of the sources.
    pub diagnostics: Vec<Diagnostic>,
    /// The sources with everything starred out that may be secret.
    pub sources: Vec<Source>,
}

impl Loaded {
    /// All findings as a person reads them; empty if there are none.
    pub fn report(&self) -> String {
        page(&self.diagnostics, &self.sources)
    }

    /// The same with findings of those who went on with the configuration.
    pub fn render(&self, more: &[Diagnostic]) -> String {
        let all: Vec<Diagnostic> = self.diagnostics.iter().chain(more).cloned().collect();
        page(&all, &self.sources)
    }
}

/// Reads one file, or several that make up one configuration: providers, models and keys may be spread over
/// files, every other section stands in one. Reports all problems of all files at once.
pub fn load(sources: &[Source], env: &dyn Environment) -> Loaded {
    let parsed: Vec<(Arc<str>, Parsed)> = sources
        .iter()
        .map(|source| (Arc::from(source.name.as_str()), &source.text))
        .map(|(name, text)| {
            let parsed = parse(&name, text, env);
            (name, parsed)
        })
        .collect();
    let found = parsed.iter().flat_map(|(_, parsed)| parsed.diagnostics.iter().cloned()).collect();
    let cx = Reading::new(env, found);
    let dropped = parsed.iter().flat_map(|(_, parsed)| &parsed.dropped);
    dropped.for_each(|entry| show_harmless(&entry.name, &entry.value, &cx));
    let roots: Vec<_> = parsed.iter().filter_map(|(_, parsed)| parsed.root.clone()).collect();
    let complete = roots.len() == sources.len();
    let config = Config::read(&merge(roots, &cx), &cx);
    // A file that cannot be read at all would make every reference into it look wrong.
    if complete {
        let file = parsed.first().map(|(name, _)| Arc::clone(name)).unwrap_or_default();
        check::all(&config, &file, &cx);
    }
    let masked = sources.iter().zip(&parsed).map(|(source, (name, parsed))| Source {
        name: source.name.clone(),
        text: masked(source, parsed, |scalar| cx.is_shown(name, scalar)),
    });
    let masked = masked.collect();
    let (found, more) = cx.into_diagnostics();
    let diagnostics = sorted(found, more, sources);
    let usable = !diagnostics.iter().any(Diagnostic::is_error);
    Loaded { config: usable.then_some(config), diagnostics, sources: masked }
}

fn masked(source: &Source, parsed: &Parsed, shown: impl Fn(usize) -> bool) -> String {
    let text = source.text.strip_prefix('\u{feff}').unwrap_or(&source.text);
    match &parsed.root {
        Some(_) => mask::scalars(text, &parsed.scalars, shown),
        // Too large to have been read: no place in it is known.
        None if text.len() > MAX_BYTES => String::new(),
        None => mask::lines(text),
    }
}

/// In the order a person reads the files, each finding once (a value with an alias is read more than once).
fn sorted(mut diagnostics: Vec<Diagnostic>, more: usize, sources: &[Source]) -> Vec<Diagnostic> {
    let file = |d: &Diagnostic| sources.iter().position(|source| *source.name == *d.place.file);
    diagnostics.sort_by_cached_key(|d| {
        (file(d), d.place.line, d.place.column, d.severity, d.code, d.message.clone())
    });
    diagnostics.dedup();
    if more > 0 {
        let message = format!("there are {more} more findings; mend these first");
        diagnostics.push(Diagnostic::error("more", &Place::default(), message));
    }
    diagnostics
}
