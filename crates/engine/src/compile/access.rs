//! The gateway's own scope: its policies, and who may call.

use super::{Build, policies};
use config::{Diagnostic, KeySecret};
use policy::{
    Policies, Policy,
    access::{
        Caller, Patterns,
        api_key::{ApiKeys, KeyDigest, digest},
        model_access::ModelAccess,
    },
    limit::{body_size::When, request_rate::Limit},
};
use std::{collections::HashMap, sync::Arc, time::SystemTime};

pub(super) fn compile(build: &mut Build<'_>) -> Policies {
    let config = build.config;
    // Where callers are known, the gateway's limits are asked together with their own: a caller that is over its own limit
    // uses up nothing of everybody's.
    let shared = if config.access.is_none() { gateway_limits(build) } else { Vec::new() };
    let mut all = policies::compile(When::Head, &config.policies, shared);
    if let Some(access) = &config.access {
        let mut callers: HashMap<KeyDigest, Arc<Caller>> = HashMap::new();
        for key in &access.keys {
            let (digest, caller) = known(build, key);
            // A plain key and its own hash look different to whoever reads the file.
            if let Some(other) = callers.insert(digest, caller) {
                let message = format!("the key `{}` is the same as the key `{}`", key.name, other.name);
                build.faults.push(Diagnostic::error("duplicate-key", &key.place, message));
            }
        }
        let anonymous = access.anonymous.as_ref().map(|anonymous| nobody(build, anonymous));
        all.push(Arc::new(ApiKeys::new(callers, anonymous)) as Arc<dyn Policy>);
        all.push(Arc::new(ModelAccess));
    }
    Policies::new(all)
}

fn gateway_limits(build: &mut Build<'_>) -> Vec<Limit> {
    let config = build.config;
    policies::limits(build, "the gateway", &config.policies.rate)
}

/// A caller's policies: its own, and the gateway's limits before its own.
fn of_caller(
    build: &mut Build<'_>,
    scope: &str,
    block: &config::Policies,
    own: &[config::RateLimit],
) -> Policies {
    let mut limits = gateway_limits(build);
    limits.extend(policies::limits(build, scope, block.rate.iter().chain(own)));
    Policies::new(policies::compile(When::Head, block, limits))
}

fn known(build: &mut Build<'_>, key: &config::Key) -> (KeyDigest, Arc<Caller>) {
    let digest = match &key.secret {
        KeySecret::Plain(plain) => digest(plain.expose().as_bytes()),
        KeySecret::Sha256(digest) => *digest,
    };
    let policies = of_caller(build, &format!("the key {}", key.name), &key.policies, &key.limits);
    let since_1970 =
        |at: SystemTime| at.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let caller = Caller {
        name: key.name.as_str().into(),
        models: patterns(key.models.as_deref()),
        expires: key.expires.map(since_1970),
        policies,
    };
    (digest, Arc::new(caller))
}

fn nobody(build: &mut Build<'_>, anonymous: &config::Anonymous) -> Arc<Caller> {
    let policies = of_caller(build, "callers without a key", &anonymous.policies, &anonymous.limits);
    Arc::new(Caller {
        name: "anonymous".into(),
        models: patterns(anonymous.models.as_deref()),
        expires: None,
        policies,
    })
}

fn patterns(patterns: Option<&[config::Pattern]>) -> Patterns {
    match patterns {
        None => Patterns::default(),
        // An empty list means none at all; the empty name matches no model.
        Some([]) => Patterns::new([String::new()]),
        Some(some) => Patterns::new(some.iter().map(|pattern| pattern.text.clone())),
    }
}
