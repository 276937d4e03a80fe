//! How many requests in what time.

use std::time::Duration;

use schemars::JsonSchema;

use crate::place::Place;
use crate::reading::{Object, Read, Reading, choice};
use crate::yaml::Node;

/// How many requests in what time.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct RateLimit {
    /// Requests allowed in each `per`.
    #[schemars(range(min = 1))]
    pub requests: u32,
    /// The time they are counted in.
    pub per: Per,
    /// Requests that may come at once after a pause. Without it, as many as `requests`.
    #[schemars(with = "Option<u32>", range(min = 1))]
    pub burst: u32,
    /// Where it stands.
    #[schemars(skip)]
    pub place: Place,
}

/// A unit of time to count in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum Per {
    /// 1 s.
    Second,
    /// 60 s.
    Minute,
    /// 3,600 s.
    Hour,
    /// 86,400 s.
    Day,
}

impl Per {
    /// Its length.
    pub const fn window(self) -> Duration {
        Duration::from_secs(match self {
            Per::Second => 1,
            Per::Minute => 60,
            Per::Hour => 3_600,
            Per::Day => 86_400,
        })
    }
}

impl Read for RateLimit {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<RateLimit> {
        let mut object = Object::open(node, cx);
        let requests = object.required("requests", "requests: 20");
        let per = object.required("per", "per: second");
        let burst = object.optional("burst").or(requests);
        let place = object.finish();
        Some(RateLimit { requests: requests?, per: per?, burst: burst?, place })
    }
}

impl Read for Per {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<Per> {
        let choices =
            [("second", Per::Second), ("minute", Per::Minute), ("hour", Per::Hour), ("day", Per::Day)];
        choice(node, cx, "a unit of time", &choices)
    }
}
