//! A model at a provider.

use schemars::JsonSchema;

use crate::diagnostic::Diagnostic;
use crate::doc::Timeouts;
use crate::place::Place;
use crate::reading::{Object, Read, Reading, number};
use crate::yaml::{Node, Value};

/// A model at a provider. The string `provider/model` is short for one without further settings.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Target {
    /// Name of a provider of this configuration.
    pub provider: String,
    /// The model's name there. `*` stands for the whole name the client asked for, in a model whose name ends in `*`.
    pub model: String,
    /// Share of the traffic under `strategy: weighted`; 0 is taken only when the others fail.
    #[schemars(range(max = 1_000_000), extend("default" = 1))]
    pub weight: u32,
    /// Targets with a smaller number are tried first; those with the same number as `strategy` says.
    #[schemars(extend("default" = 0))]
    pub priority: u32,
    /// Timeouts for this target.
    #[schemars(default)]
    pub timeouts: Timeouts,
    /// Where it stands.
    #[schemars(skip)]
    pub place: Place,
}

impl Target {
    /// Stands for the name the client asked for.
    pub const ANY: &'static str = "*";
}

impl Read for Target {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<Target> {
        if let Value::Text(text) = &node.value {
            cx.show(node);
            let Some((provider, model)) = split_target(&text.text) else {
                let message = format!("{} is not a target", text.quoted());
                let diagnostic = Diagnostic::error("wrong-value", &node.place, message);
                cx.report(diagnostic.help("write `provider/model`, such as `openai/gpt-4.1`"));
                return None;
            };
            return Some(Target::new(provider, model, &node.place));
        }
        let mut object = Object::open(node, cx);
        let provider = object.required("provider", "provider: openai");
        let model = object.required("model", "model: gpt-4.1");
        let weight = object.optional("weight").map_or(1, |Weight(weight)| weight);
        let priority = object.optional("priority").map_or(0, |Priority(priority)| priority);
        let timeouts = object.or_default("timeouts");
        let place = object.finish();
        Some(Target { provider: provider?, model: model?, weight, priority, timeouts, place })
    }
}

impl Target {
    fn new(provider: &str, model: &str, place: &Place) -> Target {
        Target {
            provider: provider.to_owned(),
            model: model.to_owned(),
            weight: 1,
            priority: 0,
            timeouts: Timeouts::default(),
            place: place.clone(),
        }
    }
}

/// Provider and model of `provider/model`; the model's name may contain slashes.
pub(crate) fn split_target(text: &str) -> Option<(&str, &str)> {
    text.split_once('/').filter(|(provider, model)| !provider.is_empty() && !model.is_empty())
}

/// From nothing to a million.
struct Weight(u32);

impl Read for Weight {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<Weight> {
        number(node, cx, 0, 1_000_000).map(Weight)
    }
}

/// From zero up.
struct Priority(u32);

impl Read for Priority {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<Priority> {
        number(node, cx, 0, u32::MAX).map(Priority)
    }
}
