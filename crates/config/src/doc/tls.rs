//! Certificates, as paths: the files are read by whoever uses them, and again when they change.

use std::path::PathBuf;

use crate::diagnostic::Diagnostic;
use crate::reading::{Object, Read, Reading, choice};
use crate::yaml::Node;
use schemars::JsonSchema;

/// TLS on the gateway's own listeners.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ServerTls {
    /// PEM file with the certificate chain, the gateway's own certificate first.
    pub cert: PathBuf,
    /// PEM file with the private key.
    pub key: PathBuf,
    /// PEM file with the authorities that sign callers' certificates (mutual TLS).
    pub client_ca: Option<PathBuf>,
    /// Whether a caller must show a certificate. Only with `client_ca`.
    #[schemars(extend("default" = "required"))]
    pub client_auth: ClientAuth,
}

/// Whether a caller must show a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum ClientAuth {
    /// No certificate, no connection.
    Required,
    /// A certificate is checked if one is shown.
    Optional,
}

/// TLS towards a provider.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ClientTls {
    /// PEM file with the authorities to trust instead of the system's.
    pub ca: Option<PathBuf>,
    /// PEM file with the certificate chain to show (mutual TLS). Needs `key`.
    pub cert: Option<PathBuf>,
    /// PEM file with the private key that belongs to `cert`.
    pub key: Option<PathBuf>,
}

impl Read for ServerTls {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<ServerTls> {
        let mut object = Object::open(node, cx);
        let cert = object.required::<CertFile>("cert", "cert: cert.pem");
        let key = object.required::<KeyFile>("key", "key: key.pem");
        let client_ca = object.optional::<CertFile>("client_ca").map(|file| file.0);
        if client_ca.is_none() && object.has("client_auth") && !object.has("client_ca") {
            object.missing("`client_auth` has no effect without `client_ca`", "client_ca: ca.pem");
        }
        let client_auth = object.or("client_auth", ClientAuth::Required);
        object.finish();
        Some(ServerTls { cert: cert?.0, key: key?.0, client_ca, client_auth })
    }
}

impl Read for ClientAuth {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<ClientAuth> {
        let choices = [("required", ClientAuth::Required), ("optional", ClientAuth::Optional)];
        choice(node, cx, "a way to ask for certificates", &choices)
    }
}

impl Read for ClientTls {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<ClientTls> {
        let mut object = Object::open(node, cx);
        let tls = ClientTls {
            ca: object.optional("ca").map(|CertFile(path)| path),
            cert: object.optional("cert").map(|CertFile(path)| path),
            key: object.optional("key").map(|KeyFile(path)| path),
        };
        match (object.has("cert"), object.has("key")) {
            (true, false) => object.missing("`key` is missing: `cert` needs it", "key: client-key.pem"),
            (false, true) => object.missing("`cert` is missing: `key` needs it", "cert: client.pem"),
            _ => {}
        }
        object.finish();
        Some(tls)
    }
}

/// A file with at least one certificate.
struct CertFile(PathBuf);

impl Read for CertFile {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<CertFile> {
        pem(node, cx, "-----BEGIN CERTIFICATE-----", "certificate").map(CertFile)
    }
}

/// A file with a private key.
struct KeyFile(PathBuf);

impl Read for KeyFile {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<KeyFile> {
        pem(node, cx, "PRIVATE KEY-----", "private key").map(KeyFile)
    }
}

/// The path, if the file is there and holds what it should; whether the pieces fit is seen when they are used.
fn pem(node: &Node, cx: &Reading<'_>, marker: &str, what: &str) -> Option<PathBuf> {
    let path = PathBuf::read(node, cx)?;
    let message = match cx.env.read_file(&path) {
        Ok(text) if text.contains(marker) => return Some(path),
        Ok(_) => format!("`{}` holds no {what} in PEM form", path.display()),
        Err(fault) => format!("`{}` cannot be read: {fault}", path.display()),
    };
    cx.report(Diagnostic::error("unreadable-file", &node.place, message));
    None
}
