//! Taking over a changed configuration while serving: compiled beside the running one, swapped in whole, or not at all.

use crate::{gateway, sources::Origin};
use config::Config;
use engine::Engine;
use notify::{RecursiveMode, Watcher};
use server::ServerTls;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use telemetry::Telemetry;
use tokio::sync::Notify;

/// What a reload needs, and what the process was started with.
pub(crate) struct Reload {
    origin: Origin,
    upstream: upstream::Shared,
    telemetry: Arc<Telemetry>,
    engine: Arc<Engine>,
    tls: Option<Arc<ServerTls>>,
    /// The parts that only a restart changes, as text, to notice when they do.
    fixed: String,
    last: String,
}

impl Reload {
    pub(crate) fn new(
        origin: Origin,
        upstream: upstream::Shared,
        telemetry: Arc<Telemetry>,
        engine: Arc<Engine>,
        tls: Option<Arc<ServerTls>>,
        config: &Config,
    ) -> Self {
        let mut reload =
            Self { origin, upstream, telemetry, engine, tls, fixed: fixed(config), last: String::new() };
        if let Ok(read) = reload.origin.read() {
            reload.last = texts(&read);
        }
        reload
    }

    /// Reads everything again. A fault is logged with its place, and the running configuration stays.
    pub(crate) fn now(&mut self) {
        if let Some(tls) = &self.tls {
            match tls.reload() {
                Ok(true) => tracing::info!("the listener's certificate was replaced"),
                Ok(false) => {}
                Err(fault) => tracing::error!("the listener keeps its certificate: {fault}"),
            }
        }
        if let Err(fault) = self.take_over() {
            tracing::error!("the running configuration stays: {fault:#}");
        }
    }

    fn take_over(&mut self) -> anyhow::Result<()> {
        let read = self.origin.read()?;
        let now = texts(&read);
        // Secrets come from the environment and from files too, so an unchanged text is only a reason to be quiet.
        let quiet = now == self.last;
        let config = read.usable()?;
        let old = self.engine.world.now();
        let next = gateway::compile(config, &self.upstream, &self.telemetry, Some(&old))
            .map_err(|faults| anyhow::anyhow!("the configuration has errors\n{}", read.render(&faults)))?;
        let revision = next.revision;
        self.engine.world.publish(next);
        self.telemetry.set_revision(revision);
        self.last = now;
        if !quiet {
            tracing::info!(revision, "the configuration was taken over");
        }
        if fixed(config) != self.fixed {
            tracing::warn!("addresses, TLS, connection limits, workers and logs change only with a restart");
        }
        Ok(())
    }
}

fn texts(read: &crate::sources::Read) -> String {
    read.sources.iter().map(|source| source.text.as_str()).collect()
}

/// What is bound or started once. Bounds on bodies and on time are part of the snapshot and may change.
fn fixed(config: &Config) -> String {
    let config::Server { listen, admin, tls, proxy_protocol, unix_mode, workers, limits, .. } =
        &config.server;
    let addresses: Vec<_> = listen.iter().chain(admin).map(|listen| &listen.address).collect();
    let sockets =
        (limits.header_timeout, limits.idle_timeout, limits.max_header_bytes, limits.max_connections);
    format!(
        "{addresses:?} {tls:?} {proxy_protocol:?} {unix_mode:?} {workers:?} {sockets:?} {:?}",
        config.logs
    )
}

/// Tells when a file that matters has changed.
pub(crate) struct Watch {
    changed: Arc<Notify>,
    /// Kept alive; dropping it ends the watch.
    _watcher: Option<notify::RecommendedWatcher>,
}

/// Files are written in steps; a change is taken up when nothing has happened for this long.
const SETTLE: Duration = Duration::from_millis(200);

/// Watches the configuration and the certificates. Folders are watched, not files, because editors and Kubernetes replace files
/// by renaming.
pub(crate) fn watch(origin: &Origin, config: &Config) -> Watch {
    let changed = Arc::new(Notify::new());
    let mut folders: Vec<PathBuf> = Vec::new();
    if let Origin::Path(path) = origin {
        folders.push(if path.is_dir() { path.clone() } else { folder(path) });
    }
    if let Some(tls) = &config.server.tls {
        folders.extend([&tls.cert, &tls.key].into_iter().chain(&tls.client_ca).map(|path| folder(path)));
    }
    folders.sort();
    folders.dedup();
    if folders.is_empty() {
        return Watch { changed, _watcher: None };
    }
    let bell = changed.clone();
    let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // Reading is an event too, and we read.
        if event.is_ok_and(|event| !event.kind.is_access()) {
            bell.notify_one();
        }
    });
    let watcher = watcher.and_then(|mut watcher| {
        folders.iter().try_for_each(|folder| watcher.watch(folder, RecursiveMode::NonRecursive))?;
        Ok(watcher)
    });
    if let Err(fault) = &watcher {
        tracing::warn!("changed files are not noticed ({fault}); send SIGHUP after a change");
    }
    Watch { changed, _watcher: watcher.ok() }
}

impl Watch {
    pub(crate) async fn changed(&mut self) {
        self.changed.notified().await;
        while tokio::time::timeout(SETTLE, self.changed.notified()).await.is_ok() {}
    }
}

fn folder(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}
