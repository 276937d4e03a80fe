//! Policies that another setting makes pointless.

use crate::diagnostic::Diagnostic;
use crate::doc::{Config, Policies};
use crate::reading::Reading;

pub(super) fn check(config: &Config, cx: &Reading<'_>) {
    outer(config, cx);
    let models = config.models.iter().map(|model| &model.policies);
    let keys = config.access.iter().flat_map(|access| access.keys.iter().map(|key| &key.policies));
    let anonymous =
        config.access.iter().flat_map(|access| &access.anonymous).map(|anonymous| &anonymous.policies);
    for policies in [&config.policies].into_iter().chain(models).chain(keys).chain(anonymous) {
        body(policies, config.server.max_body, cx);
        rates(policies, cx);
    }
}

/// A model's bound that the gateway's does not let anything reach.
fn outer(config: &Config, cx: &Reading<'_>) {
    let bound = |policies: &Policies| policies.body.as_ref().map(|body| body.max);
    let Some(gateway) = bound(&config.policies) else { return };
    let access = config.access.iter();
    let mut callers = access
        .flat_map(|a| a.keys.iter().map(|key| &key.policies).chain(a.anonymous.iter().map(|a| &a.policies)));
    if callers.any(|policies| policies.body.is_some()) {
        return;
    }
    for body in config.models.iter().filter_map(|model| model.policies.body.as_ref()) {
        if body.max > gateway && body.max <= config.server.max_body {
            let message =
                format!("this is never reached: the gateway's own `policies.body` is {gateway} bytes");
            cx.report(Diagnostic::warning("no-effect", &body.place, message));
        }
    }
}

fn body(policies: &Policies, most: u64, cx: &Reading<'_>) {
    if let Some(body) = policies.body.as_ref().filter(|body| body.max > most) {
        let message = format!("this is never reached: `server.max_body` is {most} bytes");
        cx.report(Diagnostic::warning("no-effect", &body.place, message));
    }
}

/// Limits of one block that say the same once more.
fn rates(policies: &Policies, cx: &Reading<'_>) {
    for (number, rate) in policies.rate.iter().enumerate() {
        let stricter = policies.rate.iter().enumerate().find(|(other_number, other)| {
            let same = (other.requests, other.burst) == (rate.requests, rate.burst);
            other.per == rate.per
                && other.requests <= rate.requests
                && other.burst <= rate.burst
                && (!same || *other_number < number)
        });
        if let Some((_, other)) = stricter {
            let message =
                format!("this limit is never reached: that at {} is stricter or the same", other.place);
            cx.report(Diagnostic::warning("no-effect", &rate.place, message));
        }
    }
}
