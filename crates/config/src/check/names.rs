//! What a name means to a client: a model, its alias, a model whose name ends in `*`, or `provider/model`.

use std::collections::{HashMap, HashSet};

use crate::doc::{Config, split_target};

/// What a name leads to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Meaning<'a> {
    /// A model of the configuration, by its number.
    Model(usize),
    /// A model addressed at its provider.
    Direct(&'a str),
}

/// All names of a configuration.
pub(crate) struct Names<'a> {
    config: &'a Config,
    providers: HashSet<&'a str>,
    exact: HashMap<&'a str, usize>,
    /// Prefixes with the model's number, the longest first.
    wild: Vec<(&'a str, usize)>,
}

impl<'a> Names<'a> {
    pub(crate) fn of(config: &'a Config) -> Names<'a> {
        let mut exact = HashMap::new();
        let mut wild = Vec::new();
        for (number, model) in config.models.iter().enumerate() {
            match model.prefix() {
                Some(prefix) => wild.push((prefix, number)),
                None => {
                    exact.insert(model.name.as_str(), number);
                }
            }
            for alias in &model.aliases {
                exact.entry(alias.name.as_str()).or_insert(number);
            }
        }
        wild.sort_by_key(|(prefix, _)| std::cmp::Reverse(prefix.len()));
        let providers = config.providers.iter().map(|provider| provider.name.as_str()).collect();
        Names { config, providers, exact, wild }
    }

    /// What the name means, if anything.
    pub(crate) fn find<'n>(&self, name: &'n str) -> Option<Meaning<'n>> {
        let direct = split_target(name).filter(|(provider, _)| self.provider(provider));
        if let Some((provider, _)) = direct {
            return Some(Meaning::Direct(provider));
        }
        let wild =
            || self.wild.iter().find(|(prefix, _)| name.starts_with(prefix)).map(|(_, number)| *number);
        self.exact.get(name).copied().or_else(wild).map(Meaning::Model)
    }

    pub(crate) fn provider(&self, name: &str) -> bool {
        self.providers.contains(name)
    }

    /// Whether any name that begins like this means something.
    pub(crate) fn any_begins_with(&self, prefix: &str) -> bool {
        self.exact.keys().any(|name| name.starts_with(prefix))
            || self.wild.iter().any(|(wild, _)| wild.starts_with(prefix) || prefix.starts_with(wild))
            || self.config.providers.iter().any(|provider| {
                let direct = format!("{}/", provider.name);
                direct.starts_with(prefix) || prefix.starts_with(&direct)
            })
    }

    /// All names a client may write out, for suggestions.
    pub(crate) fn all(&self) -> impl Iterator<Item = &'a str> + Clone {
        let models = self.config.models.iter();
        models.flat_map(|model| {
            std::iter::once(model.name.as_str()).chain(model.aliases.iter().map(|alias| alias.name.as_str()))
        })
    }
}
