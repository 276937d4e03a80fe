//! The data that is compiled in: complete, dated, sourced, and found by the names people use.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::print_stdout)]

use catalog::{Auth, Capability, Catalog, Modality, StreamUsage, cost};
use ir::{
    format::{Format, Operation},
    usage::{ServiceTier, Usage},
};

fn book() -> &'static Catalog {
    Catalog::builtin()
}

fn id(kind: &str, name: &str) -> Option<&'static str> {
    book().model(kind, name).map(|model| &*model.id)
}

#[test]
fn there_are_enough_models_and_each_price_says_where_and_when_from() {
    let priced = book().models().iter().filter(|model| model.prices.is_some()).count();
    assert!(priced >= 60, "{priced}");
    for model in book().models() {
        let Some(prices) = &model.prices else { continue };
        assert!(prices.source.starts_with("https://"), "{}: {}", model.id, prices.source);
        let shape: String = prices.date.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        assert_eq!(shape, "0000-00-00", "{}", model.id);
    }
}

#[test]
fn prices_are_in_the_order_vendors_have_them() {
    for model in book().models() {
        let Some(prices) = &model.prices else { continue };
        let tiers = prices.tiers.iter().map(|tier| &tier.rates);
        let long = prices.long.iter().map(|long| &long.rates);
        for rates in std::iter::once(&prices.rates).chain(tiers).chain(long) {
            let name = &model.id;
            assert!(
                rates.cached.is_none_or(|cached| cached <= rates.input),
                "{name}: a cache hit costs less"
            );
            if let (Some(short), Some(hour)) = (rates.cache_write_5m, rates.cache_write_1h) {
                assert!(short <= hour, "{name}: a longer-lived cache costs more");
            }
            let embedding = model.output.has(Modality::Embedding);
            assert!(embedding || rates.output >= rates.input, "{name}: writing costs more than reading");
        }
        if let Some(long) = &prices.long {
            assert!(long.rates.input > prices.rates.input, "{}", model.id);
            assert!(model.context.is_none_or(|context| context > long.above), "{}", model.id);
        }
    }
}

#[test]
fn providers_are_whole_and_their_resales_lead_somewhere() {
    for provider in book().providers() {
        let kind = &*provider.kind;
        if let Some(url) = &provider.base_url {
            assert!(url.starts_with("https://") || url.starts_with("http://localhost:"), "{kind}: {url}");
            assert!(!url.ends_with('/'), "{kind}");
            assert_eq!(provider.env.is_empty(), provider.auth == Auth::Optional, "{kind}: a key has a place");
        }
        for vendor in provider.resells.values() {
            assert!(book().provider(vendor).is_some(), "{kind} resells {vendor}");
        }
        assert!(provider.path(Operation::Chat).is_some_and(|path| !path.starts_with('/')), "{kind}");
        for header in provider.forward.iter().chain(provider.headers.keys()) {
            assert_eq!(**header, header.to_ascii_lowercase(), "{kind}");
        }
    }
    assert!(book().provider("nobody").is_none());
}

#[test]
fn both_spellings_of_a_base_url_are_understood() {
    let anthropic = book().provider("anthropic").unwrap();
    assert_eq!(
        (anthropic.format, &anthropic.auth),
        (Format::AnthropicMessages, &Auth::Header("x-api-key".into()))
    );
    for base in ["https://api.anthropic.com", "https://api.anthropic.com/", "https://api.anthropic.com/v1/"] {
        assert_eq!(
            anthropic.url(base, Operation::CountTokens).unwrap(),
            "https://api.anthropic.com/v1/messages/count_tokens"
        );
    }
    assert_eq!(anthropic.url("https://h", Operation::Embeddings), None);
    let openai = book().provider("openai").unwrap();
    assert_eq!(
        openai.url("https://api.openai.com/v1/", Operation::Chat).unwrap(),
        "https://api.openai.com/v1/chat/completions"
    );
    assert_eq!(openai.quirks.stream_usage, StreamUsage::OnRequest);
    assert_eq!(book().provider("mistral").unwrap().quirks.stream_usage, StreamUsage::Always);
}

#[test]
fn models_are_found_by_the_names_people_use() {
    for (kind, name, expected) in [
        ("openai", "gpt-4.1", Some("gpt-4.1")),
        ("openai", "gpt-4.1-2025-04-14", Some("gpt-4.1")),
        ("openai", "gpt-4-0613", Some("gpt-4")),
        ("openai", "gpt-4o-2024-05-13", Some("gpt-4o-2024-05-13")),
        ("openai", "gpt-4o-2024-11-20", Some("gpt-4o")),
        ("openai", "ft:gpt-4o-mini-2024-07-18:acme::abc", Some("ft:gpt-4o-mini-2024-07-18")),
        ("openai", "ft:gpt-9:acme::abc", None),
        ("openai", "gpt-4.1-turbo", None),
        ("openai", "claude-opus-4-5", None),
        ("anthropic", "claude-sonnet-4-5-20250929", Some("claude-sonnet-4-5")),
        ("mistral", "mistral-large-latest", Some("mistral-large-2512")),
        ("groq", "openai/gpt-oss-120b", Some("openai/gpt-oss-120b")),
        ("openrouter", "openai/gpt-4.1", Some("gpt-4.1")),
        ("openrouter", "anthropic/claude-sonnet-4.5", Some("claude-sonnet-4-5")),
        ("openrouter", "x-ai/grok-4.5", Some("grok-4.5")),
        ("openrouter", "openai/gpt-4.1:free", None),
        ("openrouter", "qwen/qwen3-max", None),
        ("together", "openai/gpt-4.1", None),
        ("nobody", "gpt-4.1", None),
        ("openai", "", None),
    ] {
        assert_eq!(id(kind, name), expected, "{kind}/{name}");
    }
}

#[test]
fn what_a_model_can_is_told() {
    let model = book().model("anthropic", "claude-opus-4-5").unwrap();
    assert!(
        model.can(Capability::Tools) && model.can(Capability::Reasoning) && model.input.has(Modality::Image)
    );
    assert_eq!(model.max_output, Some(64_000));
    assert!(book().model("openai", "text-embedding-3-small").unwrap().output.has(Modality::Embedding));
    assert!(!book().model("openai", "gpt-3.5-turbo").unwrap().can(Capability::Reasoning));
    assert!(book().models_of("anthropic").count() > 10);
}

/// Golden: computed by hand from the vendors' lists.
#[test]
fn known_calls_cost_what_the_vendors_list_says() {
    use ServiceTier::{Batch, Fast, Flex, Priority, Standard};
    let usage = Usage {
        input: 2_000,
        cached: 10_000,
        cache_write_5m: 3_000,
        cache_write_1h: 4_000,
        output: 1_000,
        web_searches: 2,
        ..Usage::default()
    };
    for (kind, model, tier, usd) in [
        // 2,000×3 + 10,000×0.30 + 3,000×3.75 + 4,000×6 + 1,000×15 = 59,250 µ$; two searches $0.02
        ("anthropic", "claude-sonnet-4-5-20250929", Standard, "0.07925"),
        ("anthropic", "claude-sonnet-4-5", Batch, "0.049625"),
        // Twice 2,000×4 + 10,000×0.20 + 3,000×5 + 4,000×8 + 1,000×20 = 154,000 µ$; two searches $0.02
        ("anthropic", "claude-opus-5-5", Fast, "0.174"),
        // Committed capacity has no list price.
        ("anthropic", "claude-opus-5-5", Priority, "0.097"),
        // 9,000×1.25 + 10,000×0.125 + 1,000×10 = 22,500 µ$; two searches $0.02
        ("openai", "gpt-5", Standard, "0.0425"),
        // Half, and twice, but for the searches.
        ("openai", "gpt-5", Flex, "0.03125"),
        ("openai", "gpt-5", Priority, "0.065"),
        // Writing to the cache has no price of its own: 9,000×2.50 + 10,000×1.25 + 1,000×10 = 45,000 µ$
        ("openai", "gpt-4o", Standard, "0.045"),
        // 9,000×2 + 10,000×0.50 + 1,000×8 = 31,000 µ$; two searches $0.05
        ("openai", "gpt-4.1", Standard, "0.081"),
    ] {
        let prices = book().model(kind, model).unwrap().prices.as_ref().unwrap();
        let usage = Usage { tier, ..usage };
        assert_eq!(cost(prices, &usage).to_string(), usd, "{kind}/{model} {tier:?}");
    }
}

#[test]
fn a_long_prompt_costs_the_long_rates_on_every_token() {
    let haiku = book().model("anthropic", "claude-haiku-5-5").unwrap().prices.as_ref().unwrap();
    let short = Usage { input: 100_000, output: 1_000, ..Usage::default() };
    let long = Usage { cached: 1, ..short };
    // 100,000×0.10 + 1,000×0.50 = 10,500 µ$
    assert_eq!(cost(haiku, &short).to_string(), "0.0105");
    // 100,000×0.50 + 1×0.05 + 1,000×2.50 = 52,500.05 µ$
    assert_eq!(cost(haiku, &long).to_string(), "0.05250005");
    // 26,250.025 µ$
    assert_eq!(cost(haiku, &Usage { tier: ServiceTier::Batch, ..long }).to_string(), "0.026250025");
}

#[test]
fn the_manual_lists_every_provider_kind() {
    let manual = include_str!("../../../docs/models-and-prices.md");
    for provider in book().providers() {
        let row = format!("| `{}` |", provider.kind);
        assert!(manual.contains(&row), "docs/models-and-prices.md has no row {row}");
    }
}
