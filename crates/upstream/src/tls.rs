//! Everything TLS: which roots are trusted, who we are, and what is negotiated. rustls is seen nowhere else.

use std::io;
use std::sync::{Arc, OnceLock};

use rustls::ClientConfig;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls_platform_verifier::Verifier;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::settings::HttpVersion;

/// Trust and identity beyond the platform's, as PEM.
#[derive(Clone, Default)]
pub struct ClientTlsSettings {
    /// Certificates trusted beside the platform's roots.
    pub ca: Option<Vec<u8>>,
    /// The client certificate, its chain after it.
    pub cert: Option<Vec<u8>>,
    /// The client certificate's private key.
    pub key: Option<Vec<u8>>,
}

/// Why TLS settings cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BadTls {
    /// The platform has no usable roots and none were given, or rustls refuses what was given.
    #[error("tls cannot be set up: {0}")]
    Setup(#[from] rustls::Error),
    /// A PEM file does not hold what it should.
    #[error("{0} is not valid PEM or holds no {1}")]
    Pem(&'static str, &'static str),
    /// One of certificate and key without the other.
    #[error("a client certificate needs both cert and key")]
    Half,
    /// The URL's host cannot be verified against a certificate.
    #[error("the host is not a valid server name")]
    ServerName,
}

/// How to speak TLS as a client: roots, identity and remembered sessions.
pub struct ClientTls {
    config: Arc<ClientConfig>,
}

impl ClientTls {
    /// Reads PEM into trust and identity; the platform's roots are read now.
    ///
    /// # Errors
    /// When a PEM does not hold what it should, or no root at all is trusted.
    pub fn new(settings: &ClientTlsSettings) -> Result<ClientTls, BadTls> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier = match &settings.ca {
            None => Verifier::new(Arc::clone(&provider))?,
            Some(pem) => Verifier::new_with_extra_roots(certificates("ca", pem)?, Arc::clone(&provider))?,
        };
        let builder =
            client_builder(provider)?.dangerous().with_custom_certificate_verifier(Arc::new(verifier));
        let config = match (&settings.cert, &settings.key) {
            (None, None) => builder.with_no_client_auth(),
            (Some(cert), Some(key)) => {
                let key =
                    PrivateKeyDer::from_pem_slice(key).map_err(|_| BadTls::Pem("key", "private key"))?;
                builder.with_client_auth_cert(certificates("cert", cert)?, key)?
            }
            _ => return Err(BadTls::Half),
        };
        Ok(ClientTls { config: Arc::new(config) })
    }

    /// The one for endpoints that ask for nothing special; made on first use, shared from then on.
    pub(crate) fn platform() -> Result<Arc<ClientTls>, BadTls> {
        static PLATFORM: OnceLock<Arc<ClientTls>> = OnceLock::new();
        if let Some(tls) = PLATFORM.get() {
            return Ok(Arc::clone(tls));
        }
        let made = Arc::new(ClientTls::new(&ClientTlsSettings::default())?);
        Ok(Arc::clone(PLATFORM.get_or_init(|| made)))
    }
}

fn client_builder(
    provider: Arc<CryptoProvider>,
) -> Result<rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>, BadTls> {
    Ok(ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?)
}

fn certificates(name: &'static str, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, BadTls> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    found.ok().filter(|found| !found.is_empty()).ok_or(BadTls::Pem(name, "certificate"))
}

/// What a handshake agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Agreed {
    Http1,
    Http2,
}

/// TLS towards one server.
pub(crate) struct TlsDialer {
    connector: TlsConnector,
    name: ServerName<'static>,
    http: HttpVersion,
}

impl TlsDialer {
    pub(crate) fn new(tls: &ClientTls, host: &str, http: HttpVersion) -> Result<TlsDialer, BadTls> {
        let name = ServerName::try_from(host.to_owned()).map_err(|_| BadTls::ServerName)?;
        // The clone shares the session store, so resumption works across endpoints of one `ClientTls`.
        let mut config = ClientConfig::clone(&tls.config);
        config.alpn_protocols = match http {
            HttpVersion::Auto => vec![b"h2".to_vec(), b"http/1.1".to_vec()],
            HttpVersion::Http1 => vec![b"http/1.1".to_vec()],
            HttpVersion::Http2 => vec![b"h2".to_vec()],
        };
        Ok(TlsDialer { connector: TlsConnector::from(Arc::new(config)), name, http })
    }

    /// Shakes hands over a connected socket.
    ///
    /// # Errors
    /// When no session comes of it, or not one for the HTTP version insisted on.
    pub(crate) async fn handshake(&self, socket: TcpStream) -> io::Result<(TlsStream<TcpStream>, Agreed)> {
        let stream = self.connector.connect(self.name.clone(), socket).await?;
        let agreed = match (stream.get_ref().1.alpn_protocol(), self.http) {
            (Some(b"h2"), _) => Agreed::Http2,
            (_, HttpVersion::Http2) => return Err(io::Error::other("the server does not speak HTTP/2")),
            _ => Agreed::Http1,
        };
        Ok((stream, agreed))
    }
}
