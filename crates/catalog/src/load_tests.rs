use super::*;

const HEAD: &str = "provider = \"p\"\nsource = \"https://p.example/prices\"\ndate = \"2026-11-12\"\n[[model]]\nid = \"m\"\ninput = [\"text\", \"image\"]\noutput = [\"text\"]\n";

fn prices(text: &str) -> Result<Prices, BadData> {
    let mut models = models(&format!("{HEAD}[model.prices]\n{text}"))?;
    Ok(models.pop().unwrap().prices.unwrap())
}

#[test]
fn a_row_says_what_was_written() {
    let prices = prices(
        "rates = { input = \"0.1\", output = \"2\", cached = \"0.025\" }\nlong = { above = 200, rates = { input = \"0.2\", output = \"3\" } }\nweb_search = \"0.01\"\ntiers.flex = { factor = \"0.5\" }\ntiers.priority = { rates = { input = \"7\", output = \"8\" } }",
    )
    .unwrap();
    assert_eq!(prices.rates.input, PerMillion(100_000_000));
    assert_eq!(prices.rates.cached, Some(PerMillion(25_000_000)));
    assert_eq!((&*prices.date, &*prices.source), ("2026-11-12", "https://p.example/prices"));
    assert_eq!(prices.web_search, Some(Money::from_nanos(10_000_000)));
    let flex = prices.tiers.iter().find(|own| own.tier == ServiceTier::Flex).unwrap();
    assert_eq!(flex.rates.cached, Some(PerMillion(12_500_000)));
    assert_eq!(flex.long.unwrap().output, PerMillion(1_500_000_000));
    let priority = prices.tiers.iter().find(|own| own.tier == ServiceTier::Priority).unwrap();
    assert_eq!((priority.rates.output, priority.long), (PerMillion(8_000_000_000), None));
}

#[test]
fn modalities_and_capabilities_are_sets() {
    let model = models(&format!("{HEAD}can = [\"tools\"]")).unwrap().pop().unwrap();
    assert!(model.input.has(Modality::Image) && !model.input.has(Modality::Audio));
    assert!(model.can(Capability::Tools) && !model.can(Capability::Reasoning));
    assert!(model.prices.is_none(), "no price is not a price of zero");
}

#[test]
fn wrong_rows_are_refused_with_their_place() {
    for (wrong, says) in [
        ("rates = { input = \"x\", output = \"1\" }", "not a decimal amount"),
        ("rates = { input = \"-1\", output = \"1\" }", "not a decimal amount"),
        ("rates = { input = \"1\" }", "missing field `output`"),
        ("rates = { input = \"1\", output = \"1\", ouput = \"2\" }", "unknown field `ouput`"),
        ("rates = { input = \"1\", output = \"1\" }\ntiers.flex = {}", "factor or rates"),
        ("rates = { input = \"0.000000001\", output = \"1\" }\ntiers.flex = { factor = \"0.5\" }", "exact"),
        ("rates = { input = \"1\", output = \"1\" }\ntiers.fexl = { factor = \"0.5\" }", "is named fexl"),
    ] {
        let fault = prices(wrong).unwrap_err();
        assert!(fault.to_string().contains(says), "{wrong}: {fault}");
    }
    let unknown =
        providers("[[provider]]\nkind = \"x\"\ntitle = \"X\"\nformat = \"morse\"\npaths = { chat = \"c\" }");
    assert!(unknown.unwrap_err().to_string().contains("no wire format is named morse"));
}
