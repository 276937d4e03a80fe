//! Headers to set and to remove.

use http::{HeaderName, HeaderValue};
use schemars::JsonSchema;

use crate::diagnostic::Diagnostic;
use crate::reading::{Object, Read, Reading, header_name, header_values};
use crate::units::schema::SecretText;
use crate::yaml::Node;

/// Headers to set and to remove; what is both set and removed at different levels, the nearer one decides.
#[derive(Clone, Debug, Default, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Headers {
    /// On the request to the provider.
    #[schemars(default)]
    pub request: HeaderEdit,
    /// On the response to the caller.
    #[schemars(default)]
    pub response: HeaderEdit,
}

/// Changes to one message's headers.
#[derive(Clone, Debug, Default, PartialEq, Eq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct HeaderEdit {
    /// Headers that get this value, whatever was there.
    #[schemars(default, with = "std::collections::BTreeMap<String, SecretText>")]
    pub set: Vec<SetHeader>,
    /// Headers to take away.
    #[schemars(default, with = "Vec<String>")]
    pub remove: Vec<HeaderName>,
}

/// A header with its value; the value is marked sensitive if it came from the environment, a file, or looks secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetHeader {
    /// The header.
    pub name: HeaderName,
    /// What it is set to.
    pub value: HeaderValue,
}

impl Read for Headers {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<Headers> {
        let mut object = Object::open(node, cx);
        let headers =
            Headers { request: object.or_default("request"), response: object.or_default("response") };
        object.finish();
        Some(headers)
    }
}

impl Read for HeaderEdit {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<HeaderEdit> {
        let mut object = Object::open(node, cx);
        let set = header_values(&mut object, "set");
        let set: Vec<_> = set.into_iter().map(|(name, value)| SetHeader { name, value }).collect();
        let remove: Vec<Removed> = object.or_default("remove");
        let remove: Vec<_> = remove.into_iter().map(|Removed(name)| name).collect();
        if let Some(both) = remove.iter().find(|name| set.iter().any(|header| header.name == **name)) {
            let message = format!("`{both}` is both set and removed");
            cx.report(Diagnostic::error("conflict", object.name_place("remove"), message));
        }
        object.finish();
        Some(HeaderEdit { set, remove })
    }
}

/// The name of a header to take away.
struct Removed(HeaderName);

impl Read for Removed {
    fn read(node: &Node, cx: &Reading<'_>) -> Option<Removed> {
        header_name(&String::read(node, cx)?, &node.place, cx).map(Removed)
    }
}
