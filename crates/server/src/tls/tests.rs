//! Loading and reloading; handshakes are tested over sockets in `tests/it`.

use super::*;
use ca::TestCa;

#[path = "../../tests/it/ca.rs"]
mod ca;

#[test]
fn unchanged_files_are_no_reload() {
    let dir = tempfile::tempdir().unwrap();
    let ca = TestCa::new("ca");
    let tls = ServerTls::load(ca.write_server(dir.path(), "one.example")).unwrap();
    assert!(!tls.reload().unwrap());
    ca.write_server(dir.path(), "two.example");
    assert!(tls.reload().unwrap());
    assert!(!tls.reload().unwrap());
}

#[test]
fn a_bad_pair_keeps_the_old_one_and_says_why() {
    let dir = tempfile::tempdir().unwrap();
    let ca = TestCa::new("ca");
    let files = ca.write_server(dir.path(), "one.example");
    let tls = ServerTls::load(files.clone()).unwrap();
    let before = tls.config.load_full();
    std::fs::write(&files.key, ca.issue("other.example").1).unwrap();
    let fault = tls.reload().unwrap_err().to_string();
    assert!(fault.contains("server.pem") && fault.contains("cannot be used together"), "{fault}");
    assert!(Arc::ptr_eq(&before, &tls.config.load_full()));
}

#[test]
fn faults_name_the_file_and_not_its_content() {
    let dir = tempfile::tempdir().unwrap();
    let ca = TestCa::new("ca");
    let files = ca.write_server(dir.path(), "one.example");
    std::fs::write(&files.key, "hunter2").unwrap();
    let fault = ServerTls::load(files.clone()).unwrap_err().to_string();
    assert!(fault.contains("server.key: no private key found") && !fault.contains("hunter2"), "{fault}");
    std::fs::remove_file(&files.cert).unwrap();
    let fault = ServerTls::load(files).unwrap_err().to_string();
    assert!(fault.starts_with("cannot read") && fault.contains("server.pem"), "{fault}");
}

#[test]
fn tickets_survive_a_renewal_but_not_a_change_of_the_client_ca() {
    let dir = tempfile::tempdir().unwrap();
    let ca = TestCa::new("ca");
    let mut files = ca.write_server(dir.path(), "one.example");
    let client_ca = dir.path().join("clients.pem");
    std::fs::write(&client_ca, ca.pem()).unwrap();
    files.client_ca = Some(client_ca.clone());
    let tls = ServerTls::load(files).unwrap();
    let first = tls.config.load_full().ticketer.clone();
    ca.write_server(dir.path(), "two.example");
    assert!(tls.reload().unwrap());
    assert!(Arc::ptr_eq(&first, &tls.config.load_full().ticketer));
    std::fs::write(&client_ca, TestCa::new("another").pem()).unwrap();
    assert!(tls.reload().unwrap());
    assert!(!Arc::ptr_eq(&first, &tls.config.load_full().ticketer));
}
