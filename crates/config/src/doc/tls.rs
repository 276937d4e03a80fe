//! Certificates, as paths: the files are read by whoever uses them, and again when they change.

use std::path::PathBuf;

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
