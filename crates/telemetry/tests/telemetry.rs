//! Records in, metrics text and log lines out, through the public front only.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::print_stdout)]

use ir::{
    fault::{Blame, FaultKind},
    format::Operation,
    usage::{Certainty, Usage},
};
use std::{collections::HashSet, sync::Arc, time::Duration};
use stdx::Money;
use telemetry::{
    AccessLog, Answer, Attempt, CATALOGUE, Call, Outcome, Record, Sample, Settings, TargetHandles, Telemetry,
    Used,
};

const SOON: Duration = Duration::from_secs(20);

fn start(settings: Settings) -> Telemetry {
    Telemetry::start(settings).unwrap()
}

fn chat(target: &Arc<TargetHandles>) -> Record {
    let attempt = Attempt { target: target.clone(), outcome: "ok", status: 200, duration_us: 900 };
    Record {
        call: Call { operation: Some(Operation::Chat), stream: true, ..Call::default() },
        attempts: [attempt].into_iter().collect(),
        answer: Answer {
            served: Some(target.clone()),
            status: 200,
            duration_us: 1_000_000,
            first_byte_us: Some(200_000),
            overhead_us: 40,
            ..Answer::default()
        },
        used: Used {
            usage: Some(Usage {
                input: 10,
                cached: 90,
                output: 9,
                certainty: Certainty::Reported,
                ..Usage::default()
            }),
            cost: Some(Money::from_nanos(1_500_000)),
            price_date: None,
        },
        ..Record::default()
    }
}

/// The value of a series, by its exact text.
fn value(metrics: &str, series: &str) -> f64 {
    let line = metrics.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {series} in\n{metrics}")).parse().unwrap()
}

#[test]
fn one_call_becomes_every_number_it_should() {
    let telemetry = start(Settings::default());
    let target = telemetry.target("openai", "gpt-4.1");
    for _ in 0..2 {
        telemetry.record(chat(&target));
    }
    assert!(telemetry.flush(SOON));
    let metrics = telemetry.render_metrics();
    let genai =
        r#"gen_ai_provider_name="openai",gen_ai_request_model="gpt-4.1",gen_ai_operation_name="chat""#;
    let plain = r#"provider="openai",model="gpt-4.1""#;
    for (series, expected) in [
        (format!(r#"gen_ai_client_token_usage_sum{{{genai},gen_ai_token_type="input"}}"#), 200.0),
        (format!(r#"gen_ai_client_token_usage_count{{{genai},gen_ai_token_type="output"}}"#), 2.0),
        (format!(r#"gen_ai_server_request_duration_sum{{{genai},error_type=""}}"#), 2.0),
        (format!("gen_ai_server_time_to_first_token_sum{{{genai}}}"), 0.4),
        (format!("gen_ai_server_time_per_output_token_sum{{{genai}}}"), 0.2),
        (
            format!(
                r#"tidegate_requests_total{{{plain},operation="chat",status_class="2xx",outcome="ok",code=""}}"#
            ),
            2.0,
        ),
        (format!(r#"tidegate_tokens_total{{{plain},class="cached"}}"#), 180.0),
        (format!("tidegate_cost_usd_total{{{plain}}}"), 0.003),
        (format!(r#"tidegate_usage_certainty_total{{{plain},certainty="reported"}}"#), 2.0),
        (format!(r#"tidegate_attempts_total{{{plain},outcome="ok"}}"#), 2.0),
        (r#"tidegate_overhead_seconds_count{operation="chat"}"#.to_owned(), 2.0),
        ("tidegate_dropped_records_total".to_owned(), 0.0),
    ] {
        assert_eq!(value(&metrics, &series), expected, "{series}");
    }
}

#[test]
fn a_failure_counts_for_the_target_that_failed_last_and_a_refusal_for_none() {
    let telemetry = start(Settings::default());
    let (first, last) = (telemetry.target("a", "m"), telemetry.target("b", "m"));
    let attempt = |target: &Arc<TargetHandles>| Attempt {
        target: target.clone(),
        outcome: "connect",
        status: 0,
        duration_us: 1,
    };
    let failed = Answer {
        status: 502,
        outcome: Outcome::Failed,
        fault: Some((FaultKind::UpstreamError, Blame::Upstream)),
        ..Answer::default()
    };
    let refused = Answer {
        status: 429,
        outcome: Outcome::Rejected,
        fault: Some((FaultKind::RateLimited, Blame::Caller)),
        limit: Some("request_rate"),
        ..Answer::default()
    };
    telemetry.record(Record {
        attempts: [attempt(&first), attempt(&last)].into_iter().collect(),
        answer: failed,
        ..Record::default()
    });
    telemetry.record(Record { answer: refused, ..Record::default() });
    assert!(telemetry.flush(SOON));
    let metrics = telemetry.render_metrics();
    for series in [
        r#"tidegate_requests_total{provider="b",model="m",operation="other",status_class="5xx",outcome="failed",code="upstream_error"}"#,
        r#"tidegate_requests_total{provider="none",model="none",operation="other",status_class="4xx",outcome="rejected",code="rate_limited"}"#,
        r#"tidegate_attempts_total{provider="a",model="m",outcome="connect"}"#,
        r#"tidegate_usage_certainty_total{provider="b",model="m",certainty="none"}"#,
        r#"tidegate_limit_rejections_total{limit="request_rate"}"#,
    ] {
        assert_eq!(value(&metrics, series), 1.0, "{series}");
    }
}

#[test]
fn labels_beyond_the_cap_are_other_and_counted() {
    let telemetry = start(Settings { max_targets: 2, ..Settings::default() });
    for at in 0..10 {
        telemetry.record(chat(&telemetry.target("p", &format!("model-{at}"))));
    }
    assert!(telemetry.flush(SOON));
    let metrics = telemetry.render_metrics();
    assert_eq!(value(&metrics, r#"tidegate_cost_usd_total{provider="p",model="model-1"}"#), 0.0015);
    assert_eq!(value(&metrics, r#"tidegate_cost_usd_total{provider="other",model="other"}"#), 0.012);
    assert_eq!(value(&metrics, "tidegate_capped_labels_total"), 8.0);
    assert!(!metrics.contains("model-2"));
}

#[test]
fn models_nobody_listed_are_other_in_metrics_and_themselves_in_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("access.log");
    let telemetry = start(Settings { access_log: AccessLog::File(path.clone()), ..Settings::default() });
    for name in ["made-up-1", "made-up-2"] {
        telemetry.record(chat(&telemetry.unlisted_target("p", name)));
    }
    assert!(telemetry.flush(SOON));
    let metrics = telemetry.render_metrics();
    assert_eq!(value(&metrics, r#"tidegate_cost_usd_total{provider="p",model="other"}"#), 0.003);
    assert!(!metrics.contains("made-up"));
    let log = std::fs::read_to_string(path).unwrap();
    assert!(log.contains(r#""served_model":"made-up-1""#), "{log}");
}

#[test]
fn the_text_is_well_formed_and_names_are_escaped() {
    let telemetry = start(Settings::default());
    telemetry.record(chat(&telemetry.target("odd\"name\\", "line\nbreak")));
    telemetry.gauge("tidegate_test_gauge", "a test", || 7);
    telemetry.gauge_family("tidegate_upstream_health", "a test", || {
        vec![Sample { labels: vec![("provider", "p\"q".into()), ("state", "idle".into())], value: 3 }]
    });
    assert!(telemetry.flush(SOON));
    let metrics = telemetry.render_metrics();
    assert_eq!(value(&metrics, "tidegate_test_gauge"), 7.0);
    assert_eq!(value(&metrics, r#"tidegate_upstream_health{provider="p\"q",state="idle"}"#), 3.0);
    assert!(metrics.ends_with("# EOF\n"));
    let mut seen = HashSet::new();
    for line in metrics.lines().filter(|line| !line.starts_with('#')) {
        let (series, number) = line.rsplit_once(' ').expect("a series and a number");
        number.parse::<f64>().unwrap();
        assert!(seen.insert(series.to_owned()), "twice: {series}");
        assert_eq!(series.contains('{'), series.ends_with('}'), "{series}");
    }
}

#[test]
fn callbacks_are_asked_at_every_scrape_and_replaced_by_name() {
    let telemetry = start(Settings::default());
    for answer in [1, 2] {
        assert!(telemetry.gauge("tidegate_test_gauge", "a test", move || answer));
    }
    let metrics = telemetry.render_metrics();
    assert_eq!(value(&metrics, "tidegate_test_gauge"), 2.0);
    assert_eq!(metrics.matches("# TYPE tidegate_test_gauge").count(), 1);
    assert!(!telemetry.gauge("tidegate_inflight", "another's name", || 1));
}

#[test]
fn gauges_follow_what_is_under_way() {
    let telemetry = start(Settings::default());
    let (first, second) = (telemetry.enter(), telemetry.enter());
    telemetry.set_revision(12);
    assert_eq!(telemetry.inflight(), 2);
    drop((first, second));
    let metrics = telemetry.render_metrics();
    assert_eq!(value(&metrics, "tidegate_inflight"), 0.0);
    assert_eq!(value(&metrics, "tidegate_config_revision"), 12.0);
}

#[test]
fn nothing_is_lost_between_many_workers_the_log_and_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("access.log");
    let telemetry = start(Settings { access_log: AccessLog::File(path.clone()), ..Settings::default() });
    let target = telemetry.target("p", "m");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..2_500).for_each(|_| telemetry.record(chat(&target))));
        }
    });
    // No flush: dropping alone must handle everything.
    drop(telemetry);
    let log = std::fs::read_to_string(path).unwrap();
    assert_eq!(log.lines().count(), 10_000);
    assert!(log.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()));
}

#[test]
fn records_wake_a_sleeping_drainer_again_and_again() {
    let telemetry = start(Settings { interval: Duration::from_micros(1), ..Settings::default() });
    let target = telemetry.target("p", "m");
    let series = r#"tidegate_attempts_total{provider="p",model="m",outcome="ok"}"#;
    for round in 1..=200 {
        telemetry.record(chat(&target));
        // Without a flush: only the record itself may wake the drainer.
        while !telemetry.render_metrics().contains(&format!("{series} {round}\n")) {
            std::thread::yield_now();
        }
    }
}

#[test]
fn a_full_queue_drops_counts_and_goes_on() {
    let telemetry = start(Settings { queue: 8, interval: Duration::from_secs(3_600), ..Settings::default() });
    let target = telemetry.target("p", "m");
    for _ in 0..1_000 {
        telemetry.record(chat(&target));
    }
    assert!(telemetry.flush(SOON));
    let metrics = telemetry.render_metrics();
    let kept = value(&metrics, r#"tidegate_attempts_total{provider="p",model="m",outcome="ok"}"#);
    let dropped = value(&metrics, "tidegate_dropped_records_total");
    assert_eq!(kept + dropped, 1_000.0, "every record is either counted or counted as dropped");
}

#[test]
fn a_rotated_log_goes_on_in_the_new_file() {
    let folder = tempfile::tempdir().unwrap();
    let (path, old) = (folder.path().join("access.log"), folder.path().join("access.log.1"));
    let telemetry = start(Settings { access_log: AccessLog::File(path.clone()), ..Settings::default() });
    telemetry.record(Record::default());
    assert!(telemetry.flush(SOON));
    std::fs::rename(&path, &old).unwrap();
    telemetry.reopen();
    telemetry.record(Record::default());
    assert!(telemetry.flush(SOON));
    let lines = |path| std::fs::read_to_string(path).unwrap().lines().count();
    assert_eq!((lines(&old), lines(&path)), (1, 1));
}

#[test]
fn a_log_that_cannot_be_written_is_counted_and_one_that_cannot_be_opened_refused() {
    let full = std::path::PathBuf::from("/dev/full");
    if full.exists() {
        let telemetry = start(Settings { access_log: AccessLog::File(full), ..Settings::default() });
        telemetry.record(Record::default());
        assert!(telemetry.flush(SOON));
        assert_eq!(value(&telemetry.render_metrics(), "tidegate_access_log_errors_total"), 1.0);
    }
    let folder = tempfile::tempdir().unwrap();
    let absent = AccessLog::File(folder.path().join("no/such/folder"));
    let fault = Telemetry::start(Settings { access_log: absent, ..Settings::default() }).err().unwrap();
    assert!(fault.to_string().starts_with("cannot open the access log"), "{fault}");
}

#[cfg(unix)]
#[test]
fn a_log_nobody_reads_does_not_keep_the_process_from_ending() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&path).status();
    if !made.is_ok_and(|status| status.success()) {
        println!("skipped: there is no mkfifo here");
        return;
    }
    // Opening a pipe waits for its other end, so this one opens while the log does, and then never reads.
    let other = std::thread::spawn({
        let path = path.clone();
        move || std::fs::File::open(path).unwrap()
    });
    let linger = Duration::from_millis(50);
    let telemetry = start(Settings { access_log: AccessLog::File(path), linger, ..Settings::default() });
    let reader = other.join().unwrap();
    let target = telemetry.target("p", "m");
    // Far more lines than a pipe holds.
    for _ in 0..10_000 {
        telemetry.record(chat(&target));
    }
    assert!(!telemetry.flush(Duration::from_millis(200)), "the log is stuck");
    drop(telemetry);
    drop(reader);
}

#[test]
fn the_manual_lists_exactly_the_metrics_there_are() {
    let manual = include_str!("../../../docs/observability.md");
    let table = manual.split("<!-- metrics -->").nth(1).expect("the manual marks its table of metrics");
    let rows: Vec<_> = table.lines().filter(|line| line.starts_with("| `")).collect();
    let expected: Vec<_> = CATALOGUE
        .iter()
        .map(|metric| {
            let labels: Vec<_> = metric.labels.iter().map(|label| format!("`{label}`")).collect();
            format!(
                "| `{}` | {} | {} | {} |",
                metric.name,
                metric.kind.name(),
                labels.join(", "),
                metric.help
            )
        })
        .collect();
    assert_eq!(rows, expected);
}

#[test]
fn the_table_names_the_labels_series_really_have() {
    let telemetry = start(Settings::default());
    let mut record = chat(&telemetry.target("p", "m"));
    record.answer.limit = Some("request_rate");
    record.answer.losses = 1;
    let unpriced = Record { used: Used { cost: None, ..record.used.clone() }, ..record.clone() };
    telemetry.record(record);
    telemetry.record(unpriced);
    assert!(telemetry.flush(SOON));
    let metrics = telemetry.render_metrics();
    for metric in CATALOGUE {
        let stem = metric.name.strip_suffix("_total").unwrap_or(metric.name);
        assert!(metrics.contains(&format!("# TYPE {stem} {}\n", metric.kind.name())), "{}", metric.name);
        let sample = metrics.lines().find(|line| line.starts_with(metric.name)).expect(metric.name);
        let labels = sample.split_once('{').map_or("", |(_, rest)| rest.rsplit_once('}').unwrap().0);
        let mut names: Vec<_> = labels
            .split(',')
            .filter_map(|label| Some(label.split_once('=')?.0))
            .filter(|n| *n != "le")
            .collect();
        let mut expected = metric.labels.to_vec();
        names.sort_unstable();
        expected.sort_unstable();
        assert_eq!(names, expected, "{}", metric.name);
    }
}
