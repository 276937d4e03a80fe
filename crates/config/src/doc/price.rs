//! What a model costs, when the catalog does not know or is to be overruled.

use schemars::JsonSchema;
use stdx::money::PerMillion;

use crate::units::schema::MoneyText;

/// USD per million tokens, written as decimals (`"2.50"`), kept as nano-USD per million tokens. What is left out
/// keeps the catalog's price.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Price {
    /// Input tokens that are neither read from nor written to the provider's cache.
    #[schemars(with = "Option<MoneyText>")]
    pub input: Option<PerMillion>,
    /// Output tokens, reasoning included.
    #[schemars(with = "Option<MoneyText>")]
    pub output: Option<PerMillion>,
    /// Input tokens read from the provider's cache.
    #[schemars(with = "Option<MoneyText>")]
    pub cached_input: Option<PerMillion>,
    /// Input tokens written to the provider's cache for five minutes, or for a time it does not say.
    #[schemars(with = "Option<MoneyText>")]
    pub cache_write: Option<PerMillion>,
    /// Input tokens written to the provider's cache for one hour.
    #[schemars(with = "Option<MoneyText>")]
    pub cache_write_1h: Option<PerMillion>,
    /// Audio input tokens.
    #[schemars(with = "Option<MoneyText>")]
    pub audio_input: Option<PerMillion>,
    /// Audio output tokens.
    #[schemars(with = "Option<MoneyText>")]
    pub audio_output: Option<PerMillion>,
}
