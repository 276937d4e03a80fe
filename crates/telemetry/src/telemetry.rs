//! The front: what the engine, the admin listener and `main` hold.

use crate::{
    access_log::{AccessLog, CannotOpen, Output},
    drain::{Drainer, Shared},
    metrics::{CATALOGUE, Families, Gauges, Sample},
    record::Record,
    ring::Pushed,
    target::{TargetHandles, Targets},
};
use prometheus_client::metrics::gauge::Gauge;
use std::{
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle, Thread},
    time::Duration,
};

/// How telemetry is run.
#[derive(Clone, Debug)]
pub struct Settings {
    pub access_log: AccessLog,
    /// Records waiting to be handled, at most; further ones are dropped and counted.
    pub queue: usize,
    /// Targets with labels of their own in metrics; further ones are `other`.
    pub max_targets: usize,
    /// How long records gather before they are handled together.
    pub interval: Duration,
    /// How long dropping [`Telemetry`] waits for the last records to be handled. A log that cannot be written to,
    /// such as a pipe nobody reads, does not keep the process from ending.
    pub linger: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            access_log: AccessLog::Off,
            queue: 65_536,
            max_targets: 1_000,
            interval: Duration::from_millis(50),
            linger: Duration::from_secs(5),
        }
    }
}

/// Takes records and shows metrics. Dropped, it handles what was given to it and ends its thread.
pub struct Telemetry {
    shared: Arc<Shared>,
    families: Arc<Families>,
    targets: Arc<Targets>,
    gauges: Arc<Gauges>,
    wake: Thread,
    thread: Mutex<Option<JoinHandle<()>>>,
    linger: Duration,
}

impl Telemetry {
    /// Opens the access log and starts the thread that handles records.
    ///
    /// # Errors
    /// When the access log's file cannot be opened.
    ///
    /// # Panics
    /// When the system has no thread to give.
    pub fn start(settings: Settings) -> Result<Self, CannotOpen> {
        let output = Output::open(settings.access_log)?;
        let shared = Arc::new(Shared::new(settings.queue));
        let targets = Arc::new(Targets::new(settings.max_targets));
        let gauges = Arc::new(Gauges::default());
        let families = Arc::new(Families::new(&gauges));
        let drainer = Drainer::new(
            Arc::clone(&shared),
            Arc::clone(&families),
            Arc::clone(&targets),
            output,
            settings.interval,
        );
        #[expect(clippy::expect_used, reason = "a process that cannot start one thread cannot start at all")]
        let thread = thread::Builder::new()
            .name("telemetry".into())
            .spawn(move || drainer.run())
            .expect("the system has a thread for telemetry");
        let wake = thread.thread().clone();
        Ok(Self {
            shared,
            families,
            targets,
            gauges,
            wake,
            thread: Mutex::new(Some(thread)),
            linger: settings.linger,
        })
    }

    /// Hands a finished exchange over. Never waits: when the queue is full the record is dropped and counted.
    /// Texts are copied and cut at 256 bytes, so that a record holds on to no request's body.
    pub fn record(&self, mut record: Record) {
        record.detach();
        let pushed = self.shared.ring.push(record);
        if pushed == Pushed::HalfFull || self.shared.claim_wake() {
            self.wake.unpark();
        }
    }

    /// The handles of a target. Resolve them when configuration is compiled, for names that are configured or in
    /// the catalogue; for names a caller may have made up there is [`unlisted_target`](Self::unlisted_target).
    pub fn target(&self, provider: &str, model: &str) -> Arc<TargetHandles> {
        self.targets.resolve(provider, model)
    }

    /// The handles of a model that is neither configured nor in the catalogue (a wildcard, `provider/model`): the
    /// access log has its name, metrics count it as the provider's `other`.
    pub fn unlisted_target(&self, provider: &str, model: &str) -> Arc<TargetHandles> {
        self.targets.unlisted(provider, model)
    }

    /// Counts an exchange as under way for as long as the guard lives.
    #[must_use]
    pub fn enter(&self) -> Inflight {
        let gauge = self.families.inflight.clone();
        gauge.inc();
        Inflight(gauge)
    }

    /// Exchanges under way now.
    pub fn inflight(&self) -> u64 {
        u64::try_from(self.families.inflight.get()).unwrap_or(0)
    }

    /// Tells the number of the configuration that has just been put to work.
    pub fn set_revision(&self, revision: u64) {
        self.families.revision.set(i64::try_from(revision).unwrap_or(i64::MAX));
    }

    /// Registers a gauge that is asked at every scrape; one of the same name is replaced. The callback must not
    /// block. False when the name is one of this crate's own, or there are too many families already.
    pub fn gauge(
        &self,
        name: &'static str,
        help: &'static str,
        ask: impl Fn() -> i64 + Send + Sync + 'static,
    ) -> bool {
        self.gauge_family(name, help, move || vec![Sample::plain(ask())])
    }

    /// As [`gauge`](Self::gauge), for several samples told apart by labels. Each sample needs labels of its own.
    pub fn gauge_family(
        &self,
        name: &'static str,
        help: &'static str,
        ask: impl Fn() -> Vec<Sample> + Send + Sync + 'static,
    ) -> bool {
        let own = CATALOGUE.iter().any(|metric| metric.name == name);
        !own && self.gauges.register(name, help, Box::new(ask))
    }

    /// Everything in OpenMetrics text (`application/openmetrics-text; version=1.0.0; charset=utf-8`). A record shows up after at most one interval.
    pub fn render_metrics(&self) -> String {
        for (counter, now) in [
            (&self.families.dropped, self.shared.ring.dropped()),
            (&self.families.capped, self.targets.over()),
        ] {
            counter.inner().store(now, std::sync::atomic::Ordering::Relaxed);
        }
        self.families.render()
    }

    /// Opens the access log's file anew, as after a rotation. Returns at once; the drainer does it next.
    pub fn reopen(&self) {
        self.shared.ask_reopen();
        self.wake.unpark();
    }

    /// Waits until every record given so far is in the metrics and the log, `deadline` at most. True when done.
    /// Blocks the calling thread.
    pub fn flush(&self, deadline: Duration) -> bool {
        let number = self.shared.ask_flush();
        self.wake.unpark();
        self.shared.wait_flush(number, deadline)
    }
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        let last = self.shared.ask_flush();
        self.shared.ask_stop();
        self.wake.unpark();
        if !self.shared.wait_flush(last, self.linger) {
            tracing::error!(waited = ?self.linger, "the last records were not handled in time and are lost");
            return;
        }
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the telemetry thread had panicked; records may be missing");
        }
    }
}

/// An exchange under way; dropping it ends that.
#[derive(Debug)]
pub struct Inflight(Gauge);

impl Drop for Inflight {
    fn drop(&mut self) {
        self.0.dec();
    }
}
