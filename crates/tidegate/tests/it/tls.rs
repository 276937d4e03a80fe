//! TLS as configured: trusted, negotiated, and replaced while running. What handshakes may do otherwise is the server's business.

use crate::{
    client::{Answer, connect, exchange},
    process::{Tidegate, config, until},
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use std::{net::TcpStream, process::Command, sync::Arc};

pub(crate) type Issuer = CertifiedIssuer<'static, KeyPair>;

pub(crate) fn issuer() -> Issuer {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    // A name of its own: one that is the same as the certificate's would make that one look self-signed.
    params.distinguished_name.push(DnType::CommonName, "an authority for a test");
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A certificate for `localhost` and its key, both PEM.
pub(crate) fn issue(issuer: &Issuer) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let cert = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&key, issuer).unwrap();
    (cert.pem(), key.serialize_pem())
}

fn serve(issuer: &Issuer) -> Tidegate {
    let folder = tempfile::tempdir().unwrap();
    let (cert, key) = issue(issuer);
    std::fs::write(folder.path().join("cert.pem"), cert).unwrap();
    std::fs::write(folder.path().join("key.pem"), key).unwrap();
    std::fs::write(folder.path().join("ca.pem"), issuer.pem()).unwrap();
    let tls = "server: { tls: { cert: cert.pem, key: key.pem }, ";
    let yaml = config("http://127.0.0.1:9", "").replace("server: { ", tls);
    std::fs::write(folder.path().join("tidegate.yaml"), yaml).unwrap();
    let gateway = Tidegate::start_in(folder, &["serve", "-c", "tidegate.yaml"], &[]);
    gateway.says("listening on https://", 1);
    gateway
}

fn handshake(gateway: &Tidegate, issuer: &Issuer, alpn: &str) -> StreamOwned<ClientConnection, TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(issuer.pem().as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![alpn.as_bytes().to_vec()];
    let mut client =
        ClientConnection::new(Arc::new(config), ServerName::try_from("localhost").unwrap()).unwrap();
    let mut socket = connect(&gateway.address()).unwrap();
    while client.is_handshaking() {
        client.complete_io(&mut socket).unwrap();
    }
    StreamOwned::new(client, socket)
}

fn models(gateway: &Tidegate, issuer: &Issuer) -> Answer {
    exchange(handshake(gateway, issuer, "http/1.1"), "localhost", "GET", "/v1/models", "", "").unwrap()
}

#[test]
fn https_is_spoken_and_h2_offered() {
    let issuer = issuer();
    let gateway = serve(&issuer);
    let answer = models(&gateway, &issuer);
    assert_eq!((answer.status, answer.json()["data"][0]["id"].as_str()), (200, Some("m")));
    for alpn in ["h2", "http/1.1"] {
        let stream = handshake(&gateway, &issuer, alpn);
        assert_eq!(stream.conn.alpn_protocol(), Some(alpn.as_bytes()));
    }
    let plain = crate::client::get(&gateway.address(), "/v1/models");
    assert!(plain.is_err() || plain.is_ok_and(|answer| answer.status != 200), "no plain text on a TLS port");
}

#[test]
fn a_new_certificate_is_shown_to_those_who_come_after() {
    let issuer = issuer();
    let gateway = serve(&issuer);
    let shown =
        || handshake(&gateway, &issuer, "http/1.1").conn.peer_certificates().unwrap()[0].as_ref().to_vec();
    let old = shown();
    assert_eq!(shown(), old);
    let (cert, key) = issue(&issuer);
    gateway.replace("key.pem", &key);
    gateway.replace("cert.pem", &cert);
    until("the new certificate", || (shown() != old).then_some(()));
    let new = shown();
    gateway.replace("cert.pem", "not a certificate");
    gateway.says("keeps its certificate", 1);
    assert_eq!(shown(), new);
    assert_eq!(models(&gateway, &issuer).status, 200);
}

#[test]
fn curl_speaks_http2_over_tls_and_in_the_clear() {
    let features =
        Command::new("curl").arg("--version").output().map(|output| output.stdout).unwrap_or_default();
    if !String::from_utf8_lossy(&features).contains("HTTP2") {
        println!("skipped: there is no curl that speaks HTTP/2");
        return;
    }
    let curl = |arguments: &[&str]| {
        let output = Command::new("curl")
            .args(["-sS", "-m", "10", "-w", " %{http_version}"])
            .args(arguments)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{said} {}", String::from_utf8_lossy(&output.stderr));
        said
    };
    let issuer = issuer();
    let gateway = serve(&issuer);
    let (_, port) =
        gateway.address().rsplit_once(':').map(|(ip, port)| (ip.to_owned(), port.to_owned())).unwrap();
    let (url, ca) = (format!("https://localhost:{port}/v1/models"), gateway.path("ca.pem"));
    let said = curl(&[
        "--http2",
        "--resolve",
        &format!("localhost:{port}:127.0.0.1"),
        "--cacert",
        ca.to_str().unwrap(),
        &url,
    ]);
    assert!(said.contains("\"id\":\"m\"") && said.ends_with(" 2"), "{said}");

    let gateway = Tidegate::serve(&config("http://127.0.0.1:9", ""));
    let said = curl(&["--http2-prior-knowledge", &format!("http://{}/v1/models", gateway.address())]);
    assert!(said.contains("\"id\":\"m\"") && said.ends_with(" 2"), "{said}");
}
