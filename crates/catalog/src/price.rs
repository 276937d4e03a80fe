//! Prices and what a call costs by them. Integers from the data file to the bill; rounded once, at the end.

use ir::usage::{ServiceTier, Usage};
use stdx::money::{Bill, Money, PerMillion};

/// What a model costs, by whose list, as of when.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prices {
    /// The vendor's public price list.
    pub source: Box<str>,
    /// The day these prices were known to hold: `2026-11-12`.
    pub date: Box<str>,
    pub rates: Rates,
    /// The rates of calls that read more than a threshold.
    pub long: Option<Long>,
    /// Rates of service tiers other than the standard one.
    pub tiers: Vec<Tier>,
    /// Each web search the provider ran.
    pub web_search: Option<Money>,
    /// Each call, whatever it used.
    pub call: Option<Money>,
}

/// Rates per million tokens. A class without a rate of its own is charged as the class it is a part of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rates {
    pub input: PerMillion,
    pub output: PerMillion,
    /// Read from the provider's cache; else as `input`.
    pub cached: Option<PerMillion>,
    /// Written to a cache of five minutes, or the provider's only kind; else as `input`.
    pub cache_write_5m: Option<PerMillion>,
    /// Written to a longer-lived cache; else as `cache_write_5m`.
    pub cache_write_1h: Option<PerMillion>,
    /// Audio read; else as `input`.
    pub audio_input: Option<PerMillion>,
    /// Audio written; else as `output`.
    pub audio_output: Option<PerMillion>,
    /// Images read; else as `input`.
    pub image_input: Option<PerMillion>,
}

/// Rates that hold for the whole call once it reads more than `above` tokens, cached ones included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Long {
    pub above: u64,
    pub rates: Rates,
}

/// The rates of one service tier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tier {
    pub tier: ServiceTier,
    pub rates: Rates,
    /// Beyond the threshold of [`Prices::long`].
    pub long: Option<Rates>,
}

impl Prices {
    /// Prices with two rates only, as an operator may give for a model of their own.
    pub fn flat(input: PerMillion, output: PerMillion) -> Self {
        Self { rates: Rates { input, output, ..Rates::default() }, ..Self::default() }
    }

    /// The rates for a call that read `input` tokens and was served in `tier`. A tier without rates of its own
    /// is charged at the standard ones.
    pub fn rates_for(&self, input: u64, tier: ServiceTier) -> &Rates {
        let tier = self.tiers.iter().find(|own| own.tier == tier);
        match (&self.long, tier) {
            (Some(long), None) if input > long.above => &long.rates,
            (Some(long), Some(tier)) if input > long.above => tier.long.as_ref().unwrap_or(&tier.rates),
            (_, Some(tier)) => &tier.rates,
            (_, None) => &self.rates,
        }
    }
}

/// What a call costs: `usage` at the rates of the service tier it was served in.
pub fn cost(prices: &Prices, usage: &Usage) -> Money {
    let rates = prices.rates_for(usage.total_input(), usage.tier);
    let mut bill = Bill::default();
    read(&mut bill, rates, usage);
    let audio = usage.audio_output.min(usage.output);
    bill.add(usage.output - audio, rates.output);
    bill.add(audio, rates.audio_output.unwrap_or(rates.output));
    if let Some(each) = prices.web_search {
        bill.add(usage.web_searches, per_million(each));
    }
    if let Some(fee) = prices.call {
        bill.add_fee(fee);
    }
    bill.total()
}

/// Adds what was read. Audio and images are parts of `input`; a provider's count of parts that is larger than
/// the whole is taken no further than the whole.
fn read(bill: &mut Bill, rates: &Rates, usage: &Usage) {
    let audio = usage.audio_input.min(usage.input);
    let image = usage.image_input.min(usage.input - audio);
    bill.add(usage.input - audio - image, rates.input);
    bill.add(audio, rates.audio_input.unwrap_or(rates.input));
    bill.add(image, rates.image_input.unwrap_or(rates.input));
    bill.add(usage.cached, rates.cached.unwrap_or(rates.input));
    let short = rates.cache_write_5m.unwrap_or(rates.input);
    bill.add(usage.cache_write_5m, short);
    bill.add(usage.cache_write_1h, rates.cache_write_1h.unwrap_or(short));
}

/// An amount each as an amount a million.
fn per_million(each: Money) -> PerMillion {
    PerMillion(u64::try_from(each.nanos()).unwrap_or(0).saturating_mul(1_000_000))
}

#[cfg(test)]
#[path = "price_tests.rs"]
mod tests;
