//! Bounds on connections to the gateway.

use std::time::Duration;

use schemars::JsonSchema;

use crate::reading::{Object, Read, Reading, Timeout, parsed};
use crate::units::parse_size;
use crate::units::schema::{DurationText, SizeText};
use crate::yaml::Node;

/// Bounds on connections and on the time callers may take.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Limits {
    /// How long a caller may take to send a request's head. A TLS handshake has ten seconds of its own.
    #[schemars(with = "DurationText", extend("default" = "10s"))]
    pub header_timeout: Duration,
    /// How long a connection may stay open without a request.
    #[schemars(with = "DurationText", extend("default" = "75s"))]
    pub idle_timeout: Duration,
    /// How long a caller may take to send a request's body.
    #[schemars(with = "DurationText", extend("default" = "60s"))]
    pub body_timeout: Duration,
    /// Largest request head taken.
    #[schemars(with = "SizeText", extend("default" = "64KiB"))]
    pub max_header_bytes: u64,
    /// Connections open at a time on each listener; further ones are answered 503 and closed.
    #[schemars(range(min = 1), extend("default" = 10_000))]
    pub max_connections: u32,
    /// Requests in flight at a time; further ones are answered 503 at once.
    #[schemars(range(min = 1), extend("default" = 10_000))]
    pub max_inflight: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            header_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(75),
            body_timeout: Duration::from_secs(60),
            max_header_bytes: 64 << 10,
            max_connections: 10_000,
            max_inflight: 10_000,
        }
    }
}

impl Read for Limits {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<Limits> {
        let mut object = Object::open(node, cx);
        let default = Limits::default();
        let limits = Limits {
            header_timeout: object.or("header_timeout", Timeout(default.header_timeout)).0,
            idle_timeout: object.or("idle_timeout", Timeout(default.idle_timeout)).0,
            body_timeout: object.or("body_timeout", Timeout(default.body_timeout)).0,
            max_header_bytes: object.or("max_header_bytes", HeadSize(default.max_header_bytes)).0,
            max_connections: object.or("max_connections", default.max_connections),
            max_inflight: object.or("max_inflight", default.max_inflight),
        };
        object.finish();
        Some(limits)
    }
}

/// A size HTTP/1.1 and HTTP/2 can both keep to.
struct HeadSize(u64);

impl Read for HeadSize {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<HeadSize> {
        parsed(node, cx, "a size for a head", |text| match parse_size(text)? {
            size @ 0x2000..=0x10_0000 => Ok(HeadSize(size)),
            _ => Err("from 8KiB to 1MiB".to_owned()),
        })
    }
}
