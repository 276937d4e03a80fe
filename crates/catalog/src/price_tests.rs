use super::*;

const fn usd(text: u64) -> PerMillion {
    PerMillion(text)
}

/// $3 in, $15 out, $0.30 cached, $3.75 and $6 written; beyond 200,000 twice the input and half more output;
/// `flex` at half.
fn prices() -> Prices {
    let rates = Rates {
        input: usd(3_000_000_000),
        output: usd(15_000_000_000),
        cached: Some(usd(300_000_000)),
        cache_write_5m: Some(usd(3_750_000_000)),
        cache_write_1h: Some(usd(6_000_000_000)),
        ..Rates::default()
    };
    let long = Rates {
        input: usd(6_000_000_000),
        output: usd(22_500_000_000),
        cached: Some(usd(600_000_000)),
        ..Rates::default()
    };
    let flex = Rates { input: usd(1_500_000_000), output: usd(7_500_000_000), ..Rates::default() };
    Prices {
        rates,
        long: Some(Long { above: 200_000, rates: long }),
        tiers: vec![Tier { tier: ServiceTier::Flex, rates: flex, long: None }],
        ..Prices::default()
    }
}

fn nanos(usage: Usage) -> i64 {
    cost(&prices(), &usage).nanos()
}

#[test]
fn every_class_is_charged_once_and_at_its_own_rate() {
    // By hand: 100 × $3/M = 0.0003; 1,000 × $0.30/M = 0.0003; 200 × $3.75/M = 0.00075; 300 × $6/M = 0.0018;
    // 50 × $15/M = 0.00075. Together $0.0039.
    let usage = Usage {
        input: 100,
        cached: 1_000,
        cache_write_5m: 200,
        cache_write_1h: 300,
        output: 50,
        reasoning: 40,
        ..Usage::default()
    };
    assert_eq!(nanos(usage), 3_900_000);
    assert_eq!(cost(&prices(), &usage).to_string(), "0.0039");
}

#[test]
fn reasoning_and_predictions_are_part_of_the_output() {
    let plain = Usage { output: 1_000, ..Usage::default() };
    let detailed = Usage { reasoning: 900, accepted_prediction: 50, rejected_prediction: 50, ..plain };
    assert_eq!(nanos(plain), nanos(detailed));
}

#[test]
fn the_threshold_counts_everything_read_and_changes_every_rate() {
    let below = Usage { input: 150_000, cached: 50_000, output: 1_000, ..Usage::default() };
    // 150,000 × $3/M + 50,000 × $0.30/M + 1,000 × $15/M = 0.45 + 0.015 + 0.015
    assert_eq!(nanos(below), 480_000_000);
    let above = Usage { cached: 50_001, ..below };
    // 150,000 × $6/M + 50,001 × $0.60/M + 1,000 × $22.50/M = 0.9 + 0.0300006 + 0.0225
    assert_eq!(nanos(above), 952_500_600);
}

#[test]
fn a_tier_has_its_own_rates_and_without_them_the_standard_ones() {
    let usage = Usage { input: 1_000, output: 1_000, ..Usage::default() };
    let at = |tier| nanos(Usage { tier, ..usage });
    assert_eq!(at(ServiceTier::Flex), 9_000_000);
    assert_eq!(at(ServiceTier::Standard), 18_000_000);
    assert_eq!(at(ServiceTier::Priority), 18_000_000);
    let long = Usage { input: 300_000, tier: ServiceTier::Flex, ..Usage::default() };
    assert_eq!(nanos(long), 450_000_000, "no long rates of its own");
}

#[test]
fn a_class_without_a_rate_is_charged_as_what_it_is_part_of() {
    let flat = Prices::flat(usd(2_000_000_000), usd(8_000_000_000));
    let usage = Usage {
        input: 10,
        cached: 10,
        cache_write_5m: 10,
        cache_write_1h: 10,
        audio_input: 5,
        output: 10,
        audio_output: 5,
        ..Usage::default()
    };
    // 40 × $2/M + 10 × $8/M
    assert_eq!(cost(&flat, &usage).nanos(), 160_000);
}

#[test]
fn audio_and_images_are_taken_out_of_the_whole_they_are_part_of() {
    let mut prices = Prices::flat(usd(2_500_000_000), usd(10_000_000_000));
    prices.rates.audio_input = Some(usd(32_000_000_000));
    prices.rates.audio_output = Some(usd(64_000_000_000));
    prices.rates.image_input = Some(usd(5_000_000_000));
    let usage = Usage {
        input: 1_000,
        audio_input: 300,
        image_input: 200,
        output: 500,
        audio_output: 400,
        ..Usage::default()
    };
    // 500 × $2.50 + 300 × $32 + 200 × $5 + 100 × $10 + 400 × $64, a million each: 1,250 + 9,600 + 1,000 + 1,000 + 25,600 µ$
    assert_eq!(cost(&prices, &usage).nanos(), 38_450_000);
    let nonsense = Usage { audio_input: 9_999, image_input: 9_999, audio_output: 9_999, ..usage };
    // Never more parts than the whole: 1,000 × $32 + 500 × $64.
    assert_eq!(cost(&prices, &nonsense).nanos(), 64_000_000);
}

#[test]
fn searches_and_calls_have_fees() {
    let mut prices = Prices::flat(usd(0), usd(0));
    prices.web_search = Some(Money::from_nanos(10_000_000));
    prices.call = Some(Money::from_nanos(5_000_000));
    let usage = Usage { web_searches: 3, ..Usage::default() };
    assert_eq!(cost(&prices, &usage).to_string(), "0.035");
}

#[test]
fn absurd_counts_saturate_instead_of_wrapping() {
    let usage = Usage { input: u64::MAX, cached: u64::MAX, output: u64::MAX, ..Usage::default() };
    assert_eq!(nanos(usage), i64::MAX);
}
