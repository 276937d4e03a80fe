//! A `policies` block of one scope, compiled.

use super::Build;
use policy::{
    Policy,
    limit::{
        body_size::{BodySize, When},
        request_rate::{Limit, RequestRate},
    },
    shape::headers::{Edits, Headers},
};
use std::sync::Arc;

/// The policies of a block, and the rate limits that stand beside it (a key's `limits`). `scope` names them in refusals:
/// `the gateway`, `the key ci`.
pub(super) fn compile(
    build: &mut Build<'_>,
    scope: &str,
    at: When,
    block: &config::Policies,
    limits: &[config::RateLimit],
) -> Vec<Arc<dyn Policy>> {
    let mut policies: Vec<Arc<dyn Policy>> = Vec::new();
    if let Some(body) = &block.body {
        policies.push(Arc::new(BodySize { max: body.max, at }));
    }
    let rates: Vec<Limit> = block.rate.iter().chain(limits).map(|limit| rate(build, scope, limit)).collect();
    if !rates.is_empty() {
        policies.push(Arc::new(RequestRate { limits: rates }));
    }
    if let Some(headers) = &block.headers {
        policies
            .push(Arc::new(Headers { request: edits(&headers.request), response: edits(&headers.response) }));
    }
    policies
}

fn rate(build: &mut Build<'_>, scope: &str, limit: &config::RateLimit) -> Limit {
    let per = format!("{:?}", limit.per).to_lowercase();
    Limit {
        bucket: build.bucket(scope, limit),
        name: format!("{} requests per {per} of {scope}", limit.requests),
    }
}

fn edits(edit: &config::HeaderEdit) -> Edits {
    Edits {
        remove: edit.remove.clone(),
        set: edit.set.iter().map(|header| (header.name.clone(), header.value.clone())).collect(),
    }
}
