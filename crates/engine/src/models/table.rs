//! The configured models: exact names first, then the longest wildcard.

use super::TargetCache;
use crate::snapshot::Target;
use config::{Retries, Strategy};
use policy::Policies;
use smallvec::SmallVec;
use std::{collections::HashMap, sync::Arc};

/// A name clients use, compiled.
pub struct Model {
    pub name: Arc<str>,
    /// Sorted by priority.
    pub targets: Box<[Template]>,
    pub strategy: Strategy,
    /// Names of the models to go to when every target has failed.
    pub fallback: Box<[Arc<str>]>,
    pub retries: Retries,
    pub strict: bool,
    pub policies: Policies,
}

/// A target as configured: fixed, or made for each name a wildcard takes.
pub enum Template {
    Fixed(Arc<Target>),
    Any { make: Box<dyn Fn(&str) -> Target + Send + Sync>, cache: Box<TargetCache> },
}

impl Template {
    pub fn target(&self, asked: &str) -> Arc<Target> {
        match self {
            Self::Fixed(target) => target.clone(),
            Self::Any { make, cache } => cache.get_or_make(asked, || make(asked)),
        }
    }
}

impl Model {
    pub fn targets(&self, asked: &str) -> SmallVec<[Arc<Target>; 4]> {
        self.targets.iter().map(|template| template.target(asked)).collect()
    }
}

/// All configured models.
#[derive(Default)]
pub struct ModelTable {
    exact: HashMap<Box<str>, Arc<Model>>,
    /// Prefix and model, longest prefix first.
    wild: Vec<(Box<str>, Arc<Model>)>,
    /// Names to list, in the order of the configuration.
    listed: Vec<Arc<str>>,
}

impl ModelTable {
    pub fn insert(&mut self, names: impl IntoIterator<Item = String>, model: &Arc<Model>) {
        for name in names {
            if let Some(prefix) = name.strip_suffix('*') {
                self.wild.push((prefix.into(), model.clone()));
                self.wild.sort_by_key(|(prefix, _)| std::cmp::Reverse(prefix.len()));
            } else {
                self.listed.push(name.as_str().into());
                self.exact.insert(name.into(), model.clone());
            }
        }
    }

    pub fn find(&self, name: &str) -> Option<&Arc<Model>> {
        let wild =
            || self.wild.iter().find(|(prefix, _)| name.starts_with(&**prefix)).map(|(_, model)| model);
        self.exact.get(name).or_else(wild)
    }

    /// The names a listing shows; wildcards have none.
    pub fn names(&self) -> &[Arc<str>] {
        &self.listed
    }
}
