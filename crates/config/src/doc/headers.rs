//! Headers to set and to remove.

use http::{HeaderName, HeaderValue};
use schemars::JsonSchema;

use crate::units::schema::SecretText;

/// Headers to set and to remove. Where gateway, model and key speak of the same header, the nearest wins.
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
