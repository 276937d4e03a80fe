//! The whole file.

use schemars::JsonSchema;

use crate::doc::{Access, Logs, Model, Policies, Provider, Server};
use crate::reading::{Object, Reading};
use crate::yaml::Node;

/// A Tidegate configuration: one YAML file, or all `*.yaml` and `*.yml` files of a folder taken together.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(title = "Tidegate configuration", deny_unknown_fields)]
pub struct Config {
    /// Where to listen and the bounds on what callers may do to the process.
    #[schemars(default)]
    pub server: Server,
    /// What is written where.
    #[schemars(default)]
    pub logs: Logs,
    /// Where models are served, by the name other parts refer to. `provider/model` addresses one directly.
    #[schemars(default, with = "std::collections::BTreeMap<String, Provider>")]
    pub providers: Vec<Provider>,
    /// The names clients use, and what stands behind them. A name may end in `*` and then takes every name
    /// that begins like it; an exact name wins over a wildcard, a longer wildcard over a shorter one.
    #[schemars(default, with = "std::collections::BTreeMap<String, Model>")]
    pub models: Vec<Model>,
    /// Who may call. Without it anyone who reaches the gateway is served, and then it listens on loopback only.
    #[schemars(default)]
    pub access: Option<Access>,
    /// Policies for every request. A model or a key may have its own.
    #[schemars(default)]
    pub policies: Policies,
    /// Refuse a request with 400 when it cannot be carried over to the target's dialect without loss, rather
    /// than naming the loss in `x-tidegate-loss`. A model may say otherwise.
    #[schemars(default)]
    pub strict_translation: bool,
}

impl Config {
    /// Reads the whole file.
    pub(crate) fn read(node: &Node, cx: &Reading<'_>) -> Config {
        let mut object = Object::open(node, cx);
        let config = Config {
            server: object.or_default("server"),
            logs: object.or_default("logs"),
            providers: object.named("providers", Provider::read),
            models: object.named("models", Model::read),
            access: object.optional("access"),
            policies: object.or_default("policies"),
            strict_translation: object.or("strict_translation", false),
        };
        object.finish();
        config
    }
}
