//! The compiled configuration: immutable, shared by every request that began with it.

use crate::models::{Direct, ModelTable};
use catalog::Prices;
use http::{HeaderName, HeaderValue};
use ir::Format;
use policy::{Policies, limit::request_rate::Bucket};
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};
use stdx::Str;
use telemetry::TargetHandles;
use upstream::{Endpoint, Path, PoolStats};

/// Everything a request may need to know.
pub struct Snapshot {
    /// Counts up with every configuration that was taken over.
    pub revision: u64,
    pub limits: Limits,
    /// Policies for every request.
    pub policies: Policies,
    pub models: ModelTable,
    pub providers: HashMap<Box<str>, Arc<Provider>>,
    /// `provider/model` without a model of its own.
    pub direct: Direct,
    /// Request counters by what they count, for the next snapshot.
    pub buckets: HashMap<String, Arc<Bucket>>,
}

impl Snapshot {
    /// Each provider's connections, its endpoints taken together.
    pub fn pools(&self) -> Vec<(Arc<str>, PoolStats)> {
        let pool = |provider: &Arc<Provider>| {
            let mut all = PoolStats::default();
            for place in &provider.endpoints {
                let stats = place.endpoint.stats();
                all.open += stats.open;
                all.idle += stats.idle;
                all.failures += stats.failures;
            }
            (provider.name.clone(), all)
        };
        self.providers.values().map(pool).collect()
    }
}

/// Bounds on one request.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of request body.
    pub max_body: u64,
    /// Bytes of an answer that is held as a whole.
    pub max_response: u64,
    /// For the whole request body to arrive.
    pub body_timeout: Duration,
    /// Requests in flight.
    pub max_inflight: u64,
}

/// A provider with its connections and credentials.
pub struct Provider {
    pub name: Arc<str>,
    pub format: Format,
    pub endpoints: Box<[Place]>,
    next: AtomicUsize,
    pub credentials: Credentials,
    /// Sent with every request.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The caller's headers that this provider gets to see.
    pub forwarded: Box<[HeaderName]>,
    pub timeouts: config::Timeouts,
    pub facts: &'static catalog::Provider,
    /// What the provider was made from; an unchanged one is carried over to the next snapshot with its connections.
    pub fingerprint: String,
}

/// One endpoint of a provider with its paths joined once.
pub struct Place {
    pub endpoint: Arc<Endpoint>,
    pub chat: Path,
    pub embeddings: Option<Path>,
    pub count_tokens: Option<Path>,
}

impl Provider {
    pub fn new(
        name: Arc<str>,
        facts: &'static catalog::Provider,
        endpoints: Vec<Place>,
        credentials: Credentials,
        headers: Vec<(HeaderName, HeaderValue)>,
        timeouts: config::Timeouts,
        fingerprint: String,
    ) -> Self {
        Self {
            name,
            format: facts.format,
            endpoints: endpoints.into(),
            next: AtomicUsize::new(0),
            credentials,
            headers,
            forwarded: facts.forward.iter().filter_map(|name| name.parse().ok()).collect(),
            timeouts,
            facts,
            fingerprint,
        }
    }

    /// The endpoints in turn.
    pub fn place(&self) -> Option<&Place> {
        match &*self.endpoints {
            [only] => Some(only),
            many => many.get(self.next.fetch_add(1, Ordering::Relaxed) % many.len().max(1)),
        }
    }
}

/// A provider's keys, in order of preference.
#[derive(Default)]
pub struct Credentials(pub Box<[Credential]>);

/// One key, ready to be sent.
pub struct Credential {
    pub name: Arc<str>,
    pub header: HeaderName,
    /// Marked sensitive, so that it never prints.
    pub value: HeaderValue,
    /// Monotonic ns until which the key rests after a 401 or 429.
    rests_until: AtomicU64,
}

impl Credential {
    pub fn new(name: Arc<str>, header: HeaderName, mut value: HeaderValue) -> Self {
        value.set_sensitive(true);
        Self { name, header, value, rests_until: AtomicU64::new(0) }
    }

    /// Whether `text` quotes the key. One too short to be secret is not looked for.
    pub fn is_in(&self, text: &[u8]) -> bool {
        let key = self.value.as_bytes().rsplit(|byte| *byte == b' ').next().unwrap_or_default();
        key.len() >= 8 && text.windows(key.len()).any(|part| part == key)
    }

    /// Leaves the key alone until `until`.
    pub fn rest(&self, until: Duration) {
        self.rests_until.fetch_max(nanos(until), Ordering::Relaxed);
    }
}

impl Credentials {
    /// The first key that does not rest; the one that rests the shortest if all do. `skip` are those already tried.
    pub fn pick(&self, now: Duration, tried: &[usize]) -> Option<(usize, &Credential)> {
        let now = nanos(now);
        let open = || self.0.iter().enumerate().filter(|(i, _)| !tried.contains(i));
        open()
            .find(|(_, credential)| credential.rests_until.load(Ordering::Relaxed) <= now)
            .or_else(|| open().min_by_key(|(_, credential)| credential.rests_until.load(Ordering::Relaxed)))
    }
}

fn nanos(at: Duration) -> u64 {
    u64::try_from(at.as_nanos()).unwrap_or(u64::MAX)
}

/// One model at one provider.
pub struct Target {
    pub provider: Arc<Provider>,
    /// The model's name there.
    pub model: Str,
    pub handles: Arc<TargetHandles>,
    pub prices: Option<Prices>,
    /// Of what day `prices` are.
    pub price_date: Arc<str>,
    /// Output tokens the model can give at most, where the catalog knows.
    pub max_output: Option<u64>,
    pub timeouts: Timeouts,
    pub weight: u32,
    pub priority: u32,
}

/// Timeouts with nothing left open.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    pub connect: Duration,
    pub first_token: Duration,
    pub idle: Duration,
    pub total: Duration,
}

impl From<config::Timeouts> for Timeouts {
    fn from(some: config::Timeouts) -> Self {
        let all = some.or(config::Timeouts::DEFAULT);
        Self {
            connect: all.connect.unwrap_or(Duration::from_secs(5)),
            first_token: all.first_token.unwrap_or(Duration::from_secs(60)),
            idle: all.idle.unwrap_or(Duration::from_secs(60)),
            total: all.total.unwrap_or(Duration::from_secs(600)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resting_key_is_passed_over_until_all_rest() {
        let key = |name: &str| {
            Credential::new(name.into(), http::header::AUTHORIZATION, HeaderValue::from_static("x"))
        };
        let keys = Credentials(Box::new([key("a"), key("b")]));
        let at = Duration::from_secs;
        let name = |now, tried: &[usize]| keys.pick(now, tried).map(|(_, key)| key.name.to_string());
        assert_eq!(name(at(1), &[]).unwrap(), "a");
        keys.0[0].rest(at(10));
        assert_eq!(name(at(1), &[]).unwrap(), "b");
        keys.0[1].rest(at(20));
        assert_eq!(name(at(1), &[]).unwrap(), "a", "it will be back first");
        assert_eq!(name(at(1), &[0]).unwrap(), "b");
        assert_eq!(name(at(1), &[0, 1]), None);
        assert!(!format!("{:?}", keys.0[0].value).contains('x'));
    }

    #[test]
    fn a_quoted_key_is_found_without_its_scheme() {
        let key =
            |value| Credential::new("a".into(), http::header::AUTHORIZATION, HeaderValue::from_static(value));
        assert!(key("Bearer sk-12345").is_in(b"wrong key: sk-12345!"));
        assert!(!key("Bearer sk-12345").is_in(b"wrong key: sk-1234"));
        assert!(!key("Bearer sim").is_in(b"the simulator"));
    }
}
