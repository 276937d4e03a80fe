//! The server's side of TLS: certificates from files, replaced while running, and what a handshake
//! tells of the peer. The only module here that knows rustls' configuration.

mod client_cert;
mod der;
mod files;

use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::{Ticketer, default_provider};
use rustls::server::{NoServerSessionStorage, ProducesTickets, ServerConnection, WebPkiClientVerifier};
use tokio_rustls::TlsAcceptor;

use crate::TlsPeer;
pub use client_cert::read as read_client_cert;
use files::Material;
pub use files::{ClientAuth, TlsFiles};

/// A listener's certificate, key and client CA, and the handshakes they make.
///
/// [`ServerTls::reload`] replaces them for handshakes to come; connections live on with what they
/// began with.
pub struct ServerTls {
    files: TlsFiles,
    config: ArcSwap<ServerConfig>,
    loaded: Mutex<Loaded>,
}

struct Loaded {
    material: Material,
    tickets: Arc<dyn ProducesTickets>,
}

/// Why certificates could not be loaded. The message names the file, never its content.
#[derive(Debug, thiserror::Error)]
pub enum TlsFault {
    /// A file is missing or unreadable.
    #[error("cannot read {path}: {reason}")]
    Unreadable {
        /// The file.
        path: Box<str>,
        /// What the system said.
        #[source]
        reason: std::io::Error,
    },
    /// A file holds something else than it should.
    #[error("{path}: {problem}")]
    Malformed {
        /// The file.
        path: Box<str>,
        /// What was found and what was expected.
        problem: Box<str>,
    },
    /// Certificate and key do not belong together, or one of them is of an unsupported kind.
    #[error("certificate {cert} and key {key} cannot be used together: {reason}")]
    Pair {
        /// The certificate's file.
        cert: Box<str>,
        /// The key's file.
        key: Box<str>,
        /// What rustls said.
        #[source]
        reason: rustls::Error,
    },
    /// The system has no randomness for session tickets.
    #[error("cannot make session ticket keys: {0}")]
    Tickets(#[source] rustls::Error),
}

impl ServerTls {
    /// Reads the files and checks that they can serve.
    ///
    /// # Errors
    /// As [`TlsFault`] says.
    pub fn load(files: TlsFiles) -> Result<Self, TlsFault> {
        let material = Material::read(&files)?;
        let tickets = Ticketer::new().map_err(TlsFault::Tickets)?;
        let config = configure(&files, &material, &tickets)?;
        let loaded = Mutex::new(Loaded { material, tickets });
        Ok(Self { files, config: ArcSwap::from_pointee(config), loaded })
    }

    /// Reads the files again; whether they had changed. Handshakes to come use the new ones.
    ///
    /// # Errors
    /// As [`TlsFault`] says; then the old ones stay in use.
    pub fn reload(&self) -> Result<bool, TlsFault> {
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        let material = Material::read(&self.files)?;
        if material == loaded.material {
            return Ok(false);
        }
        // A ticket stands for a client certificate checked earlier, so it must not outlive the CA
        // that was checked against. A mere renewal of our own certificate leaves sessions resumable.
        let tickets = match material.client_ca == loaded.material.client_ca {
            true => loaded.tickets.clone(),
            false => Ticketer::new().map_err(TlsFault::Tickets)?,
        };
        let config = configure(&self.files, &material, &tickets)?;
        self.config.store(Arc::new(config));
        *loaded = Loaded { material, tickets };
        Ok(true)
    }

    /// The files this was loaded from, for a watcher.
    pub fn files(&self) -> &TlsFiles {
        &self.files
    }

    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(self.config.load_full())
    }
}

impl std::fmt::Debug for ServerTls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerTls").field("files", &self.files).finish_non_exhaustive()
    }
}

fn configure(
    files: &TlsFiles,
    material: &Material,
    tickets: &Arc<dyn ProducesTickets>,
) -> Result<ServerConfig, TlsFault> {
    let provider = Arc::new(default_provider());
    let builder = ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|reason| pair_fault(files, reason))?;
    let builder = match material.client_roots(files)? {
        None => builder.with_no_client_auth(),
        Some((path, roots)) => {
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            let verifier = match files.client_auth {
                ClientAuth::Required => verifier,
                ClientAuth::Optional => verifier.allow_unauthenticated(),
            };
            let verifier = verifier.build().map_err(|fault| TlsFault::Malformed {
                path,
                problem: format!("cannot serve as client CA: {fault}").into(),
            })?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    let mut config = builder
        .with_single_cert(material.chain(files)?, material.key(files)?)
        .map_err(|reason| pair_fault(files, reason))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    // Tickets keep sessions at the caller's; a store of our own would be one more buffer to bound.
    config.ticketer = tickets.clone();
    config.session_storage = Arc::new(NoServerSessionStorage {});
    Ok(config)
}

fn pair_fault(files: &TlsFiles, reason: rustls::Error) -> TlsFault {
    TlsFault::Pair {
        cert: files.cert.display().to_string().into(),
        key: files.key.display().to_string().into(),
        reason,
    }
}

/// What a finished handshake tells of the peer.
pub(crate) fn peer(connection: &ServerConnection) -> TlsPeer {
    let leaf = connection.peer_certificates().and_then(|chain| chain.first());
    TlsPeer {
        sni: connection.server_name().map(Into::into),
        alpn: connection.alpn_protocol().map(|name| String::from_utf8_lossy(name).into()),
        client: leaf.map(|leaf| client_cert::read(leaf)),
    }
}

#[cfg(test)]
mod tests;
