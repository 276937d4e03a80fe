//! What a model costs, when the catalog does not know or is to be overruled.

use catalog::Prices;
use schemars::JsonSchema;
use stdx::Money;
use stdx::money::PerMillion;

use crate::reading::{Object, Read, Reading};
use crate::units::schema::MoneyText;
use crate::yaml::Node;

/// USD per million tokens, written as decimals (`"2.50"`), kept as nano-USD per million tokens. What is left out
/// keeps the catalog's price for the target; rates given here hold for every service tier.
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
    /// Image input tokens.
    #[schemars(with = "Option<MoneyText>")]
    pub image_input: Option<PerMillion>,
    /// Each web search the provider runs, in USD.
    #[schemars(with = "Option<MoneyText>")]
    pub web_search: Option<Money>,
    /// Each call, in USD.
    #[schemars(with = "Option<MoneyText>")]
    pub call: Option<Money>,
}

impl Price {
    /// The catalog's prices with these in their stead. The rates given hold for every service tier and length of
    /// call, so the catalog's special rates for those go when any rate is given. Source and date become
    /// `configuration`.
    pub fn over(&self, known: Option<&Prices>) -> Prices {
        const OWN: &str = "configuration";
        let mut prices = known.cloned().unwrap_or_default();
        (prices.source, prices.date) = (OWN.into(), OWN.into());
        if *self != (Price { web_search: self.web_search, call: self.call, ..Price::default() }) {
            (prices.long, prices.tiers) = (None, Vec::new());
        }
        let rates = &mut prices.rates;
        rates.input = self.input.unwrap_or(rates.input);
        rates.output = self.output.unwrap_or(rates.output);
        rates.cached = self.cached_input.or(rates.cached);
        rates.cache_write_5m = self.cache_write.or(rates.cache_write_5m);
        rates.cache_write_1h = self.cache_write_1h.or(rates.cache_write_1h);
        rates.audio_input = self.audio_input.or(rates.audio_input);
        rates.audio_output = self.audio_output.or(rates.audio_output);
        rates.image_input = self.image_input.or(rates.image_input);
        prices.web_search = self.web_search.or(prices.web_search);
        prices.call = self.call.or(prices.call);
        prices
    }
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
            image_input: object.optional("image_input"),
            web_search: object.optional("web_search"),
            call: object.optional("call"),
        };
        object.finish();
        Some(price)
    }
}

#[cfg(test)]
mod tests {
    use catalog::{Long, Rates};

    use super::*;

    fn known() -> Prices {
        let rates = Rates {
            input: PerMillion(1),
            output: PerMillion(2),
            cached: Some(PerMillion(3)),
            ..Rates::default()
        };
        Prices { rates, long: Some(Long { above: 9, rates }), ..Prices::default() }
    }

    #[test]
    fn what_is_left_out_keeps_the_known_price() {
        let price = Price { output: Some(PerMillion(20)), ..Price::default() };
        let prices = price.over(Some(&known()));
        assert_eq!((prices.rates.input, prices.rates.output), (PerMillion(1), PerMillion(20)));
        assert_eq!(prices.rates.cached, Some(PerMillion(3)));
        assert_eq!(prices.long, None);
    }

    #[test]
    fn a_fee_leaves_the_rates_alone() {
        let price = Price { call: Some(Money::from_nanos(5)), ..Price::default() };
        let prices = price.over(Some(&known()));
        assert_eq!((prices.call, prices.long.is_some()), (Some(Money::from_nanos(5)), true));
    }
}
