//! The data files as written, and their way into the typed view. Everything is checked here, so that a wrong
//! row cannot pass the tests: unknown fields, money that is not exact, names that are used twice.

use crate::{
    model::{Capability, Modality, Model, Set},
    price::{Long, Prices, Rates, Tier},
    provider::Provider,
};
use ir::usage::ServiceTier;
use serde::Deserialize;
use std::{collections::BTreeMap, fmt};
use stdx::money::{Money, PerMillion};

/// A data file that does not say what it should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadData(pub String);

impl fmt::Display for BadData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadData {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProviderFile {
    provider: Vec<Provider>,
}

/// The models of one provider kind, and where their prices come from.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ModelFile {
    provider: Box<str>,
    source: Box<str>,
    date: Box<str>,
    model: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: Box<str>,
    #[serde(default)]
    aliases: Vec<Box<str>>,
    context: Option<u64>,
    max_output: Option<u64>,
    input: Set<Modality>,
    output: Set<Modality>,
    #[serde(default)]
    can: Set<Capability>,
    retires: Option<Box<str>>,
    prices: Option<PriceRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PriceRow {
    source: Option<Box<str>>,
    date: Option<Box<str>>,
    rates: RateRow,
    long: Option<LongRow>,
    #[serde(default)]
    tiers: BTreeMap<Box<str>, TierRow>,
    web_search: Option<Box<str>>,
    call: Option<Box<str>>,
}

/// USD per million tokens, as decimal text so that nothing is ever rounded.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RateRow {
    input: Box<str>,
    output: Box<str>,
    cached: Option<Box<str>>,
    cache_write_5m: Option<Box<str>>,
    cache_write_1h: Option<Box<str>>,
    audio_input: Option<Box<str>>,
    audio_output: Option<Box<str>>,
    image_input: Option<Box<str>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LongRow {
    above: u64,
    rates: RateRow,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TierRow {
    /// Times the standard rates; or
    factor: Option<Box<str>>,
    /// rates of its own.
    rates: Option<RateRow>,
    long: Option<RateRow>,
}

pub(crate) fn providers(text: &str) -> Result<Vec<Provider>, BadData> {
    let file: ProviderFile = toml::from_str(text).map_err(|fault| BadData(fault.to_string()))?;
    Ok(file.provider)
}

pub(crate) fn models(text: &str) -> Result<Vec<Model>, BadData> {
    let file: ModelFile = toml::from_str(text).map_err(|fault| BadData(fault.to_string()))?;
    let ModelFile { provider, source, date, model } = file;
    let typed = |row: Row| {
        let id = row.id.clone();
        model_of(row, &provider, &source, &date).map_err(|bad| BadData(format!("{provider}/{id}: {bad}")))
    };
    model.into_iter().map(typed).collect()
}

fn model_of(row: Row, provider: &str, source: &str, date: &str) -> Result<Model, BadData> {
    let prices = row.prices.map(|prices| prices_of(prices, source, date)).transpose()?;
    Ok(Model {
        provider: provider.into(),
        id: row.id,
        aliases: row.aliases,
        context: row.context,
        max_output: row.max_output,
        input: row.input,
        output: row.output,
        can: row.can,
        prices,
        retires: row.retires,
    })
}

fn prices_of(row: PriceRow, source: &str, date: &str) -> Result<Prices, BadData> {
    let long = match row.long {
        Some(long) => Some(Long { above: long.above, rates: rates_of(&long.rates)? }),
        None => None,
    };
    let rates = rates_of(&row.rates)?;
    let mut tiers = Vec::with_capacity(row.tiers.len());
    for (name, tier) in row.tiers {
        tiers.push(tier_of(&name, &tier, &rates, long.as_ref())?);
    }
    Ok(Prices {
        source: row.source.unwrap_or_else(|| source.into()),
        date: row.date.unwrap_or_else(|| date.into()),
        rates,
        long,
        tiers,
        web_search: row.web_search.as_deref().map(usd).transpose()?,
        call: row.call.as_deref().map(usd).transpose()?,
    })
}

fn tier_of(name: &str, row: &TierRow, base: &Rates, long: Option<&Long>) -> Result<Tier, BadData> {
    // Rates of a tier that no answer can be found to have been served in would never be charged.
    let tier = ServiceTier::named(name)
        .filter(|tier| *tier != ServiceTier::Standard)
        .ok_or_else(|| BadData(format!("no service tier with rates of its own is named {name}")))?;
    match (&row.factor, &row.rates) {
        (Some(factor), None) if row.long.is_none() => {
            let factor = rate(factor)?;
            let long = long.map(|long| scaled(&long.rates, factor)).transpose()?;
            Ok(Tier { tier, rates: scaled(base, factor)?, long })
        }
        (None, Some(own)) => {
            Ok(Tier { tier, rates: rates_of(own)?, long: row.long.as_ref().map(rates_of).transpose()? })
        }
        _ => Err(BadData(format!("tier {name} needs either a factor or rates"))),
    }
}

fn rates_of(row: &RateRow) -> Result<Rates, BadData> {
    let maybe = |text: &Option<Box<str>>| text.as_deref().map(rate).transpose();
    Ok(Rates {
        input: rate(&row.input)?,
        output: rate(&row.output)?,
        cached: maybe(&row.cached)?,
        cache_write_5m: maybe(&row.cache_write_5m)?,
        cache_write_1h: maybe(&row.cache_write_1h)?,
        audio_input: maybe(&row.audio_input)?,
        audio_output: maybe(&row.audio_output)?,
        image_input: maybe(&row.image_input)?,
    })
}

/// All rates times a factor, itself in billionths.
fn scaled(rates: &Rates, factor: PerMillion) -> Result<Rates, BadData> {
    let times = |rate: PerMillion| {
        let product = u128::from(rate.0) * u128::from(factor.0);
        match u64::try_from(product / 1_000_000_000) {
            Ok(exact) if product % 1_000_000_000 == 0 => Ok(PerMillion(exact)),
            _ => Err(BadData("a factor that does not give exact rates: write the rates out".to_owned())),
        }
    };
    let maybe = |rate: Option<PerMillion>| rate.map(times).transpose();
    Ok(Rates {
        input: times(rates.input)?,
        output: times(rates.output)?,
        cached: maybe(rates.cached)?,
        cache_write_5m: maybe(rates.cache_write_5m)?,
        cache_write_1h: maybe(rates.cache_write_1h)?,
        audio_input: maybe(rates.audio_input)?,
        audio_output: maybe(rates.audio_output)?,
        image_input: maybe(rates.image_input)?,
    })
}

fn rate(text: &str) -> Result<PerMillion, BadData> {
    let nanos = u64::try_from(usd(text)?.nanos()).map_err(|_| BadData(format!("{text} is below zero")))?;
    Ok(PerMillion(nanos))
}

fn usd(text: &str) -> Result<Money, BadData> {
    Money::parse_usd(text).ok_or_else(|| BadData(format!("{text:?} is not a decimal amount of USD")))
}

#[cfg(test)]
#[path = "load_tests.rs"]
mod tests;
