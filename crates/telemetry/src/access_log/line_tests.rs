use super::*;
use crate::{id::RequestId, record::Outcome, target::Targets};
use ir::{
    fault::{Blame, FaultKind},
    format::Format,
    usage::{Certainty, ServiceTier},
};
use std::time::Duration;
use stdx::{Money, Str};

fn line(record: &Record) -> serde_json::Value {
    let mut out = Vec::new();
    Lines::default().write(record, &mut out);
    assert_eq!(out.iter().filter(|byte| **byte == b'\n').count(), 1, "one line");
    serde_json::from_slice(&out).unwrap()
}

/// A record with every field filled.
pub(crate) fn full() -> Record {
    let targets = Targets::new(4);
    let target = targets.resolve("anthropic", "claude");
    Record {
        opened: Opened {
            id: RequestId::new(Duration::from_millis(7), 8, 9),
            started_us: 1_760_000_000_000_042,
            method: "POST",
            path: Str::from_static("/v1/chat/completions"),
            remote: Some([127, 0, 0, 1].into()),
            caller_id: Some("their \"id\"".into()),
            revision: 3,
        },
        caller: crate::record::Caller { key: Some("ci".into()), user: Some("user-1".into()) },
        call: Call {
            operation: Some(Operation::Chat),
            format: Some(Format::OpenAiChat),
            model: "assistant".into(),
            stream: true,
            bytes_in: 1_000,
        },
        attempts: [
            Attempt { target: target.clone(), outcome: "connect", status: 0, duration_us: 5 },
            Attempt { target: target.clone(), outcome: "ok", status: 200, duration_us: 70 },
        ]
        .into_iter()
        .collect(),
        answer: Answer {
            served: Some(target),
            model_sent: Some("claude-sonnet-4-5".into()),
            status: 200,
            outcome: Outcome::Partial,
            fault: Some((FaultKind::UpstreamError, Blame::Upstream)),
            limit: Some("request_rate"),
            finish: Some(Finish::Length),
            losses: 2,
            bytes_out: 2_000,
            duration_us: 900,
            first_byte_us: Some(300),
            overhead_us: 11,
        },
        used: Used {
            usage: Some(Usage {
                input: 1,
                cached: 2,
                cache_write_5m: 3,
                cache_write_1h: 4,
                output: 5,
                reasoning: 1,
                audio_input: 1,
                audio_output: 1,
                image_input: 1,
                web_searches: 1,
                accepted_prediction: 1,
                rejected_prediction: 1,
                tier: ServiceTier::Flex,
                certainty: Certainty::Partial,
            }),
            cost: Some(Money::from_nanos(150_000)),
            price_date: Some("2026-11-20".into()),
        },
    }
}

#[test]
fn a_line_says_what_the_record_says() {
    let line = line(&full());
    assert_eq!(line["time"], "2025-10-09T08:53:20.000042Z");
    assert_eq!(line["caller_id"], "their \"id\"");
    assert_eq!(
        (&line["provider"], &line["served_model"]),
        (&"anthropic".into(), &"claude-sonnet-4-5".into())
    );
    assert_eq!((&line["outcome"], &line["code"]), (&"partial".into(), &"upstream_error".into()));
    assert_eq!((&line["cost_usd"], &line["cost_nanos"]), (&"0.00015".into(), &150_000.into()));
    assert_eq!((&line["usage"]["certainty"], &line["usage"]["tier"]), (&"partial".into(), &"flex".into()));
    assert_eq!(line["attempts"][0]["outcome"], "connect");
    assert!(line["attempts"][0].get("status").is_none(), "there was none");
    assert_eq!(line["first_byte_us"], 300);
}

#[test]
fn what_there_is_nothing_to_say_of_is_left_out() {
    let line = line(&Record::default());
    for absent in ["key", "model", "provider", "code", "usage", "cost_usd", "attempts", "finish", "losses"] {
        assert!(line.get(absent).is_none(), "{absent}");
    }
    assert_eq!(line["outcome"], "ok");
    let mut metered = Record::default();
    metered.used.usage = Some(Usage { input: 1, ..Usage::default() });
    assert!(self::line(&metered)["usage"].get("tier").is_none(), "the standard tier goes without saying");
}

#[test]
fn what_callers_write_is_bounded() {
    let record =
        Record { call: Call { model: "m".repeat(10_000).into(), ..Call::default() }, ..Record::default() };
    assert_eq!(line(&record)["model"].as_str().unwrap().len(), TEXT);
}

#[test]
fn the_manual_names_exactly_the_fields_there_are() {
    let manual = include_str!("../../../../docs/observability.md");
    let table = manual.split("<!-- fields -->").nth(1).expect("the manual marks its table of fields");
    let mut named: Vec<_> =
        table.lines().filter_map(|row| row.strip_prefix("| `")?.split('`').next()).collect();
    let line = line(&full());
    let object = line.as_object().unwrap();
    let mut there: Vec<String> = object.keys().cloned().collect();
    there.extend(object["usage"].as_object().unwrap().keys().map(|name| format!("usage.{name}")));
    there.extend(object["attempts"][1].as_object().unwrap().keys().map(|name| format!("attempts[].{name}")));
    named.sort_unstable();
    there.sort_unstable();
    assert_eq!(named, there);
}
