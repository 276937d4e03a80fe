//! What a request wants, from its head alone: which operation, in whose dialect.

use http::{Method, request::Parts};
use ir::{Blame, Fault, FaultKind, Format, Operation};

/// What the path and method ask for.
#[derive(Debug)]
pub(crate) enum Wanted {
    Call {
        format: Format,
        operation: Operation,
    },
    Models {
        format: Format,
        one: Option<String>,
    },
    /// There is nothing here; `format` is the dialect the refusal is written in.
    Nothing {
        format: Format,
        fault: Box<Fault>,
        /// The methods that would have been right, as the `allow` header says them (RFC 9110 §15.5.6).
        allow: Option<&'static str>,
    },
}

impl Wanted {
    pub(crate) fn format(&self) -> Format {
        match self {
            Self::Call { format, .. } | Self::Models { format, .. } | Self::Nothing { format, .. } => *format,
        }
    }

    /// The value of the `allow` header, where the method was wrong.
    pub(crate) fn allow(&self) -> Option<&'static str> {
        match self {
            Self::Nothing { allow, .. } => *allow,
            Self::Call { .. } | Self::Models { .. } => None,
        }
    }

    pub(crate) fn operation(&self) -> Option<Operation> {
        match self {
            Self::Call { operation, .. } => Some(*operation),
            Self::Models { .. } => Some(Operation::ListModels),
            Self::Nothing { .. } => None,
        }
    }
}

pub(crate) fn wanted(head: &Parts) -> Wanted {
    use Format::{AnthropicMessages, OpenAiChat};
    let path = head.uri.path();
    let (path, named) = match path.strip_prefix("/anthropic") {
        Some(rest) if rest.starts_with('/') => (rest, true),
        _ => (path, false),
    };
    let guess =
        if named || head.headers.contains_key("anthropic-version") { AnthropicMessages } else { OpenAiChat };
    let (format, operation) = match path {
        "/v1/chat/completions" => (OpenAiChat, Operation::Chat),
        "/v1/embeddings" => (OpenAiChat, Operation::Embeddings),
        "/v1/messages" => (AnthropicMessages, Operation::Chat),
        "/v1/messages/count_tokens" => (AnthropicMessages, Operation::CountTokens),
        "/v1/models" => return listing(head, guess, None),
        _ => match path.strip_prefix("/v1/models/") {
            Some(name) if !name.is_empty() => return listing(head, guess, Some(unescape(name))),
            _ => return nothing(guess, unknown_path(head.uri.path()), None),
        },
    };
    if head.method != Method::POST {
        return nothing(format, wrong_method(&head.method, "POST"), Some("POST"));
    }
    Wanted::Call { format, operation }
}

fn listing(head: &Parts, format: Format, one: Option<String>) -> Wanted {
    if head.method == Method::GET || head.method == Method::HEAD {
        Wanted::Models { format, one }
    } else {
        nothing(format, wrong_method(&head.method, "GET"), Some("GET, HEAD"))
    }
}

fn nothing(format: Format, fault: Fault, allow: Option<&'static str>) -> Wanted {
    Wanted::Nothing { format, fault: Box::new(fault), allow }
}

fn unknown_path(path: &str) -> Fault {
    let shown: String = path.chars().take(200).collect();
    let message = format!(
        "there is nothing at {shown}; the gateway serves /v1/chat/completions, /v1/embeddings, /v1/messages, \
         /v1/messages/count_tokens and /v1/models"
    );
    Fault::new(FaultKind::NotFound, Blame::Caller, message)
}

fn wrong_method(got: &Method, want: &str) -> Fault {
    let message = format!("the method {got} is not served here; use {want}");
    Fault::new(FaultKind::MethodNotAllowed, Blame::Caller, message)
}

/// Percent-decoding; what is not valid stays as it is. Model names hold slashes, which some clients escape.
fn unescape(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let hex = |at: usize| tail.get(at).and_then(|b| char::from(*b).to_digit(16));
        if let (b'%', Some(high), Some(low)) = (first, hex(0), hex(1)) {
            out.push(u8::try_from(high * 16 + low).unwrap_or(b'?'));
            rest = tail.get(2..).unwrap_or_default();
        } else {
            out.push(first);
            rest = tail;
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(method: &str, path: &str) -> String {
        let head = http::Request::builder().method(method).uri(path).body(()).unwrap().into_parts().0;
        match wanted(&head) {
            Wanted::Call { format, operation } => format!("{format} {}", operation.name()),
            Wanted::Models { format, one } => format!("{format} models {one:?}"),
            Wanted::Nothing { format, fault, .. } => format!("{format} {}", fault.kind.code()),
        }
    }

    #[test]
    fn the_path_says_what_is_wanted() {
        assert_eq!(check("POST", "/v1/chat/completions?x=1"), "openai_chat chat");
        assert_eq!(check("POST", "/anthropic/v1/messages"), "anthropic_messages chat");
        assert_eq!(check("POST", "/v1/messages/count_tokens"), "anthropic_messages count_tokens");
        assert_eq!(
            check("GET", "/v1/models/openai%2Fgpt-4.1"),
            "openai_chat models Some(\"openai/gpt-4.1\")"
        );
        assert_eq!(check("GET", "/v1/models/a%zz"), "openai_chat models Some(\"a%zz\")");
        assert_eq!(check("GET", "/anthropic/v1/models"), "anthropic_messages models None");
    }

    #[test]
    fn what_is_not_there_is_refused_in_the_dialect_of_the_path() {
        assert_eq!(check("GET", "/v1/messages"), "anthropic_messages method_not_allowed");
        assert_eq!(check("POST", "/v1/models"), "openai_chat method_not_allowed");
        assert_eq!(check("POST", "/nope"), "openai_chat not_found");
        assert_eq!(check("POST", "/anthropicv1/messages"), "openai_chat not_found");
    }
}
