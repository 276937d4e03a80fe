//! How long to wait for a provider.

use std::time::Duration;

use schemars::JsonSchema;

use crate::reading::{Object, Read, Reading, Timeout};
use crate::units::schema::DurationText;
use crate::yaml::Node;

/// How long to wait for a provider. What is left out comes from the next wider place: target, model, provider,
/// then the defaults named here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Timeouts {
    /// To a connection, TLS included (5s).
    #[schemars(with = "Option<DurationText>")]
    pub connect: Option<Duration>,
    /// From the request sent to the first content of a stream (60s). An answer that is not streamed is bound by
    /// `total` alone.
    #[schemars(with = "Option<DurationText>")]
    pub first_token: Option<Duration>,
    /// Between two pieces of a stream (60s).
    #[schemars(with = "Option<DurationText>")]
    pub idle: Option<Duration>,
    /// For one attempt from beginning to end (600s).
    #[schemars(with = "Option<DurationText>")]
    pub total: Option<Duration>,
}

impl Timeouts {
    /// What holds where nothing is said.
    pub const DEFAULT: Timeouts = Timeouts {
        connect: Some(Duration::from_secs(5)),
        first_token: Some(Duration::from_secs(60)),
        idle: Some(Duration::from_secs(60)),
        total: Some(Duration::from_secs(600)),
    };

    /// These where they say something, `wider` elsewhere.
    #[must_use]
    pub fn or(self, wider: Timeouts) -> Timeouts {
        Timeouts {
            connect: self.connect.or(wider.connect),
            first_token: self.first_token.or(wider.first_token),
            idle: self.idle.or(wider.idle),
            total: self.total.or(wider.total),
        }
    }
}

impl Read for Timeouts {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<Timeouts> {
        let mut object = Object::open(node, cx);
        let mut timeout = |name| object.optional(name).map(|Timeout(duration)| duration);
        let timeouts = Timeouts {
            connect: timeout("connect"),
            first_token: timeout("first_token"),
            idle: timeout("idle"),
            total: timeout("total"),
        };
        object.finish();
        Some(timeouts)
    }
}
