//! What is not YAML, or not YAML as configuration means it.

use crate::machine::{check, findings, machine};

#[test]
fn an_empty_file_has_no_provider() {
    for text in ["", "# nothing\n", "---\n", "\u{feff}", "providers:\n"] {
        let findings = findings(text);
        assert!(
            findings[0].starts_with("warning[no-providers] 0:0+0 no provider is configured"),
            "{findings:?}"
        );
        assert_eq!(findings.len(), 1, "{text:?}");
    }
}

#[test]
fn a_syntax_error_has_its_place() {
    check("server: {\n", &["error[syntax] 1:9+1 this is not YAML: unclosed bracket '{'"]);
    check(
        "server:\n  drain: 1s: 2\n",
        &["error[syntax] 2:12+1 this is not YAML: mapping values are not allowed in this context"],
    );
}

#[test]
fn an_unquoted_variable_in_braces_gets_the_advice_to_quote() {
    let findings = findings("providers: { a: { kind: ${KIND} } }");
    assert!(findings[0].ends_with("| put a text with `${…}` in quotes, such as \"${NAME}\""), "{findings:?}");
    assert_eq!(findings.len(), 1);
}

#[test]
fn a_tab_as_indentation_gets_the_advice_to_use_spaces() {
    let findings = findings("server:\n\tdrain: 1s\n");
    assert!(findings[0].ends_with("| indent with spaces, not with tabs"), "{findings:?}");
}

#[test]
fn a_name_given_twice_is_an_error_at_the_second() {
    check(
        "server:\n  drain: 1s\n  drain: 2s\npolicies: {}\nproviders: { a: { kind: openai, base_url: http://h } }\npolicies: {}\n",
        &[
            "error[duplicate] 3:3+5 `drain` is given twice | it is already given at tidegate.yaml:2:3; keep one of the two",
            "error[duplicate] 6:1+8 `policies` is given twice | it is already given at tidegate.yaml:4:1; keep one of the two",
        ],
    );
}

#[test]
fn an_anchor_stands_for_its_value() {
    let config = machine().good(
        "providers:\n  a: { kind: openai, base_url: http://h, timeouts: &t { connect: 1s } }\n  b: { kind: openai, base_url: http://h, timeouts: *t }\n",
    );
    assert_eq!(config.providers[0].timeouts, config.providers[1].timeouts);
    assert_eq!(config.providers[1].timeouts.connect, Some(std::time::Duration::from_secs(1)));
}

#[test]
fn a_merge_key_brings_what_is_not_said() {
    let config = machine().good(
        "providers:\n  a: &a { kind: openai, base_url: http://h, timeouts: { connect: 1s }, max_connections: 7 }\n  b: { <<: *a, max_connections: 8 }\n  c: { max_connections: 9, <<: [{ kind: anthropic }, *a] }\n",
    );
    let seen: Vec<(&str, u32)> =
        config.providers.iter().map(|provider| (provider.kind.as_str(), provider.max_connections)).collect();
    assert_eq!(seen, [("openai", 7), ("openai", 8), ("anthropic", 9)]);
    assert_eq!(config.providers[1].timeouts, config.providers[0].timeouts);
    check(
        "server: { <<: 3 }",
        &[
            "error[syntax] 1:11+2 `<<` stands for a mapping or a list of mappings | write `<<: *name`, where `&name` stands before a mapping",
        ],
    );
}

#[test]
fn a_mistake_in_an_anchor_is_told_once() {
    let text = "providers:\n  a: { kind: openai, base_url: http://h, timeouts: &t { connect: 1 } }\n  b: { kind: openai, base_url: http://h, timeouts: *t }\n";
    assert_eq!(findings(text).len(), 1);
}

#[test]
fn an_alias_cannot_stand_inside_what_it_repeats() {
    check("models: &a { x: *a }", &["error[syntax] 1:17+2 the alias stands inside what it repeats"]);
}

#[test]
fn an_unknown_alias_is_an_error() {
    let findings = findings("models: *nothing");
    assert!(findings[0].starts_with("error[syntax] 1:9"), "{findings:?}");
}

#[test]
fn tags_complex_names_and_second_documents_are_refused() {
    check("server: !!map {}", &["error[syntax] 1:15+1 YAML tags have no meaning here"]);
    check(
        "? [a]\n: b\n",
        &[
            "error[syntax] 1:3+1 a name is expected before the colon, found a list, mapping or alias | put a text that contains braces or brackets in quotes, such as \"${NAME}\"",
        ],
    );
    check(
        "server: {}\n---\nserver: {}\n",
        &[
            "error[syntax] 2:1+3 a second document begins here | put it in a file of its own: all files of a folder are read together",
        ],
    );
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_do_not_move_places() {
    let expected = ["error[unknown-field] 2:3+6 `lsiten` is not a field here | did you mean `listen`?"];
    check("server:\n  lsiten: 1\n", &expected);
    check("\u{feff}server:\r\n  lsiten: 1\r\n", &expected);
}

#[test]
fn columns_count_characters() {
    check(
        "server: { \"größe\": \"ä\", drain: 1 }",
        &[
            "error[unknown-field] 1:11+7 `größe` is not a field here | fields here: listen, admin, tls, max_body, max_response, drain, proxy_protocol, unix_mode, limits, workers",
            "error[wrong-value] 1:32+1 `1` is not a duration | a unit is missing: write `1s` for seconds or `1ms`",
        ],
    );
}

#[test]
fn the_whole_file_must_be_a_mapping() {
    check("- server", &["error[wrong-type] 1:1+1 expected a mapping, found a list"]);
    check("server", &["error[wrong-type] 1:1+6 expected a mapping, found text"]);
}
