//! HTTPS: whom we trust, who we are, what is negotiated.

use std::sync::Arc;

use rcgen::{CertifiedKey, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{HandshakeKind, RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use upstream::{BadTls, ClientTls, ClientTlsSettings, Endpoint, EndpointSettings, HttpVersion, SendFault};

use crate::peer::{OK, call, endpoint, post};

/// A server with a certificate of its own making.
pub(crate) struct Secure {
    listener: TcpListener,
    acceptor: TlsAcceptor,
    pub(crate) ca: Vec<u8>,
}

fn made(name: &str) -> CertifiedKey<KeyPair> {
    rcgen::generate_simple_self_signed(vec![name.to_owned(), "127.0.0.1".to_owned()]).unwrap()
}

impl Secure {
    pub(crate) async fn new(alpn: &[&str]) -> Secure {
        Secure::asking(alpn, None).await
    }

    /// Asks for a client certificate issued by `clients`, if given.
    async fn asking(alpn: &[&str], clients: Option<&CertifiedKey<KeyPair>>) -> Secure {
        let own = made("localhost");
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider));
        let builder = builder.with_safe_default_protocol_versions().unwrap();
        let builder = match clients {
            None => builder.with_no_client_auth(),
            Some(clients) => {
                let mut roots = RootCertStore::empty();
                roots.add(clients.cert.der().clone()).unwrap();
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
                builder.with_client_cert_verifier(verifier.unwrap())
            }
        };
        let chain = vec![CertificateDer::from(own.cert.der().to_vec())];
        let key = PrivateKeyDer::from_pem_slice(own.signing_key.serialize_pem().as_bytes()).unwrap();
        let mut config = builder.with_single_cert(chain, key).unwrap();
        config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        Secure {
            listener: TcpListener::bind("127.0.0.1:0").await.unwrap(),
            acceptor: TlsAcceptor::from(Arc::new(config)),
            ca: own.cert.pem().into_bytes(),
        }
    }

    pub(crate) fn settings(&self, host: &str) -> EndpointSettings {
        let tls = ClientTlsSettings { ca: Some(self.ca.clone()), ..ClientTlsSettings::default() };
        self.settings_with(host, &tls)
    }

    fn settings_with(&self, host: &str, tls: &ClientTlsSettings) -> EndpointSettings {
        let port = self.listener.local_addr().unwrap().port();
        EndpointSettings {
            tls: Some(Arc::new(ClientTls::new(tls).unwrap())),
            ..EndpointSettings::for_url(format!("https://{host}:{port}"))
        }
    }

    pub(crate) async fn accept(&self) -> std::io::Result<TlsStream<TcpStream>> {
        let (socket, _) = self.listener.accept().await?;
        self.acceptor.accept(socket).await
    }
}

async fn answer(stream: &mut TlsStream<TcpStream>) {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\nx") {
        request.push(stream.read_u8().await.unwrap());
    }
    stream.write_all(OK.as_bytes()).await.unwrap();
    stream.flush().await.unwrap();
}

/// Two requests; the server answers both on one connection.
async fn twice_on_one(server: &Secure, endpoint: &Endpoint) {
    let serve = async {
        let mut stream = server.accept().await.unwrap();
        answer(&mut stream).await;
        answer(&mut stream).await;
        stream
    };
    let calls = async {
        assert_eq!(call(endpoint, post("x")).await.unwrap(), "ok");
        assert_eq!(call(endpoint, post("x")).await.unwrap(), "ok");
    };
    tokio::join!(serve, calls);
    assert_eq!(endpoint.stats().connects, 1);
}

#[tokio::test]
async fn a_trusted_server_is_reached_by_name_and_by_address() {
    let server = Secure::new(&["http/1.1"]).await;
    for host in ["localhost", "127.0.0.1"] {
        twice_on_one(&server, &endpoint(server.settings(host))).await;
    }
}

#[tokio::test]
async fn without_alpn_it_is_http1() {
    let server = Secure::new(&[]).await;
    twice_on_one(&server, &endpoint(server.settings("localhost"))).await;
}

async fn refused(server: &Secure, settings: EndpointSettings) -> SendFault {
    let endpoint = endpoint(settings);
    let (answered, _) = tokio::join!(call(&endpoint, post("x")), server.accept());
    answered.unwrap_err()
}

#[tokio::test]
async fn a_server_nobody_vouches_for_is_refused() {
    let server = Secure::new(&["http/1.1"]).await;
    let stranger = Secure::new(&["http/1.1"]).await;
    let tls = ClientTlsSettings { ca: Some(stranger.ca.clone()), ..ClientTlsSettings::default() };
    let fault = refused(&server, server.settings_with("localhost", &tls)).await;
    assert!(matches!(fault, SendFault::Tls(_)) && !fault.sent(), "{fault:?}");
}

#[tokio::test]
async fn a_server_that_must_speak_http2_and_does_not_is_refused() {
    let server = Secure::new(&[]).await;
    let settings = EndpointSettings { http: HttpVersion::Http2, ..server.settings("localhost") };
    let fault = refused(&server, settings).await;
    assert!(matches!(fault, SendFault::Tls(_)), "{fault:?}");
}

#[tokio::test]
async fn a_session_is_resumed_on_the_next_connection() {
    let server = Secure::new(&["http/1.1"]).await;
    let endpoint = endpoint(server.settings("localhost"));
    let mut kinds = Vec::new();
    for _ in 0..2 {
        let serve = async {
            let mut stream = server.accept().await.unwrap();
            answer(&mut stream).await;
            let kind = stream.get_ref().1.handshake_kind();
            stream.shutdown().await.unwrap();
            kind
        };
        let (answered, kind) = tokio::join!(call(&endpoint, post("x")), serve);
        assert_eq!(answered.unwrap(), "ok");
        kinds.push(kind.unwrap());
    }
    assert!(matches!(kinds[0], HandshakeKind::Full | HandshakeKind::FullWithHelloRetryRequest));
    assert_eq!(kinds[1], HandshakeKind::Resumed);
}

#[tokio::test]
async fn a_client_certificate_is_shown_where_there_is_one() {
    let client = made("gateway");
    let server = Secure::asking(&["http/1.1"], Some(&client)).await;
    let tls = ClientTlsSettings {
        ca: Some(server.ca.clone()),
        cert: Some(client.cert.pem().into_bytes()),
        key: Some(client.signing_key.serialize_pem().into_bytes()),
    };
    twice_on_one(&server, &endpoint(server.settings_with("localhost", &tls))).await;
    let fault = refused(&server, server.settings("localhost")).await;
    assert!(!matches!(fault, SendFault::Connect(_)), "{fault:?}");
}

#[test]
fn tls_settings_that_cannot_work_are_refused() {
    let with = |ca: &str, cert: Option<&str>| ClientTlsSettings {
        ca: Some(ca.as_bytes().to_vec()),
        cert: cert.map(|pem| pem.as_bytes().to_vec()),
        key: None,
    };
    let good = made("localhost").cert.pem();
    assert!(matches!(ClientTls::new(&with("not pem", None)), Err(BadTls::Pem("ca", _))));
    assert!(matches!(ClientTls::new(&with(&good, Some(&good))), Err(BadTls::Half)));
}
