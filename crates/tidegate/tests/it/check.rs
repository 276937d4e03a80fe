//! Commands that do their work and end: `check`, `schema`, and how mistakes on the command line are answered.

use crate::{
    process::{command, run, stderr, stdout},
    tls::{issue, issuer},
};
use std::path::Path;

const GOOD: &str =
    "providers: { up: { kind: openai, credentials: [{ key: sk }] } }\nmodels: { m: { target: up/x } }\n";

fn folder(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("tidegate.yaml"), text).unwrap();
    folder
}

#[test]
fn a_good_file_is_ok() {
    let folder = folder(GOOD);
    for arguments in
        [&["check"][..], &["check", "tidegate.yaml"], &["check", "-c", "tidegate.yaml"], &["check", "."]]
    {
        let output = run(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?} {} {}", stdout(&output), stderr(&output));
        assert!(stdout(&output).contains("ok (0 errors, 0 warnings)"), "{}", stdout(&output));
    }
}

#[test]
fn every_fault_is_shown_with_its_place_and_the_code_is_one() {
    let folder = folder("providers:\n  up: { kind: opnai }\nmodels:\n  m: { targt: up/x }\nservr: {}\n");
    let output = run(folder.path(), &["check", "tidegate.yaml"]);
    let said = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    for part in
        ["tidegate.yaml:2:", "tidegate.yaml:4:", "tidegate.yaml:5:", "did you mean `openai`", "not usable"]
    {
        assert!(said.contains(part), "{part} in\n{said}");
    }
}

#[test]
fn what_only_compiling_finds_is_found() {
    let folder = folder(&format!("{GOOD}server: {{ tls: {{ cert: missing.pem, key: missing.key }} }}\n"));
    let output = run(folder.path(), &["check", "tidegate.yaml"]);
    assert_eq!(output.status.code(), Some(1), "{}", stdout(&output));
    assert!(stdout(&output).contains("missing.pem"), "{}", stdout(&output));
}

#[test]
fn a_missing_file_is_said_plainly() {
    let folder = tempfile::tempdir().unwrap();
    for command in ["check", "serve"] {
        let output = run(folder.path(), &[command, "-c", "nowhere.yaml"]);
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains("nowhere.yaml"), "{}", stderr(&output));
        assert!(!stderr(&output).contains("panicked"));
    }
    let empty = run(folder.path(), &["check", "."]);
    assert!(
        empty.status.code() == Some(1) && stderr(&empty).contains("no *.yaml file"),
        "{}",
        stderr(&empty)
    );
}

/// Names of variables that `text` wants.
fn variables(text: &str) -> Vec<String> {
    let named = |part: &str| part.split(['}', ':']).next().unwrap().to_owned();
    text.split("${").skip(1).map(named).collect()
}

/// Copies `from` with what it holds.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let (path, name) = entry.map(|entry| (entry.path(), entry.file_name())).unwrap();
        if path.is_dir() {
            copy(&path, &to.join(name));
        } else {
            std::fs::copy(&path, to.join(name)).unwrap();
        }
    }
}

/// The files that examples name, as their comments say how to make them.
fn supply(folder: &Path) {
    std::fs::create_dir_all(folder.join("certs")).unwrap();
    std::fs::create_dir_all(folder.join("secrets")).unwrap();
    let issuer = issuer();
    let (cert, key) = issue(&issuer);
    for (name, text) in [("server.pem", cert), ("server-key.pem", key), ("ca.pem", issuer.pem())] {
        std::fs::write(folder.join("certs").join(name), text).unwrap();
    }
    std::fs::write(folder.join("secrets/openai-batch"), "sk-batch\n").unwrap();
}

#[test]
fn every_example_is_ok() {
    let folder = tempfile::tempdir().unwrap();
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples"), folder.path());
    supply(folder.path());
    let text = |path: &Path| std::fs::read_to_string(path).unwrap_or_default();
    let mut count = 0;
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        let parts: Vec<_> =
            std::fs::read_dir(&path).into_iter().flatten().map(|part| part.unwrap().path()).collect();
        let all: String =
            parts.iter().chain([&path]).filter(|file| is_yaml(file)).map(|file| text(file)).collect();
        if all.is_empty() {
            continue;
        }
        let mut command = command(folder.path(), &["check", path.to_str().unwrap()]);
        let secrets = variables(&all).into_iter().map(|name| (name.clone(), format!("secret-{name}")));
        let output = command.envs(secrets).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}\n{}", stdout(&output), stderr(&output));
        count += 1;
    }
    assert!(count >= 10, "only {count} examples were found");
}

fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml")
}

#[test]
fn the_schema_is_json_schema() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &["schema"]);
    let schema: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(schema["$schema"].as_str().unwrap().contains("json-schema.org"));
    assert!(schema["properties"]["providers"].is_object());
}

#[test]
fn mistakes_on_the_command_line_are_answered_with_help() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [&[][..], &["serv"], &["serve", "--port", "1"], &["sim", "--seed", "many"]] {
        let output = run(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&output).contains("--help"), "{}", stderr(&output));
    }
    let output = run(folder.path(), &["sim", "--profile", "rat=50"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("--profile") && stderr(&output).contains("rat"), "{}", stderr(&output));
    assert!(stdout(&run(folder.path(), &["--version"])).starts_with("tidegate 0."));
}
