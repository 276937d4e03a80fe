//! What is done to requests on their way, at the gateway, a model or a key.

use schemars::JsonSchema;

use crate::doc::{Headers, RateLimit};
use crate::place::Place;
use crate::reading::{Many, Object, Read, Reading, Size};
use crate::units::schema::{OneOrMany, SizeText};
use crate::yaml::Node;

/// What is done to requests on their way, at the gateway, at a model and at a key (or without one).
#[derive(Clone, Debug, Default, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Policies {
    /// Headers to set and to remove. Of gateway, model and key the nearest to the key wins, header by header.
    pub headers: Option<Headers>,
    /// Bounds on the request body. A key's replaces the gateway's; a model's holds beside it.
    pub body: Option<Body>,
    /// How much may be asked, in all that this block covers. All limits on the way hold.
    #[schemars(default, with = "OneOrMany<RateLimit>")]
    pub rate: Vec<RateLimit>,
    /// Where it stands.
    #[schemars(skip)]
    pub place: Place,
}

/// Bounds on the request body.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Body {
    /// Largest request body; larger ones are answered 413. `server.max_body` holds in any case.
    #[schemars(with = "SizeText")]
    pub max: u64,
    /// Where it stands.
    #[schemars(skip)]
    pub place: Place,
}

impl Read for Policies {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<Policies> {
        let mut object = Object::open(node, cx);
        Some(Policies {
            headers: object.optional("headers"),
            body: object.optional("body"),
            rate: object.optional("rate").map(|Many(rate)| rate).unwrap_or_default(),
            place: object.finish(),
        })
    }
}

impl Read for Body {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<Body> {
        let mut object = Object::open(node, cx);
        let max = object.required("max", "max: 1MiB");
        let place = object.finish();
        max.map(|Size(max)| Body { max, place })
    }
}
