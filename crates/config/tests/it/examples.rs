//! Every example loads without a finding.

use std::path::{Path, PathBuf};

use config::Source;

use crate::machine::{Machine, machine};

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples")
}

/// A machine on which the examples' variables are set and their files lie.
fn prepared() -> Machine {
    ["CI_KEY", "OPENAI_API_KEY_2", "TEAM_A_KEY", "TEAM_B_KEY"]
        .iter()
        .fold(machine(), |machine, name| machine.var(name, &format!("value-of-{name}")))
        .file("certs/ca.pem", "-----BEGIN CERTIFICATE-----")
        .file("certs/server.pem", "-----BEGIN CERTIFICATE-----")
        .file("certs/server-key.pem", "-----BEGIN PRIVATE KEY-----")
        .file("secrets/openai-batch", "sk-batch\n")
}

/// The YAML files right in a folder, by name.
fn sources(folder: &Path) -> Vec<Source> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|e| e == "yaml")).collect();
    files.sort();
    let source = |path: &PathBuf| Source {
        name: path.file_name().unwrap().to_string_lossy().into_owned(),
        text: std::fs::read_to_string(path).unwrap(),
    };
    files.iter().map(source).collect()
}

#[test]
fn every_example_loads_without_a_finding() {
    let all = sources(&examples());
    assert!(all.len() >= 12, "only {} examples", all.len());
    for source in all {
        let loaded = config::load(std::slice::from_ref(&source), &prepared());
        assert_eq!(loaded.report(), "", "{}", source.name);
        assert!(loaded.config.is_some_and(|config| !config.providers.is_empty()), "{}", source.name);
        assert!(source.text.starts_with("# "), "{} does not say what it shows", source.name);
    }
}

#[test]
fn the_folder_loads_as_one() {
    let loaded = config::load(&sources(&examples().join("folder")), &prepared());
    assert_eq!(loaded.report(), "");
    let config = loaded.config.unwrap();
    let names: Vec<&str> = config.models.iter().map(|model| model.name.as_str()).collect();
    assert_eq!(names, ["team-a-chat", "team-b-chat"]);
    assert_eq!(config.access.unwrap().keys.len(), 2);
}

#[test]
fn no_secret_shows_in_a_loaded_configuration() {
    let secrets = ["sk-openai", "sk-anthropic", "sk-batch", "value-of-"];
    for source in sources(&examples()) {
        let shown = format!("{:#?}", config::load(std::slice::from_ref(&source), &prepared()));
        assert!(secrets.iter().all(|secret| !shown.contains(secret)), "{}", source.name);
    }
}
