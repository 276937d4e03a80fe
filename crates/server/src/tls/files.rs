//! The files behind a listener's TLS and their bytes, read together so that a change can be told.

use std::path::{Path, PathBuf};

use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::TlsFault;

/// The largest file read; a chain with its CA bundle is a few hundred kilobytes at most.
const MAX_FILE: u64 = 4 * 1024 * 1024;

/// Where a listener's certificates are, all PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, followed by its intermediates.
    pub cert: PathBuf,
    /// Its private key: PKCS#8, PKCS#1 or SEC1, not encrypted.
    pub key: PathBuf,
    /// The CAs that client certificates are checked against. None: clients are not asked for one.
    pub client_ca: Option<PathBuf>,
    /// What becomes of clients without a certificate, where there is a client CA.
    pub client_auth: ClientAuth,
}

/// What becomes of clients without a certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClientAuth {
    /// Their handshake fails.
    #[default]
    Required,
    /// They are let in, without an identity. A certificate that does not verify still fails.
    Optional,
}

/// The files' content.
#[derive(PartialEq, Eq)]
pub(super) struct Material {
    cert: Vec<u8>,
    key: Vec<u8>,
    pub(super) client_ca: Option<Vec<u8>>,
}

impl Material {
    pub(super) fn read(files: &TlsFiles) -> Result<Self, TlsFault> {
        Ok(Self {
            cert: read(&files.cert)?,
            key: read(&files.key)?,
            client_ca: files.client_ca.as_deref().map(read).transpose()?,
        })
    }

    pub(super) fn chain(&self, files: &TlsFiles) -> Result<Vec<CertificateDer<'static>>, TlsFault> {
        certificates(&self.cert, &files.cert)
    }

    pub(super) fn key(&self, files: &TlsFiles) -> Result<PrivateKeyDer<'static>, TlsFault> {
        // The parser's own message is not shown: this file is secret.
        PrivateKeyDer::from_pem_slice(&self.key)
            .map_err(|_| malformed(&files.key, "no private key found, expected PEM with PRIVATE KEY"))
    }

    /// The client CAs and their file's name, if clients are asked for a certificate.
    pub(super) fn client_roots(
        &self,
        files: &TlsFiles,
    ) -> Result<Option<(Box<str>, RootCertStore)>, TlsFault> {
        let (Some(bytes), Some(path)) = (&self.client_ca, &files.client_ca) else { return Ok(None) };
        let mut roots = RootCertStore::empty();
        for certificate in certificates(bytes, path)? {
            roots
                .add(certificate)
                .map_err(|fault| malformed(path, &format!("not usable as a client CA: {fault}")))?;
        }
        Ok(Some((path.display().to_string().into(), roots)))
    }
}

fn read(path: impl AsRef<Path>) -> Result<Vec<u8>, TlsFault> {
    let path = path.as_ref();
    let unreadable = |reason| TlsFault::Unreadable { path: path.display().to_string().into(), reason };
    if std::fs::metadata(path).map_err(unreadable)?.len() > MAX_FILE {
        return Err(malformed(path, "larger than 4 MiB, expected a PEM file"));
    }
    std::fs::read(path).map_err(unreadable)
}

fn certificates(bytes: &[u8], path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsFault> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(bytes).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        _ => Err(malformed(path, "no certificate found, expected PEM with CERTIFICATE")),
    }
}

fn malformed(path: &Path, problem: &str) -> TlsFault {
    TlsFault::Malformed { path: path.display().to_string().into(), problem: problem.into() }
}
