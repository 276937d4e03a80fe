//! Where the gateway listens.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;

use crate::doc::{Limits, ServerTls};
use crate::place::Place;
use crate::units::schema::{AddressText, CidrText, DurationText, ModeText, OneOrMany, SizeText};

/// Where to listen and the bounds on what callers may do to the process.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Server {
    /// Address or addresses callers connect to: `ip:port` or `unix:/path`.
    #[schemars(with = "OneOrMany<AddressText>", extend("default" = "127.0.0.1:8080"))]
    pub listen: Vec<Listen>,
    /// Address of the admin listener (`/healthz`, `/readyz`, `/metrics`), or `off`.
    #[schemars(with = "AddressText", extend("default" = "127.0.0.1:8081"))]
    pub admin: Option<Listen>,
    /// Serve TLS on the TCP addresses of `listen`. Files are read again when they change.
    pub tls: Option<ServerTls>,
    /// Largest request body taken, as received.
    #[schemars(with = "SizeText", extend("default" = "32MiB"))]
    pub max_body: u64,
    /// Largest upstream answer that is held in memory because it has to be translated as a whole. Streams and
    /// answers that are passed on as they come are not bounded by it.
    #[schemars(with = "SizeText", extend("default" = "64MiB"))]
    pub max_response: u64,
    /// How long requests in flight may go on after SIGTERM before they are cut off.
    #[schemars(with = "DurationText", extend("default" = "30s"))]
    pub drain: Duration,
    /// Expect a PROXY protocol v2 header on TCP connections, as load balancers send it.
    pub proxy_protocol: Option<ProxyProtocol>,
    /// Permissions of unix sockets, in octal, such as `"0660"`. Without it the umask decides.
    #[schemars(with = "Option<ModeText>")]
    pub unix_mode: Option<u32>,
    /// Bounds on connections and on the time callers may take.
    #[schemars(default)]
    pub limits: Limits,
    /// Worker threads. Without it, one for each core the process may use.
    #[schemars(range(min = 1, max = 1024))]
    pub workers: Option<usize>,
    /// Where it stands.
    #[schemars(skip)]
    pub place: Place,
}

/// One address to listen on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listen {
    /// The address.
    pub address: Address,
    /// Where it stands.
    pub place: Place,
}

/// A TCP or unix socket address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Address {
    /// `ip:port`.
    Tcp(SocketAddr),
    /// `unix:/path`; a relative path is taken from the folder of the file that names it.
    Unix(PathBuf),
}

/// Which peers may say on whose behalf they connect.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ProxyProtocol {
    /// Networks of the load balancers, such as `10.0.0.0/8`. A connection from one of them must begin with a
    /// PROXY header; from elsewhere the header is not understood and the peer's own address counts.
    #[schemars(with = "Vec<CidrText>", length(min = 1))]
    pub trusted: Vec<crate::units::Cidr>,
}

impl Default for Server {
    fn default() -> Server {
        let loopback = |port| Listen {
            address: Address::Tcp(SocketAddr::from(([127, 0, 0, 1], port))),
            place: Place::default(),
        };
        Server {
            listen: vec![loopback(8080)],
            admin: Some(loopback(8081)),
            tls: None,
            max_body: 32 << 20,
            max_response: 64 << 20,
            drain: Duration::from_secs(30),
            proxy_protocol: None,
            unix_mode: None,
            limits: Limits::default(),
            workers: None,
            place: Place::default(),
        }
    }
}

impl Address {
    /// Whether only this machine can reach it.
    pub fn is_local(&self) -> bool {
        match self {
            Address::Tcp(address) => address.ip().to_canonical().is_loopback(),
            Address::Unix(_) => true,
        }
    }
}

/// As it is written in the configuration.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Tcp(address) => write!(f, "{address}"),
            Address::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}
