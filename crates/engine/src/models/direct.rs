//! `provider/model`: any model of a configured provider, without a line of configuration.

use super::{Model, Template};
use crate::snapshot::{Provider, Target};
use config::{Retries, Strategy};
use policy::Policies;
use std::{collections::HashMap, sync::Arc};

/// One wildcard model a provider.
#[derive(Default)]
pub struct Direct(HashMap<Box<str>, Arc<Model>>);

impl Direct {
    pub fn new(
        providers: &HashMap<Box<str>, Arc<Provider>>,
        strict: bool,
        make: impl Fn(Arc<Provider>, &str) -> Target + Clone + Send + Sync + 'static,
    ) -> Self {
        let model = |provider: &Arc<Provider>| {
            let (provider, make) = (provider.clone(), make.clone());
            let name = provider.name.clone();
            let template = Template::Any {
                make: Box::new(move |asked| {
                    let model = asked.split_once('/').map_or(asked, |(_, model)| model);
                    make(provider.clone(), model)
                }),
                cache: Box::default(),
            };
            Arc::new(Model {
                name: format!("{name}/*").into(),
                targets: Box::new([template]),
                strategy: Strategy::Priority,
                fallback: Box::new([]),
                retries: Retries::default(),
                strict,
                policies: Policies::default(),
            })
        };
        Self(providers.iter().map(|(name, provider)| (name.clone(), model(provider))).collect())
    }

    pub fn find(&self, name: &str) -> Option<&Arc<Model>> {
        let (provider, model) = name.split_once('/')?;
        if model.is_empty() { None } else { self.0.get(provider) }
    }
}
