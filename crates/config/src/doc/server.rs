//! Where the gateway listens.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;

use crate::doc::{Limits, ServerTls};
use crate::place::Place;
use crate::reading::{Many, Object, Read, Reading, Size, number, parsed};
use crate::source::Source;
use crate::units::schema::{AddressText, CidrText, DurationText, ModeText, OneOrMany, SizeText};
use crate::yaml::{Node, Value};

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
    /// Largest answer of a provider that is not a stream. A larger one fails as an upstream error.
    #[schemars(with = "SizeText", extend("default" = "64MiB"))]
    pub max_response: u64,
    /// How long requests in flight may go on after SIGTERM before they are cut off.
    #[schemars(with = "DurationText", extend("default" = "30s"))]
    pub drain: Duration,
    /// Expect a PROXY protocol header, version 1 or 2, on TCP connections, as load balancers send it.
    pub proxy_protocol: Option<ProxyProtocol>,
    /// Permissions of unix sockets, in octal, such as `"0660"`. Without it, `"0660"`.
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
    /// Networks of the load balancers, such as `10.0.0.0/8`. Every connection must come from one of them and begin with a
    /// PROXY header; others are closed and counted.
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

impl Read for Server {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<Server> {
        let mut object = Object::open(node, cx);
        let default = Server::default();
        Some(Server {
            listen: object.optional("listen").map_or(default.listen, |Many(listen)| listen),
            admin: object.or("admin", Admin(default.admin)).0,
            tls: object.optional("tls"),
            max_body: object.or("max_body", Size(default.max_body)).0,
            max_response: object.or("max_response", Size(default.max_response)).0,
            drain: object.or("drain", default.drain),
            proxy_protocol: object.optional("proxy_protocol"),
            unix_mode: object.optional("unix_mode").map(|Mode(mode)| mode),
            limits: object.or("limits", default.limits),
            workers: object.optional("workers").map(|Workers(workers)| workers),
            place: object.finish(),
        })
    }
}

impl Read for Listen {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<Listen> {
        let address = parsed(node, cx, "an address to listen on", |text| address(text, &node.place.file))?;
        Some(Listen { address, place: node.place.clone() })
    }
}

/// Reads an address; a relative socket path is taken from the folder of `file`.
fn address(text: &str, file: &str) -> Result<Address, String> {
    if let Some(path) = text.strip_prefix("unix:") {
        return match path {
            "" => Err("write the path of the socket behind `unix:`".to_owned()),
            _ => Ok(Address::Unix(Source::resolve(file, path))),
        };
    }
    let numeric = match text.strip_prefix("localhost:") {
        Some(port) => format!("127.0.0.1:{port}"),
        None => text.to_owned(),
    };
    let port = text.trim_start_matches(['*', ':']);
    numeric.parse().map(Address::Tcp).map_err(|_| match port.parse::<u16>() {
        Ok(port) => format!(
            "write `127.0.0.1:{port}` for this machine only, `0.0.0.0:{port}` or `[::]:{port}` for all"
        ),
        Err(_) => "write `ip:port`, such as `127.0.0.1:8080`, or `unix:/path`".to_owned(),
    })
}

/// An address, or `off`.
struct Admin(Option<Listen>);

impl Read for Admin {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<Admin> {
        match &node.value {
            Value::Text(text) if text.text == "off" => {
                cx.show(node);
                Some(Admin(None))
            }
            _ => Listen::read(node, cx).map(|listen| Admin(Some(listen))),
        }
    }
}

/// Permissions in octal.
struct Mode(u32);

impl Read for Mode {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<Mode> {
        parsed(node, cx, "a mode", |text| {
            let digits = text.strip_prefix("0o").unwrap_or(text);
            let mode = u32::from_str_radix(digits, 8).ok().filter(|mode| *mode <= 0o777 && digits.len() >= 3);
            mode.map(Mode).ok_or_else(|| "a mode is three or four octal digits, such as `0660`".to_owned())
        })
    }
}

/// A sensible number of threads.
struct Workers(usize);

impl Read for Workers {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<Workers> {
        number(node, cx, 1, 1024).and_then(|workers| usize::try_from(workers).ok()).map(Workers)
    }
}

impl Read for ProxyProtocol {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<ProxyProtocol> {
        let mut object = Object::open(node, cx);
        let trusted = object.required("trusted", "trusted: [10.0.0.0/8]");
        object.finish();
        Some(ProxyProtocol { trusted: trusted.unwrap_or_default() })
    }
}
