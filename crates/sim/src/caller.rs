//! Who calls what: dialect, method, model and key, with complaints in the provider's words.

use http::request::Parts;
use http::{HeaderMap, Method};

use crate::fault::Fault;
use crate::request::{Dialect, Route};

/// Checks the API key where keys are set: OpenAI's as a bearer token, Anthropic's in its header or as one.
pub(crate) fn check_key(keys: &[String], dialect: Dialect, headers: &HeaderMap) -> Result<(), Fault> {
    if keys.is_empty() {
        return Ok(());
    }
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let bearer = header("authorization").and_then(|value| value.strip_prefix("Bearer "));
    let key = match dialect {
        Dialect::OpenAi => bearer,
        Dialect::Anthropic => header("x-api-key").or(bearer),
    };
    match (key, dialect) {
        (Some(key), _) if keys.iter().any(|known| known == key) => Ok(()),
        (None, Dialect::OpenAi) => Err(Fault::new(
            401,
            "You didn't provide an API key. You need to provide your API key in an Authorization header using \
             Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
        )),
        (Some(key), Dialect::OpenAi) => {
            let end: String = key.chars().rev().take(4).collect::<Vec<_>>().into_iter().rev().collect();
            Err(Fault::new(401, format!("Incorrect API key provided: ****{end}.")).code("invalid_api_key"))
        }
        (None, Dialect::Anthropic) => Err(Fault::new(401, "x-api-key header is required")),
        (Some(_), Dialect::Anthropic) => Err(Fault::new(401, "invalid x-api-key")),
    }
}

pub(crate) fn dialect(route: &Route, headers: &HeaderMap) -> Dialect {
    match route {
        Route::Chat | Route::Embeddings => Dialect::OpenAi,
        Route::Messages | Route::CountTokens => Dialect::Anthropic,
        _ if headers.contains_key("anthropic-version") => Dialect::Anthropic,
        _ => Dialect::OpenAi,
    }
}

pub(crate) fn check_method(route: &Route, dialect: Dialect, parts: &Parts) -> Result<(), Fault> {
    let expected = match route {
        Route::Models | Route::Model(_) => Method::GET,
        _ => Method::POST,
    };
    let (method, path) = (&parts.method, parts.uri.path());
    match (dialect, *route == Route::Unknown, *method == expected) {
        (Dialect::OpenAi, true, _) => Err(Fault::new(404, format!("Invalid URL ({method} {path})"))),
        (Dialect::Anthropic, true, _) => Err(Fault::new(404, "Not Found")),
        (_, _, true) => Ok(()),
        (Dialect::OpenAi, ..) => {
            let message = format!("Invalid method for URL ({method} {path})");
            Err(Fault::new(405, message).code("method_not_supported"))
        }
        (Dialect::Anthropic, ..) => Err(Fault::new(405, "Method Not Allowed")),
    }
}

pub(crate) fn check_model(model: &str, dialect: Dialect) -> Result<(), Fault> {
    match dialect {
        _ if !model.contains("nonexistent") => Ok(()),
        Dialect::OpenAi => {
            let message = format!("The model `{model}` does not exist or you do not have access to it.");
            Err(Fault::new(404, message).code("model_not_found"))
        }
        Dialect::Anthropic => Err(Fault::new(404, format!("model: {model}"))),
    }
}
