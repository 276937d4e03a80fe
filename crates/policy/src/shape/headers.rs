//! Headers set on and removed from requests to targets and answers to callers.

use crate::{
    Kind,
    policy::{AttemptView, Policy, ResponseView},
};
use http::{HeaderName, HeaderValue};

/// Removals come first, so that a `set` of the same name stays.
#[derive(Clone, Debug, Default)]
pub struct Edits {
    pub remove: Vec<HeaderName>,
    pub set: Vec<(HeaderName, HeaderValue)>,
}

#[derive(Clone, Debug, Default)]
pub struct Headers {
    pub request: Edits,
    pub response: Edits,
}

impl Policy for Headers {
    fn kind(&self) -> Kind {
        Kind::Headers
    }

    fn on_attempt(&self, view: &mut AttemptView<'_>) {
        let Edits { remove, set } = &self.request;
        view.headers
            .retain(|(name, _)| !remove.contains(name) && !set.iter().any(|(other, _)| other == name));
        view.headers.extend(set.iter().cloned());
    }

    fn on_response(&self, view: &mut ResponseView<'_>) {
        for name in &self.response.remove {
            view.headers.remove(name);
        }
        for (name, value) in &self.response.set {
            view.headers.insert(name, value.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderMap, header};

    #[test]
    fn set_replaces_and_remove_removes_both_ways() {
        let edits = Edits {
            remove: vec![header::USER_AGENT],
            set: vec![(header::ACCEPT, HeaderValue::from_static("text/plain"))],
        };
        let policy = Headers { request: edits.clone(), response: edits };
        let mut sent = vec![
            (header::USER_AGENT, HeaderValue::from_static("x")),
            (header::ACCEPT, HeaderValue::from_static("*/*")),
        ];
        policy.on_attempt(&mut AttemptView { headers: &mut sent });
        assert_eq!(sent, [(header::ACCEPT, HeaderValue::from_static("text/plain"))]);
        let mut headers: HeaderMap = sent.into_iter().collect();
        headers.insert(header::USER_AGENT, HeaderValue::from_static("x"));
        policy.on_response(&mut ResponseView { headers: &mut headers });
        assert_eq!((headers.len(), &headers[header::ACCEPT]), (1, &HeaderValue::from_static("text/plain")));
    }
}
