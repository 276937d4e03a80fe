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

/// The policies of a block, with the limits that hold for its scope.
pub(super) fn compile(at: When, block: &config::Policies, limits: Vec<Limit>) -> Vec<Arc<dyn Policy>> {
    let mut policies: Vec<Arc<dyn Policy>> = Vec::new();
    if let Some(body) = &block.body {
        policies.push(Arc::new(BodySize { max: body.max, at }));
    }
    if !limits.is_empty() {
        policies.push(Arc::new(RequestRate { limits, at }));
    }
    if let Some(headers) = &block.headers {
        policies
            .push(Arc::new(Headers { request: edits(&headers.request), response: edits(&headers.response) }));
    }
    policies
}

/// The limits of a scope, which `scope` names in refusals: `the gateway`, `the key ci`. A limit written twice is one.
pub(super) fn limits<'a>(
    build: &mut Build<'_>,
    scope: &str,
    limits: impl IntoIterator<Item = &'a config::RateLimit>,
) -> Vec<Limit> {
    let mut all: Vec<Limit> = Vec::new();
    for limit in limits {
        let limit = rate(build, scope, limit);
        if !all.iter().any(|other| Arc::ptr_eq(&other.bucket, &limit.bucket)) {
            all.push(limit);
        }
    }
    all
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
