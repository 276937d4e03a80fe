//! Configuration that changes while the gateway runs: by signal, by file, for the worse, and where a restart is needed.

use crate::{
    client::{CHAT, Streamed, call, chat, get, post},
    process::{Tidegate, config, until},
};

fn names(address: &str) -> Vec<String> {
    let list = get(address, "/v1/models").unwrap().json();
    list["data"].as_array().unwrap().iter().map(|model| model["id"].as_str().unwrap().to_owned()).collect()
}

/// Waits until the gateway lists `name`.
fn lists(address: &str, name: &str) {
    until(&format!("{name} to be listed"), || names(address).iter().any(|other| other == name).then_some(()));
}

const NOBODY: &str = "http://127.0.0.1:9";

#[test]
fn a_changed_file_is_taken_up_by_itself_and_a_running_stream_goes_on() {
    let sim = Tidegate::sim(&[]);
    let yaml = config(&sim.url(), "");
    let gateway = Tidegate::serve(&yaml);
    let address = gateway.address();
    let mut stream = Streamed::open(&address, "rate=40,tokens=40");
    assert!(stream.read_until("\"content\":"));
    gateway.replace("tidegate.yaml", &format!("{yaml}  second: {{ target: up/x }}\n"));
    lists(&address, "second");
    assert!(stream.read_until("[DONE]"), "{}", stream.seen);
    gateway.replace("tidegate.yaml", &format!("{yaml}  third: {{ target: up/x }}\n"));
    lists(&address, "third");
    assert_eq!(names(&address), ["m", "third"]);
}

#[test]
fn a_broken_file_is_reported_and_changes_nothing() {
    let sim = Tidegate::sim(&[]);
    let yaml = config(&sim.url(), "");
    let gateway = Tidegate::serve(&yaml);
    let address = gateway.address();
    gateway.replace("tidegate.yaml", &yaml.replace("target:", "targt:"));
    gateway.says("the running configuration stays", 1);
    gateway.says("tidegate.yaml:6:", 1);
    assert_eq!(names(&address), ["m"]);
    assert_eq!(post(&address, CHAT, &chat(false, "tokens=2")).status, 200);
    std::fs::remove_file(gateway.path("tidegate.yaml")).unwrap();
    gateway.says("the running configuration stays", 2);
    assert_eq!(names(&address), ["m"]);
    gateway.replace("tidegate.yaml", &format!("{yaml}  mended: {{ target: up/x }}\n"));
    lists(&address, "mended");
}

#[test]
fn a_signal_reads_secrets_again_that_no_watch_sees() {
    let secrets = tempfile::tempdir().unwrap();
    let file = secrets.path().join("key");
    std::fs::write(&file, "tg-one\n").unwrap();
    let access = format!("access: {{ keys: {{ ci: {{ key: 'file:{}' }} }} }}\n", file.display());
    let gateway = Tidegate::serve(&config(NOBODY, &access));
    let with = |key: &str| {
        call(&gateway.address(), "GET", "/v1/models", &format!("x-api-key: {key}\r\n"), "").unwrap().status
    };
    assert_eq!((with("tg-one"), with("tg-two")), (200, 401));
    std::fs::write(&file, "tg-two\n").unwrap();
    gateway.signal("HUP");
    until("the new key to count", || (with("tg-two") == 200).then_some(()));
    assert_eq!(with("tg-one"), 401);
}

#[test]
fn a_folder_is_one_configuration_and_is_watched() {
    let folder = tempfile::tempdir().unwrap();
    let conf = folder.path().join("conf");
    std::fs::create_dir(&conf).unwrap();
    std::fs::write(conf.join("a.yaml"), config(NOBODY, "")).unwrap();
    let gateway = Tidegate::start_in(folder, &["serve", "-c", "conf"], &[]);
    let address = gateway.address();
    assert_eq!(names(&address), ["m"]);
    std::fs::write(gateway.path("conf/b.yml"), "models: { added: { target: up/x } }\n").unwrap();
    lists(&address, "added");
    std::fs::remove_file(gateway.path("conf/b.yml")).unwrap();
    until("it to go again", || (names(&address) == ["m"]).then_some(()));
}

#[test]
fn what_needs_a_restart_is_said() {
    let yaml = config(NOBODY, "");
    let gateway = Tidegate::serve(&yaml);
    gateway.replace("tidegate.yaml", &yaml.replace("admin: '127.0.0.1:0'", "admin: '127.0.0.1:1'"));
    gateway.says("only with a restart", 1);
    assert_eq!(get(&gateway.admin(), "/healthz").unwrap().status, 200);
}

#[test]
fn a_log_that_was_moved_away_is_opened_anew() {
    let gateway = Tidegate::serve(&config(NOBODY, "logs: { access: access.log }\n"));
    let lines = |name: &str| std::fs::read_to_string(gateway.path(name)).unwrap_or_default().lines().count();
    get(&gateway.address(), "/v1/models").unwrap();
    until("the first line", || (lines("access.log") == 1).then_some(()));
    std::fs::rename(gateway.path("access.log"), gateway.path("access.log.1")).unwrap();
    gateway.signal("HUP");
    until("a new file", || gateway.path("access.log").exists().then_some(()));
    get(&gateway.address(), "/v1/models").unwrap();
    until("the second line", || (lines("access.log") == 1).then_some(()));
    assert_eq!(lines("access.log.1"), 1);
}
