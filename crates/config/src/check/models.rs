//! Models: their names, targets and aliases.

use std::collections::HashMap;

use catalog::Catalog;

use super::names::Names;
use super::providers::unknown;
use crate::diagnostic::Diagnostic;
use crate::doc::{Config, Model, Strategy, Target, split_target};
use crate::place::Place;
use crate::reading::Reading;

pub(super) fn check(config: &Config, cx: &Reading<'_>) {
    let names = Names::of(config);
    for model in &config.models {
        name(&model.name, &model.place, true, &names, cx);
        for alias in &model.aliases {
            name(&alias.name, &alias.place, false, &names, cx);
        }
        targets(model, config, &names, cx);
        weights(model, cx);
        price(model, config, cx);
    }
    aliases(config, cx);
}

/// A name must be one a client can send, and mean this model rather than a provider's.
fn name(name: &str, place: &Place, may_be_wild: bool, names: &Names<'_>, cx: &Reading<'_>) {
    let stars = name.matches('*').count();
    if stars > 1 || (stars == 1 && !name.ends_with('*')) {
        let message = format!("`{name}` has a `*` that is not at its end");
        cx.report(Diagnostic::error("wrong-name", place, message));
    } else if stars == 1 && !may_be_wild {
        let message = format!("the alias `{name}` ends in `*`: only a model's own name may");
        cx.report(Diagnostic::error("wrong-name", place, message));
    }
    if name.is_empty() || name.chars().any(|c| c.is_control() || c.is_whitespace()) || name.len() > 256 {
        let help = "use up to 256 characters without spaces";
        cx.report(Diagnostic::error("wrong-name", place, "this cannot be a model's name").help(help));
    }
    if let Some((provider, _)) = split_target(name).filter(|(provider, _)| names.provider(provider)) {
        let message = format!("`{name}` already means the model at provider `{provider}`");
        let help = "`provider/model` always addresses a provider directly: choose another name";
        cx.report(Diagnostic::error("hidden-name", place, message).help(help));
    }
}

fn targets(model: &Model, config: &Config, names: &Names<'_>, cx: &Reading<'_>) {
    for (number, target) in model.targets.iter().enumerate() {
        if !names.provider(&target.provider) {
            cx.report(unknown(&target.provider, config, &target.place));
        }
        if target.model == Target::ANY && model.prefix().is_none() {
            let message = format!("`*` stands for the name asked for, and `{}` takes only one", model.name);
            let help = "name the provider's model, or let the model's name end in `*`";
            cx.report(Diagnostic::error("wildcard", &target.place, message).help(help));
        } else if target.model != Target::ANY && target.model.contains('*') {
            let message = format!("`{}` is not a model's name", target.model);
            let help = "`*` alone stands for the whole name asked for";
            cx.report(Diagnostic::error("wildcard", &target.place, message).help(help));
        }
        let same = |other: &&Target| other.provider == target.provider && other.model == target.model;
        if let Some(other) = model.targets.iter().take(number).find(same) {
            let message = format!("this target is that at {} once more", other.place);
            cx.report(Diagnostic::warning("repeated-target", &target.place, message));
        }
    }
}

fn weights(model: &Model, cx: &Reading<'_>) {
    let all_zero = !model.targets.is_empty() && model.targets.iter().all(|target| target.weight == 0);
    if model.strategy == Strategy::Weighted && all_zero {
        let message = format!("all targets of `{}` have weight 0", model.name);
        let help = "give at least one of them a weight of 1 or more";
        cx.report(Diagnostic::error("no-weight", &model.place, message).help(help));
    }
    let weighs = |target: &&Target| target.weight != 1;
    if model.strategy == Strategy::Priority
        && let Some(target) = model.targets.iter().find(weighs)
    {
        let message = "the weight has no effect under `strategy: priority`";
        cx.report(
            Diagnostic::warning("no-effect", &target.place, message).help("write `strategy: weighted`"),
        );
    }
}

/// Tokens that neither the configuration nor the catalog prices would count as free.
fn price(model: &Model, config: &Config, cx: &Reading<'_>) {
    // A price that could not be read is missing for another reason.
    let Some(price) = model.price.as_ref().filter(|_| !cx.has_errors()) else { return };
    let missing = match (price.input, price.output) {
        (None, _) => "input",
        (_, None) => "output",
        _ => return,
    };
    for target in model.targets.iter().filter(|target| target.model != Target::ANY) {
        let provider = config.providers.iter().find(|provider| provider.name == target.provider);
        let Some(provider) = provider else { continue };
        let known = Catalog::builtin().model(&provider.kind, &target.model);
        if known.is_none_or(|known| known.prices.is_none()) {
            let message = format!("the price of `{}` has no `{missing}`, and no list names it", model.name);
            let help = format!("without it, {missing} tokens count as free");
            cx.report(Diagnostic::warning("incomplete-price", &target.place, message).help(help));
        }
    }
}

/// A name must not mean two models.
fn aliases(config: &Config, cx: &Reading<'_>) {
    let mut taken: HashMap<&str, &Place> = HashMap::new();
    for model in &config.models {
        taken.insert(&model.name, &model.place);
    }
    for alias in config.models.iter().flat_map(|model| &model.aliases) {
        if let Some(first) = taken.insert(&alias.name, &alias.place) {
            let message = format!("the alias `{}` is already a name", alias.name);
            let diagnostic = Diagnostic::error("duplicate", &alias.place, message);
            cx.report(diagnostic.help(format!("it is given at {first}; keep one of the two")));
        }
    }
}
