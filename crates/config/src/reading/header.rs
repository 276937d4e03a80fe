//! Header names and values.

use http::{HeaderName, HeaderValue};
use stdx::Secret;

use super::{Object, Read, Reading};
use crate::diagnostic::Diagnostic;
use crate::place::Place;
use crate::yaml::{Entry, Node, Value, twice};

/// Headers that say how a message is framed or where it goes: HTTP itself owns them.
const FRAMING: [&str; 9] = [
    "connection",
    "content-length",
    "host",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// A header's name, if it is one and not HTTP's own.
pub(crate) fn header_name(name: &str, place: &Place, cx: &Reading<'_>) -> Option<HeaderName> {
    let Ok(header) = HeaderName::from_bytes(name.as_bytes()) else {
        let message = format!("`{}` is not a header's name", name.escape_debug());
        cx.report(Diagnostic::error("wrong-value", place, message));
        return None;
    };
    if FRAMING.contains(&header.as_str()) {
        let message = format!("`{header}` belongs to HTTP itself and cannot be set or removed");
        cx.report(Diagnostic::error("framing-header", place, message));
        return None;
    }
    Some(header)
}

/// A field that holds header values by name.
pub(crate) fn header_values(
    object: &mut Object<'_, '_>,
    field: &'static str,
) -> Vec<(HeaderName, HeaderValue)> {
    let read = |entry: &Entry, cx: &Reading<'_>| {
        let name = header_name(&entry.name, &entry.place, cx)?;
        let value = value(&name, &entry.value, cx)?;
        Some((name, value, entry.place.clone()))
    };
    let mut values: Vec<(HeaderName, HeaderValue, Place)> = Vec::new();
    for (name, value, place) in object.named(field, read).into_iter().flatten() {
        match values.iter().find(|(other, ..)| *other == name) {
            // Names that differ in case only are the same header.
            Some((_, _, first)) => object.cx.report(twice(name.as_str(), &place, Some(first))),
            None => values.push((name, value, place)),
        }
    }
    values.into_iter().map(|(name, value, _)| (name, value)).collect()
}

/// A header's value, marked sensitive if it does not stand in the configuration itself or sounds secret.
fn value(name: &HeaderName, node: &Node, cx: &Reading<'_>) -> Option<HeaderValue> {
    const TELLING: [&str; 5] = ["auth", "cookie", "key", "secret", "token"];
    let secret = Secret::<String>::read(node, cx)?;
    let Ok(mut value) = HeaderValue::from_str(secret.expose()) else {
        let message = "the value contains a line end or another character no header can carry";
        cx.report(Diagnostic::error("wrong-value", &node.place, message));
        return None;
    };
    let elsewhere =
        matches!(&node.value, Value::Text(text) if text.expanded || text.text.starts_with("file:"));
    value.set_sensitive(elsewhere || TELLING.iter().any(|word| name.as_str().contains(word)));
    Some(value)
}
