//! API keys from configuration: `authorization: Bearer KEY` or `x-api-key: KEY`.
//!
//! Keys are looked up by their SHA-256, so neither the comparison nor the table tells anything about a key that is not known.

use super::Caller;
use crate::{
    Kind,
    policy::{Policy, RequestView, Step},
};
use http::{HeaderMap, header};
use ir::{Blame, Fault, FaultKind};
use std::{collections::HashMap, sync::Arc};

/// SHA-256 of a key.
pub type KeyDigest = [u8; 32];

/// The digest under which a key is known.
pub fn digest(key: &[u8]) -> KeyDigest {
    let mut out = [0; 32];
    out.copy_from_slice(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, key).as_ref());
    out
}

/// Finds the caller of a request; refuses those without a valid key.
pub struct ApiKeys {
    callers: HashMap<KeyDigest, Arc<Caller>>,
    /// Who a request without a key is, where that is allowed.
    anonymous: Option<Arc<Caller>>,
}

impl ApiKeys {
    pub fn new(callers: HashMap<KeyDigest, Arc<Caller>>, anonymous: Option<Arc<Caller>>) -> Self {
        Self { callers, anonymous }
    }
}

impl Policy for ApiKeys {
    fn kind(&self) -> Kind {
        Kind::ApiKey
    }

    fn on_request<'a>(&'a self, view: &'a mut RequestView<'_>) -> Step<'a> {
        let Some(key) = presented(view.headers) else {
            return match &self.anonymous {
                Some(caller) => {
                    *view.caller = Some(caller.clone());
                    Step::CONTINUE
                }
                None => refuse("no API key was given: send `authorization: Bearer KEY` or `x-api-key: KEY`"),
            };
        };
        let Some(caller) = self.callers.get(&digest(key)) else {
            return refuse("the API key is not known to this gateway");
        };
        if caller.expires.is_some_and(|at| view.unix.as_secs() >= at) {
            return refuse("the API key has expired");
        }
        *view.caller = Some(caller.clone());
        Step::CONTINUE
    }
}

fn refuse(message: &'static str) -> Step<'static> {
    Step::refuse(Fault::new(FaultKind::InvalidApiKey, Blame::Caller, message))
}

/// The key a request carries. The scheme's name is case-insensitive (RFC 9110 §11.1).
fn presented(headers: &HeaderMap) -> Option<&[u8]> {
    if let Some(value) = headers.get("x-api-key") {
        return Some(value.as_bytes());
    }
    let value = headers.get(header::AUTHORIZATION)?.as_bytes();
    let (scheme, key) = value.split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"bearer ").then(|| key.trim_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Decision, Policies, access::Patterns};
    use std::time::Duration;

    fn check(name: &'static str, value: &'static str, anonymous: bool) -> Result<String, String> {
        let caller = |name: &str, expires| {
            Arc::new(Caller {
                name: name.into(),
                models: Patterns::default(),
                expires,
                policies: Policies::default(),
            })
        };
        let keys = HashMap::from([
            (digest(b"tg-good"), caller("good", None)),
            (digest(b"tg-old"), caller("old", Some(99))),
        ]);
        let policy = ApiKeys::new(keys, anonymous.then(|| caller("anonymous", None)));
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        let (mut caller, mut max_body, mut rate) = (None, 0, None);
        let mut view = RequestView {
            headers: &headers,
            now: Duration::ZERO,
            unix: Duration::from_secs(100),
            caller: &mut caller,
            max_body: &mut max_body,
            rate: &mut rate,
        };
        match policy.on_request(&mut view) {
            Step::Ready(Decision::Continue) => {}
            Step::Ready(Decision::Refuse(fault)) => return Err(fault.message.into_owned()),
            Step::Later(_) => unreachable!("keys are in memory"),
        }
        Ok(caller.unwrap().name.to_string())
    }

    #[test]
    fn both_headers_carry_a_key() {
        assert_eq!(check("authorization", "Bearer tg-good", false).unwrap(), "good");
        assert_eq!(check("authorization", "bearer  tg-good", false).unwrap(), "good");
        assert_eq!(check("x-api-key", "tg-good", false).unwrap(), "good");
    }

    #[test]
    fn unknown_expired_and_missing_keys_are_refused() {
        assert!(check("x-api-key", "tg-bad", true).unwrap_err().contains("not known"));
        assert!(check("x-api-key", "tg-old", true).unwrap_err().contains("expired"));
        assert!(check("authorization", "Basic tg-good", false).unwrap_err().contains("no API key"));
        assert!(check("authorization", "Bearer ü", false).is_err());
    }

    #[test]
    fn nobody_is_somebody_only_where_configured() {
        assert_eq!(check("accept", "*/*", true).unwrap(), "anonymous");
    }
}
