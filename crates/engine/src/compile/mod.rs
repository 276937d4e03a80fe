//! From checked documents to a snapshot. What is unchanged since the last one is carried over: connections, resting keys,
//! request counts.

mod access;
mod models;
mod policies;
mod providers;

use crate::{Snapshot, models::Direct, snapshot::Limits};
use config::{Config, Diagnostic};
use policy::limit::request_rate::Bucket;
use std::{collections::HashMap, io, path::Path, sync::Arc};
use telemetry::Telemetry;

/// What compiling needs of the outside.
pub struct Ports<'a> {
    pub upstream: &'a upstream::Shared,
    pub telemetry: &'a Arc<Telemetry>,
    /// Reads certificate files.
    pub read: &'a dyn Fn(&Path) -> io::Result<Vec<u8>>,
}

/// One compilation under way.
struct Build<'a> {
    config: &'a Config,
    ports: &'a Ports<'a>,
    old: Option<&'a Snapshot>,
    buckets: HashMap<String, Arc<Bucket>>,
    faults: Vec<Diagnostic>,
}

/// Compiles `config`, carrying over from `old` what has not changed. All faults are reported at once; with one, there is no snapshot.
pub fn compile(
    config: &Config,
    ports: &Ports<'_>,
    old: Option<&Snapshot>,
) -> Result<Snapshot, Vec<Diagnostic>> {
    let mut build = Build { config, ports, old, buckets: HashMap::new(), faults: Vec::new() };
    let providers = providers::compile(&mut build);
    let make = models::maker(ports.telemetry.clone());
    let models = models::compile(&mut build, &providers, &make);
    let direct_make = make.clone();
    let direct = Direct::new(&providers, config.strict_translation, move |provider, model| {
        direct_make(&models::Wish::direct(provider), model)
    });
    let policies = access::compile(&mut build);
    if !build.faults.is_empty() {
        return Err(build.faults);
    }
    let limits = Limits {
        max_body: config.server.max_body,
        max_response: config.server.max_response,
        body_timeout: config.server.limits.body_timeout,
        max_inflight: u64::from(config.server.limits.max_inflight),
    };
    let revision = old.map_or(1, |old| old.revision + 1);
    Ok(Snapshot { revision, limits, policies, models, providers, direct, buckets: build.buckets })
}

impl Build<'_> {
    /// The request counter for this limit, one for each scope: the old snapshot's, if the limit is the same.
    fn bucket(&mut self, scope: &str, limit: &config::RateLimit) -> Arc<Bucket> {
        let key = format!("{scope} {} {:?} {}", limit.requests, limit.per, limit.burst);
        let old = self.buckets.get(&key).or_else(|| self.old?.buckets.get(&key)).cloned();
        let make = || Arc::new(Bucket::new(limit.requests.into(), limit.per.window(), limit.burst.into()));
        let bucket = old.unwrap_or_else(make);
        self.buckets.insert(key, bucket.clone());
        bucket
    }
}
