//! The resources of the configuration, one file each: resolved values, their defaults, their readers.
//!
//! Field docs become the descriptions in the JSON Schema and in `docs/configuration.md`, so they are
//! written for the operator. A `place` says where in the files a resource stands.

mod access;
mod config;
mod headers;
mod limits;
mod logs;
mod model;
mod policies;
mod price;
mod provider;
mod rate;
mod retries;
mod server;
mod target;
mod timeouts;
mod tls;

pub use access::{Access, Anonymous, Key, KeySecret, Pattern};
pub use config::Config;
pub use headers::{HeaderEdit, Headers, SetHeader};
pub use limits::Limits;
pub use logs::{AccessLog, Level, LogTarget, Logs};
pub use model::{Model, Name, Strategy};
pub use policies::{Body, Policies};
pub use price::Price;
pub use provider::{Credential, Endpoint, HttpVersion, Provider};
pub use rate::{Per, RateLimit};
pub use retries::{Backoff, Retries, RetryOn};
pub use server::{Address, Listen, ProxyProtocol, Server};
pub use target::Target;
pub(crate) use target::split_target;
pub use timeouts::Timeouts;
pub use tls::{ClientAuth, ClientTls, ServerTls};
