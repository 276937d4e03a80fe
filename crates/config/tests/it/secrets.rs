//! Secrets: where they come from, and that they never show.

use crate::machine::{Machine, check, findings, machine, report};

const KEY: &str = "providers: { p: { kind: openai, credentials: [{ key: ";

#[test]
fn variables_work_in_any_text() {
    let machine = Machine::default().var("SIZE", "2KiB").var("STRICT", "true").var("N", "7").var("KEY", "k");
    let config = machine.good(
        "server: { max_body: \"${SIZE}\", workers: \"${N}\", drain: \"${N}s\" }\nstrict_translation: \"${STRICT}\"\nproviders: { p: { kind: \"${KIND:-openai}\", credentials: [{ key: \"${KEY}\" }], headers: { x-a: \"$${KEY}\" } } }",
    );
    assert_eq!(
        (config.server.max_body, config.server.workers, config.strict_translation),
        (2048, Some(7), true)
    );
    assert_eq!(config.providers[0].credentials[0].key.expose(), "k");
    assert_eq!(config.providers[0].headers[0].1, "${KEY}");
}

#[test]
fn all_missing_variables_are_named_at_once() {
    check(
        "server: { drain: \"${DRAIN}\" }\nproviders: { p: { kind: openai, credentials: [{ key: \"${NO_KEY}\" }, { key: \"${NO\" }, { key: \"${a b}\" }] } }",
        &[
            "error[unset-variable] 1:18+10 the environment variable `DRAIN` is not set | set it, or give a default: `${DRAIN:-default}`",
            "error[unset-variable] 2:54+11 the environment variable `NO_KEY` is not set | set it, or give a default: `${NO_KEY:-default}`",
            "error[variable-syntax] 2:76+6 `${` has no closing `}` | write `$${` for a `${` that is not a variable",
            "error[variable-syntax] 2:93+8 `a b` is not the name of an environment variable | write `${NAME}` or `${NAME:-default}`; `$${` for a `${` that is not a variable",
        ],
    );
}

#[test]
fn a_secret_may_be_a_file_without_its_line_end() {
    let machine = Machine::default().file("/run/secrets/openai", "sk-file\r\n").file("etc/rel", "sk-rel\n");
    let config = machine.good(&format!("{KEY}'file:/run/secrets/openai' }}] }} }}"));
    assert_eq!(config.providers[0].credentials[0].key.expose(), "sk-file");
    let loaded = machine.load(&[("etc/tidegate.yaml", &format!("{KEY}'file:rel' }}] }} }}"))]);
    assert_eq!(loaded.config.unwrap().providers[0].credentials[0].key.expose(), "sk-rel");
}

#[test]
fn a_file_that_cannot_be_read_or_is_empty_is_an_error() {
    check(
        &format!("{KEY}'file:/nowhere' }}] }} }}"),
        &["error[unreadable-secret] 1:54+15 the secret's file `/nowhere` cannot be read: entity not found"],
    );
    let machine = Machine::default().file("empty", "\n").var("EMPTY", "");
    for secret in ["'file:empty'", "\"${EMPTY}\"", "' '"] {
        let loaded = machine.load(&[("tidegate.yaml", &format!("{KEY}{secret} }}] }} }}"))]);
        assert_eq!(loaded.diagnostics.len(), 1);
        assert_eq!(loaded.diagnostics[0].code, "empty-secret", "{secret}");
    }
}

#[test]
fn a_value_from_a_variable_is_not_repeated_in_messages() {
    let machine = Machine::default().var("SECRET", "hunter2");
    for text in [
        "server: { drain: '${SECRET}' }",
        "logs: { level: '${SECRET}' }",
        "providers: { p: { kind: '${SECRET}' } }",
    ] {
        let report = machine.load(&[("tidegate.yaml", text)]).report();
        assert!(report.contains("the value of the variable is not"), "{report}");
        assert!(!report.contains("hunter2"), "{report}");
    }
}

#[test]
fn excerpts_star_out_secrets() {
    for text in [
        "providers: { p: { kind: openia, credentials: [{ key: hunter2 }] } }",
        "providers: { p: { kind: openai, base_url: http://h, headers: { x: hunter2, host: b } } }",
        "providers: { p: { kind: openai, api_key: hunter2 } }",
        "providers: { p: { kind: openai, credentials: hunter2 } }",
        "providers: { p: { kind: openai, credentials: [hunter2] } }",
        "providers: { p: { kind: openai, credentials: [{ key: 'hunter2 hunter2' }] } }",
        "providers: { p: { kind: openai, credentials: [{ key: \"${X:-hunter2}\", x: 1 }] } }",
        "providers: { p: { kind: openai, base_url: http://u:hunter2@h } }",
        "providers: { p: { kind: openai, credentials: [{ key: |\n  hunter2\n  hunter2\n}] } }",
        "providers:\n  p:\n    kind: openai\n    credentials:\n      - key: |\n          hunter2\n          hunter2\n",
        "providers:\n  p:\n    kind: openai\n    credentials:\n      - key: hunter2\n       name: x\n",
        "access: { keys: { a: { key: hunter2, expires: never } } }",
        "access: { keys: { a: hunter2 } }",
        "access: { keys: { a: { token: hunter2 } } }",
        "guards: { webhook: { authorization: hunter2 } }",
        "providers: { p: { kind: openai, credentials: [{ key: hunter2 }] ",
        "providers: { p: { kind: openai }, p: { kind: openai, api_key: hunter2 } }",
    ] {
        let report = report(text);
        assert!(report.contains("error"), "{text}\n{report}");
        assert!(!report.contains("hunter2"), "{text}\n{report}");
    }
}

#[test]
fn a_report_on_sources_as_they_are_stars_out_what_looks_secret() {
    for text in [
        "providers: { p: { kind: openia, credentials: [{ key: hunter2 }] } }",
        "providers: { p: { kind: openai, api_key: hunter2 } }",
        "providers: { p: { kind: openai, credentials: hunter2 } }",
        "providers:\n  p:\n    kind: openai\n    credentials:\n      - key: hunter2\n       name: x\n",
        "access: { keys: { a: { key: hunter2, expires: never } } }",
        "providers: { p: { kind: openai, credentials: [{ key: hunter2 }] ",
    ] {
        let loaded = machine().load(&[("tidegate.yaml", text)]);
        let raw = config::Source { name: "tidegate.yaml".into(), text: text.into() };
        let report = config::render(&loaded.diagnostics, &[raw]);
        assert!(report.contains("tidegate.yaml:") && !report.contains("hunter2"), "{text}\n{report}");
    }
}

#[test]
fn excerpts_keep_what_says_nothing_secret() {
    let report = report(
        "providers: { p: { kind: openia, credentials: [{ key: \"${OPENAI_API_KEY}\" }, { key: 'file:x' }], timeots: { connect: 2s } } }",
    );
    assert!(report.contains("kind: openia, credentials: [{ key: \"${OPENAI_API_KEY}\" }, { key: 'file:x' }], timeots: { connect: 2s }"), "{report}");
}

#[test]
fn a_provider_of_the_vendor_needs_credentials() {
    check(
        "providers: { p: { kind: openai }, q: { kind: openai, credentials: [] }, r: { kind: openai, base_url: http://h }, s: { kind: openai, headers: { authorization: x } } }",
        &[
            "error[no-credentials] 1:14+1 provider `p` has no credentials, and OpenAI asks for them | add `credentials: [{ key: \"${OPENAI_API_KEY}\" }]`, which is set",
            "error[no-credentials] 1:35+1 provider `q` has no credentials, and OpenAI asks for them | add `credentials: [{ key: \"${OPENAI_API_KEY}\" }]`, which is set",
        ],
    );
    let unset = Machine::default().load(&[("tidegate.yaml", "providers: { p: { kind: openai } }")]);
    assert!(unset.diagnostics[0].help.as_ref().unwrap().ends_with("}]`"));
}

#[test]
fn a_credential_given_twice_is_an_error() {
    assert_eq!(
        findings(&format!("{KEY}a, name: x }}, {{ key: a }}, {{ key: b, name: x }}] }} }}")),
        [
            "error[duplicate] 1:68+1 the key of this credential is that of the one at tidegate.yaml:1:47",
            "error[duplicate] 1:80+1 the name of this credential is that of the one at tidegate.yaml:1:47",
        ]
    );
}

#[test]
fn certificates_must_be_there() {
    let machine = machine().file("text", "no pem");
    let loaded = machine.load(&[(
        "tidegate.yaml",
        "server: { tls: { cert: gone.pem, key: text } }\nproviders: { p: { kind: openai, base_url: https://h, tls: { ca: gone.pem, cert: cert.pem } } }",
    )]);
    let findings: Vec<String> = loaded.diagnostics.iter().map(crate::machine::line).collect();
    assert_eq!(
        findings,
        [
            "error[unreadable-file] 1:24+8 `gone.pem` cannot be read: entity not found",
            "error[unreadable-file] 1:39+4 `text` holds no private key in PEM form",
            "error[missing] 2:59+1 `key` is missing: `cert` needs it | write, for example, `key: client-key.pem`",
            "error[unreadable-file] 2:65+8 `gone.pem` cannot be read: entity not found",
        ]
    );
}
