//! Several files, the rendered report, and the start without a file.

use config::{Severity, from_environment, schema};

use crate::machine::{Machine, machine, report};

const P: &str = "providers: { p: { kind: openai, base_url: http://h/v1 } }\n";

#[test]
fn resources_by_name_come_together() {
    let loaded = machine().load(&[
        ("a.yaml", P),
        ("b.yaml", "models: { m: { target: p/x } }\naccess: { keys: { a: { key: x } } }"),
        ("c.yaml", "models: { n: { target: p/x } }\naccess: { keys: { b: { key: y } }, anonymous: {} }"),
    ]);
    assert_eq!(loaded.report(), "");
    let config = loaded.config.unwrap();
    assert_eq!(config.models.iter().map(|model| model.name.as_str()).collect::<Vec<_>>(), ["m", "n"]);
    let access = config.access.unwrap();
    assert!(access.keys.len() == 2 && access.anonymous.is_some());
    assert_eq!(access.keys[1].place.to_string(), "c.yaml:2:19");
}

#[test]
fn a_name_in_two_files_is_an_error_that_names_both() {
    let loaded = machine().load(&[
        ("a.yaml", P),
        ("b.yaml", "server: { drain: 1s }\nmodels: { m: { target: p/x } }"),
        ("c.yaml", "server: { drain: 2s }\nmodels: { m: { target: p/x } }"),
    ]);
    assert!(loaded.config.is_none());
    let told: Vec<String> = loaded
        .diagnostics
        .iter()
        .map(|d| format!("{} {} {}", d.place, d.message, d.help.as_ref().unwrap()))
        .collect();
    assert_eq!(
        told,
        [
            "c.yaml:1:1 `server` is given twice it is already given at b.yaml:1:1; keep one of the two",
            "c.yaml:2:11 `m` is given twice it is already given at b.yaml:2:11; keep one of the two",
        ]
    );
}

#[test]
fn a_file_that_is_not_yaml_does_not_make_references_look_wrong() {
    let loaded = machine()
        .load(&[("a.yaml", "providers: {"), ("b.yaml", "models: { m: { target: p/x, strategy: none } }")]);
    let codes: Vec<&str> = loaded.diagnostics.iter().map(|d| d.code).collect();
    assert_eq!(codes, ["syntax", "unknown-value"]);
}

#[test]
fn a_report_shows_the_spot() {
    let text = "# A comment.\nserver:\n  lsiten: 0.0.0.0:8080\n  drain: 30\nproviders: { p: { kind: openai, base_url: http://h } }\nmodels:\n  m: { targets: [{ provider: p, model: x, weight: 2 }] }\n";
    let expected = "\
error[unknown-field]: `lsiten` is not a field here
 --> tidegate.yaml:3:3
  |
3 |   lsiten: 0.0.0.0:8080
  |   ^^^^^^
  = help: did you mean `listen`?

error[wrong-value]: `30` is not a duration
 --> tidegate.yaml:4:10
  |
4 |   drain: 30
  |          ^^
  = help: a unit is missing: write `30s` for seconds or `30ms`

warning[no-effect]: the weight has no effect under `strategy: priority`
 --> tidegate.yaml:7:18
  |
7 |   m: { targets: [{ provider: p, model: x, weight: 2 }] }
  |                  ^
  = help: write `strategy: weighted`

2 errors, 1 warning
";
    assert_eq!(report(text), expected);
}

#[test]
fn a_long_line_is_shown_around_the_spot() {
    let filler = "x".repeat(300);
    let report = report(&format!("server: {{ \"{filler}\": 1, drain: 1, \"y{filler}\": 2 }}"));
    let excerpt = report.lines().find(|line| line.contains("drain: 1")).unwrap();
    assert!(excerpt.chars().count() < 130, "{excerpt}");
    let mark = report.lines().skip_while(|line| !line.contains("drain: 1")).nth(1).unwrap();
    let under: String = excerpt.chars().skip(mark.chars().count() - 1).take(1).collect();
    assert_eq!(under, "1", "{report}");
}

#[test]
fn warnings_alone_do_not_keep_a_configuration_from_being_used() {
    let loaded = machine().load(&[("a.yaml", "server: {}")]);
    assert_eq!(loaded.diagnostics[0].severity, Severity::Warning);
    assert!(loaded.config.is_some());
    assert!(loaded.report().ends_with("\n1 warning\n"));
}

#[test]
fn without_a_file_the_environment_names_the_providers() {
    let loaded =
        from_environment(&Machine::default().var("ANTHROPIC_API_KEY", "sk-a").var("OPENAI_API_KEY", ""));
    assert_eq!(loaded.report(), "");
    let config = loaded.config.unwrap();
    assert_eq!(config.providers.len(), 1);
    assert_eq!(config.providers[0].name, "anthropic");
    assert_eq!(config.providers[0].credentials[0].key.expose(), "sk-a");
    let exact = config.models.iter().find(|model| model.name.starts_with("claude-sonnet-4")).unwrap();
    assert_eq!((exact.targets[0].provider.as_str(), &exact.targets[0].model), ("anthropic", &exact.name));
    assert!(config.models.iter().any(|model| model.takes("claude-of-the-future-7")));
    assert!(config.server.listen.iter().all(|listen| listen.address.is_local()));
}

#[test]
fn without_a_file_every_known_variable_counts() {
    let all = catalog::Catalog::builtin().providers().iter().filter_map(|provider| provider.env.last());
    let machine = all.clone().fold(Machine::default(), |machine, name| machine.var(name, "key"));
    let loaded = from_environment(&machine);
    assert_eq!(loaded.report(), "");
    assert_eq!(loaded.config.unwrap().providers.len(), all.count());
}

#[test]
fn without_a_file_and_without_keys_there_is_nothing_to_start() {
    let loaded = from_environment(&Machine::default());
    assert!(loaded.config.is_none());
    let report = loaded.report();
    assert!(report.contains("there is neither a configuration file nor a provider's key"), "{report}");
    assert!(report.contains("OPENAI_API_KEY") && report.contains("ANTHROPIC_API_KEY"), "{report}");
}

#[test]
fn the_schema_is_one_of_json_schema_2020_12() {
    assert_eq!(schema()["$schema"], "https://json-schema.org/draft/2020-12/schema");
}
