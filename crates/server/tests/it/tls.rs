use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::client::Resumption;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use server::{ClientAuth, ListenerSettings, ServerTls, TlsFiles};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::ca::TestCa;
use crate::gate::{Gate, get, last, rest, settings, soon, until};

fn with_tls(files: TlsFiles) -> (ListenerSettings, Arc<ServerTls>) {
    let tls = Arc::new(ServerTls::load(files).unwrap());
    (ListenerSettings { tls: Some(tls.clone()), ..settings() }, tls)
}

fn with_client_ca(dir: &Path, ca: &TestCa, auth: ClientAuth) -> TlsFiles {
    let path = dir.join("clients.pem");
    std::fs::write(&path, ca.pem()).unwrap();
    TlsFiles { client_ca: Some(path), client_auth: auth, ..ca.write_server(dir, "gate.example") }
}

/// A caller that trusts `ca`, offers these protocols and maybe shows a certificate of `identity`.
fn caller(ca: &TestCa, alpn: &[&str], identity: Option<(String, String)>) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(ca.pem().as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let mut config = match identity {
        None => builder.with_no_client_auth(),
        Some((cert, key)) => {
            let cert = CertificateDer::from_pem_slice(cert.as_bytes()).unwrap();
            let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
            builder.with_client_auth_cert(vec![cert], key).unwrap()
        }
    };
    config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    config.resumption = Resumption::disabled();
    TlsConnector::from(Arc::new(config))
}

async fn connect(gate: &Gate, caller: &TlsConnector, name: &str) -> std::io::Result<TlsStream<TcpStream>> {
    let name = ServerName::try_from(name.to_owned()).unwrap();
    soon(caller.connect(name, gate.connect().await)).await
}

/// Sends one HTTP/1 request and reads the answer; empty if the server would not have us.
async fn ask(gate: &Gate, caller: &TlsConnector, path: &str) -> String {
    match connect(gate, caller, "gate.example").await {
        Err(_) => String::new(),
        Ok(mut stream) => {
            let _ = stream.write_all(last(path).as_bytes()).await;
            rest(&mut stream).await
        }
    }
}

#[tokio::test]
async fn the_protocol_is_agreed_in_the_handshake() {
    let dir = tempfile::tempdir().unwrap();
    let ca = TestCa::new("ca");
    let gate = Gate::open(with_tls(ca.write_server(dir.path(), "gate.example")).0).await;
    let answer = ask(&gate, &caller(&ca, &["http/1.1"], None), "/one").await;
    assert!(
        answer.contains("HTTP/1.1 /one") && answer.contains("sni=gate.example alpn=http/1.1"),
        "{answer}"
    );
    let answer = ask(&gate, &caller(&ca, &[], None), "/none").await;
    assert!(answer.contains("HTTP/1.1 /none") && answer.contains("alpn=-"), "{answer}");
    let stream = connect(&gate, &caller(&ca, &["h2", "http/1.1"], None), "gate.example").await.unwrap();
    let (mut sender, _connection) = crate::http2::join(stream).await;
    let answer = crate::http2::ask(&mut sender, "/two").await;
    assert!(answer.contains("HTTP/2.0 /two") && answer.contains("alpn=h2"), "{answer}");
}

#[tokio::test]
async fn a_required_client_certificate_is_required() {
    let dir = tempfile::tempdir().unwrap();
    let ca = TestCa::new("ca");
    let gate = Gate::open(with_tls(with_client_ca(dir.path(), &ca, ClientAuth::Required)).0).await;
    let known = caller(&ca, &[], Some(ca.issue("batch.example")));
    let answer = ask(&gate, &known, "/known").await;
    assert!(answer.contains("client=CN=batch.example dns=batch.example"), "{answer}");
    assert_eq!(ask(&gate, &caller(&ca, &[], None), "/unknown").await, "");
    let stranger = caller(&ca, &[], Some(TestCa::new("other").issue("batch.example")));
    assert_eq!(ask(&gate, &stranger, "/stranger").await, "");
    assert_eq!(gate.stats.handshake_failures.value(), 2);
}

#[tokio::test]
async fn an_optional_client_certificate_must_still_verify() {
    let dir = tempfile::tempdir().unwrap();
    let ca = TestCa::new("ca");
    let gate = Gate::open(with_tls(with_client_ca(dir.path(), &ca, ClientAuth::Optional)).0).await;
    assert!(ask(&gate, &caller(&ca, &[], None), "/unknown").await.contains("client=- "));
    let known = caller(&ca, &[], Some(ca.issue("batch.example")));
    assert!(ask(&gate, &known, "/known").await.contains("client=CN=batch.example "));
    let stranger = caller(&ca, &[], Some(TestCa::new("other").issue("batch.example")));
    assert_eq!(ask(&gate, &stranger, "/stranger").await, "");
}

#[tokio::test]
async fn a_renewed_certificate_is_for_new_connections_and_the_old_ones_live_on() {
    let dir = tempfile::tempdir().unwrap();
    let ca = TestCa::new("ca");
    let (settings, tls) = with_tls(ca.write_server(dir.path(), "gate.example"));
    let gate = Gate::open(settings).await;
    let caller = caller(&ca, &[], None);
    let shown = |stream: &TlsStream<TcpStream>| stream.get_ref().1.peer_certificates().unwrap()[0].to_vec();
    let mut old = connect(&gate, &caller, "gate.example").await.unwrap();
    old.write_all(get("/one").as_bytes()).await.unwrap();
    until(&mut old, "dns=-").await;
    ca.write_server(dir.path(), "gate.example");
    assert!(tls.reload().unwrap());
    let new = connect(&gate, &caller, "gate.example").await.unwrap();
    assert_ne!(shown(&old), shown(&new));
    old.write_all(get("/two").as_bytes()).await.unwrap();
    assert!(until(&mut old, "dns=-").await.contains("/two"));
}

#[tokio::test]
async fn a_caller_that_leaves_cancels_its_exchange() {
    let dir = tempfile::tempdir().unwrap();
    let ca = TestCa::new("ca");
    let gate = Gate::open(with_tls(ca.write_server(dir.path(), "gate.example")).0).await;
    let caller = caller(&ca, &[], None);
    // With a goodbye of TLS and without.
    for polite in [true, false] {
        let mut stream = connect(&gate, &caller, "gate.example").await.unwrap();
        stream.write_all(get("/hang").as_bytes()).await.unwrap();
        soon(gate.script.entered.notified()).await;
        if polite {
            stream.shutdown().await.unwrap();
        }
        drop(stream);
        soon(gate.script.dropped.notified()).await;
    }
}

#[tokio::test]
async fn a_handshake_that_does_not_come_is_cut() {
    let dir = tempfile::tempdir().unwrap();
    let ca = TestCa::new("ca");
    let (mut settings, _) = with_tls(ca.write_server(dir.path(), "gate.example"));
    settings.limits.handshake = Duration::from_millis(100);
    let gate = Gate::open(settings).await;
    assert_eq!(gate.send("\x16\x03\x01").await, "");
    assert_eq!(gate.stats.handshake_failures.value(), 1);
}

#[tokio::test]
async fn plain_text_on_a_tls_port_is_a_failed_handshake() {
    let dir = tempfile::tempdir().unwrap();
    let ca = TestCa::new("ca");
    let gate = Gate::open(with_tls(ca.write_server(dir.path(), "gate.example")).0).await;
    let answer = gate.send(last("/one")).await;
    assert!(!answer.contains("HTTP"), "{answer}");
    assert_eq!(gate.stats.handshake_failures.value(), 1);
}
