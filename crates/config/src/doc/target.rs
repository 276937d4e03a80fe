//! A model at a provider.

use schemars::JsonSchema;

use crate::doc::Timeouts;
use crate::place::Place;

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
