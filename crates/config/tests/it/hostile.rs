//! Files meant to hurt: an error in bounded time, never a panic.

use std::fmt::Write as _;

use proptest::prelude::*;

use crate::machine::{check, findings, machine};

#[test]
fn deep_nesting_is_refused() {
    for (open, close) in [("[", "]"), ("{a: ", "}")] {
        let text = format!("models: {}{}", open.repeat(10_000), close.repeat(10_000));
        let findings = findings(&text);
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert!(findings[0].starts_with("error[too-deep]"), "{findings:?}");
    }
    let mut text = String::new();
    for depth in 0..2_000 {
        let _ = writeln!(text, "{}a:", " ".repeat(depth.min(100)));
    }
    assert!(findings(&text)[0].starts_with("error["));
}

#[test]
fn repeated_aliases_are_counted_as_if_written_out() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let before = format!("*a{}, ", level - 1).repeat(10);
        let _ = writeln!(text, "a{level}: &a{level} [{before}]");
    }
    let findings = findings(&text);
    assert_eq!(findings.len(), 1);
    assert!(findings[0].starts_with("error[too-large]"), "{findings:?}");
}

#[test]
fn control_characters_are_named() {
    check(
        "server:\n  a\0b: 1\n",
        &["error[syntax] 2:4+1 the control character U+0000 cannot stand in a YAML file"],
    );
    check("a: \u{1b}[2J", &["error[syntax] 1:4+1 the control character U+001B cannot stand in a YAML file"]);
}

#[test]
fn a_file_of_ten_megabytes_is_refused() {
    let findings = findings(&"# comment\n".repeat(1 << 20));
    assert_eq!(findings, ["error[too-large] 0:0+0 the file is larger than 8 MiB"]);
}

#[test]
fn a_hundred_thousand_mistakes_are_told_in_part() {
    let mut text = String::from("server:\n");
    for number in 0..100_000 {
        let _ = writeln!(text, "  lsiten{number}: 1");
    }
    let loaded = machine().load(&[("tidegate.yaml", &text)]);
    assert_eq!(loaded.diagnostics.len(), 501);
    assert_eq!(loaded.diagnostics[500].message, "there are 99500 more findings; mend these first");
}

#[test]
fn the_same_name_a_hundred_thousand_times_is_told_in_part() {
    let text: String = (0..100_000).map(|number| format!("x{}: 1\n", number % 50_000)).collect();
    assert!(machine().load(&[("tidegate.yaml", &text)]).config.is_none());
}

#[test]
fn ten_thousand_models_are_no_trouble() {
    let mut text = String::from("providers: { p: { kind: openai, base_url: http://h } }\nmodels:\n");
    for number in 0..10_000 {
        let _ = writeln!(text, "  m{number}: {{ target: p/x, fallback: [m{}] }}", number + 1);
    }
    text.push_str("  m10000: { target: p/x }\n");
    assert_eq!(machine().good(&text).models.len(), 10_001);
}

#[test]
fn messages_do_not_carry_control_characters_or_endless_texts() {
    let text = format!("server: {{ drain: \"\\e[2J\", admin: \"{}\" }}", "x".repeat(5_000));
    let findings = findings(&text);
    assert!(
        findings.iter().all(|finding| !finding.contains('\u{1b}') && finding.len() < 400),
        "{findings:?}"
    );
}

/// Texts near enough to a configuration to get past the parser.
fn fragments() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "server",
        "listen",
        "providers",
        "models",
        "access",
        "keys",
        "key",
        "a",
        "targets",
        "target",
        "p/x",
        "kind",
        "openai",
        ": ",
        ":",
        "\n",
        "\n  ",
        "\n    ",
        "- ",
        "{",
        "}",
        "[",
        "]",
        ", ",
        "\"",
        "'",
        "${A}",
        "${",
        "$${",
        "&a ",
        "*a",
        "|",
        ">",
        "#",
        "1s",
        "32MiB",
        "~",
        "\t",
        "!!str",
        "---",
        "?",
        "é",
        "\r\n",
        "%",
        "@",
        "`",
        "policies",
        "rate",
        "file:x",
        "fallback",
        "aliases",
        "*",
        "'gpt-*'",
    ]);
    prop::collection::vec(words, 0..60).prop_map(|words| words.concat())
}

fn whole(text: &str) {
    let loaded = machine().load(&[("tidegate.yaml", text)]);
    let errors = loaded.diagnostics.iter().filter(|d| d.is_error()).count();
    assert_eq!(loaded.config.is_none(), errors > 0);
    let report = loaded.report();
    assert_eq!(report.is_empty(), loaded.diagnostics.is_empty());
    let lines = u32::try_from(text.split(['\n', '\r']).count()).unwrap();
    assert!(loaded.diagnostics.iter().all(|d| d.place.line <= lines + 1), "{:?}", loaded.diagnostics);
}

proptest! {
    #[test]
    fn any_text_is_a_configuration_or_findings(text in ".{0,200}") {
        whole(&text);
    }

    #[test]
    fn any_bytes_are_a_configuration_or_findings(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        whole(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn anything_like_a_configuration_is_one_or_has_findings(text in fragments()) {
        whole(&text);
    }
}
