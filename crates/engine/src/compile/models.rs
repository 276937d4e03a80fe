//! Models and their targets.

use super::{Build, policies};
use crate::{
    models::{Model, ModelTable, Template},
    snapshot::{Provider, Target},
};
use catalog::Catalog;
use policy::{Policies, limit::body_size::When};
use std::{collections::HashMap, sync::Arc};
use stdx::Str;
use telemetry::Telemetry;

type Providers = HashMap<Box<str>, Arc<Provider>>;

/// A target but for its model's name.
#[derive(Clone)]
pub(super) struct Wish {
    provider: Arc<Provider>,
    timeouts: config::Timeouts,
    price: Option<config::Price>,
    weight: u32,
    priority: u32,
    /// The configuration names the model; it is not whatever a caller asks for.
    named: bool,
}

impl Wish {
    pub(super) fn direct(provider: Arc<Provider>) -> Self {
        let timeouts = provider.timeouts;
        Self { provider, timeouts, price: None, weight: 1, priority: 0, named: false }
    }
}

/// Makes targets; cheap to clone into the templates that make theirs later.
pub(super) fn maker(
    telemetry: Arc<Telemetry>,
) -> impl Fn(&Wish, &str) -> Target + Clone + Send + Sync + 'static {
    move |wish, model| {
        let provider = wish.provider.clone();
        let facts = Catalog::builtin().model(&provider.facts.kind, model);
        let listed = facts.and_then(|facts| facts.prices.as_ref());
        let prices = wish.price.map_or_else(|| listed.cloned(), |own| Some(own.over(listed)));
        // A name that only a caller has spelled gets no labels of its own.
        let handles = if facts.is_some() || wish.named {
            telemetry.target(&provider.name, model)
        } else {
            telemetry.unlisted_target(&provider.name, model)
        };
        Target {
            model: Str::from(model),
            handles,
            price_date: prices.as_ref().map_or("", |prices| &prices.date).into(),
            prices,
            max_output: facts.and_then(|facts| facts.max_output),
            timeouts: wish.timeouts.into(),
            weight: wish.weight,
            priority: wish.priority,
            provider,
        }
    }
}

pub(super) fn compile<M>(build: &mut Build<'_>, providers: &Providers, make: &M) -> ModelTable
where
    M: Fn(&Wish, &str) -> Target + Clone + Send + Sync + 'static,
{
    let mut table = ModelTable::default();
    let config = build.config;
    for model in &config.models {
        let mut targets: Vec<_> =
            model.targets.iter().filter_map(|target| template(providers, model, target, make)).collect();
        // Stable, so the written order holds within a priority.
        targets.sort_by_key(|(priority, _)| *priority);
        let limits = policies::limits(build, &format!("the model {}", model.name), &model.policies.rate);
        let own = policies::compile(When::Call, &model.policies, limits);
        let compiled = Arc::new(Model {
            name: model.name.as_str().into(),
            targets: targets.into_iter().map(|(_, template)| template).collect(),
            strategy: model.strategy,
            fallback: model.fallback.iter().map(|name| name.name.as_str().into()).collect(),
            retries: model.retries.clone(),
            strict: model.strict_translation.unwrap_or(config.strict_translation),
            policies: Policies::new(own),
        });
        let names =
            std::iter::once(&model.name).chain(model.aliases.iter().map(|alias| &alias.name)).cloned();
        table.insert(names, &compiled);
    }
    table
}

fn template<M>(
    providers: &Providers,
    model: &config::Model,
    target: &config::Target,
    make: &M,
) -> Option<(u32, Template)>
where
    M: Fn(&Wish, &str) -> Target + Clone + Send + Sync + 'static,
{
    // `check` has already said that it does not exist.
    let provider = providers.get(target.provider.as_str())?.clone();
    let wish = Wish {
        timeouts: target.timeouts.or(model.timeouts).or(provider.timeouts),
        price: model.price,
        weight: target.weight,
        priority: target.priority,
        named: target.model != config::Target::ANY,
        provider,
    };
    let template = if target.model == config::Target::ANY {
        let make = make.clone();
        Template::Any { make: Box::new(move |asked| make(&wish, asked)), cache: Box::default() }
    } else {
        Template::Fixed(Arc::new(make(&wish, &target.model)))
    };
    Some((target.priority, template))
}
