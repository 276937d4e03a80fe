//! What a model costs, when the catalog does not know or is to be overruled.

use schemars::JsonSchema;
use stdx::money::PerMillion;

use crate::reading::{Object, Read, Reading};
use crate::units::schema::MoneyText;
use crate::yaml::Node;

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

impl Read for Price {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<Price> {
        let mut object = Object::open(node, cx);
        let price = Price {
            input: object.optional("input"),
            output: object.optional("output"),
            cached_input: object.optional("cached_input"),
            cache_write: object.optional("cache_write"),
            cache_write_1h: object.optional("cache_write_1h"),
            audio_input: object.optional("audio_input"),
            audio_output: object.optional("audio_output"),
        };
        object.finish();
        Some(price)
    }
}
