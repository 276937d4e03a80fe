//! A running gateway: configuration compiled, listeners bound, telemetry started; then served until the process is told to end.

use crate::{
    file_limit,
    front::Front,
    logging,
    reload::{self, Reload},
    runtime,
    signals::{Asked, Signals},
    sources::{Origin, Read},
};
use anyhow::{Context, bail};
use config::{Config, Diagnostic, LogTarget};
use engine::{Engine, Ports, Snapshot};
use server::{Bind, Drain, Limits, ListenerSettings, ProxyProtocol, Server, ServerTls, Stats, TlsFiles};
use std::{io::Write, net::SocketAddr, path::Path, sync::Arc, time::Duration};
use stdx::{clock::SystemClock, entropy::SplitMix};
use telemetry::{AccessLog, Telemetry};

/// How long records may take to be written once the last request is done.
const FLUSH: Duration = Duration::from_secs(5);

/// Runs a gateway until SIGTERM or SIGINT. `started` is told where it listens, inside the runtime.
pub(crate) fn run(
    origin: Origin,
    started: impl FnOnce(&Listening) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let read = origin.read()?;
    let config = read.usable()?;
    logging::start(config.logs.level);
    if !read.loaded.diagnostics.is_empty() {
        tracing::warn!("the configuration has warnings\n{}", read.render(&[]));
    }
    // Two sockets a call at most, and some for everything else.
    let wanted = 2 * u64::from(config.server.limits.max_connections) + 100;
    if let Some(files) = file_limit::raise().filter(|files| *files < wanted) {
        tracing::info!("{files} open files are allowed; {wanted} may be needed (max_connections, twice)");
    }
    let telemetry = Arc::new(start_telemetry(config)?);
    let runtime = runtime::start(config.server.workers)?;
    let ended = runtime.block_on(serve(&origin, &read, config, &telemetry, started));
    // Counting that is still under way writes records; it gets to finish before they are flushed.
    runtime.shutdown_timeout(FLUSH);
    if !telemetry.flush(FLUSH) {
        tracing::error!("not all records could be written within {FLUSH:?}");
    }
    ended
}

/// Where a gateway listens.
pub(crate) struct Listening {
    pub(crate) data: Vec<server::Bound>,
    pub(crate) admin: Option<SocketAddr>,
}

/// Everything `serve` finds wrong with a configuration beyond what reading it finds; nothing is opened.
pub(crate) fn try_compile(config: &Config) -> anyhow::Result<Vec<Diagnostic>> {
    let telemetry = Arc::new(Telemetry::start(telemetry::Settings::default())?);
    let upstream = shared()?;
    let mut found = compile(config, &upstream, &telemetry, None).err().unwrap_or_default();
    if let Some(tls) = &config.server.tls
        && let Err(fault) = ServerTls::load(tls_files(tls))
    {
        found.push(Diagnostic::error("server-tls", &config.server.place, fault.to_string()));
    }
    Ok(found)
}

pub(crate) fn compile(
    config: &Config,
    upstream: &upstream::Shared,
    telemetry: &Arc<Telemetry>,
    old: Option<&Snapshot>,
) -> Result<Snapshot, Vec<Diagnostic>> {
    let read = |path: &Path| std::fs::read(path);
    engine::compile(config, &Ports { upstream, telemetry, read: &read }, old)
}

pub(crate) fn shared() -> anyhow::Result<upstream::Shared> {
    upstream::Shared::new()
        .map_err(|fault| anyhow::anyhow!("the system's name resolution cannot be used: {fault}"))
}

async fn serve(
    origin: &Origin,
    read: &Read,
    config: &Config,
    telemetry: &Arc<Telemetry>,
    started: impl FnOnce(&Listening) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    // Before anybody is told that the gateway is there: who changes a file then shall be heard.
    let mut watch = reload::watch(origin, config);
    let upstream = shared()?;
    let snapshot = match compile(config, &upstream, telemetry, None) {
        Ok(snapshot) => snapshot,
        Err(faults) => bail!("the configuration has errors\n{}", read.render(&faults)),
    };
    telemetry.set_revision(snapshot.revision);
    let entropy = Arc::new(SplitMix::from_os());
    let engine =
        Arc::new(Engine::new(snapshot, telemetry.clone(), Arc::new(SystemClock::default()), entropy));
    let tls =
        config.server.tls.as_ref().map(|tls| ServerTls::load(tls_files(tls))).transpose()?.map(Arc::new);
    let mut signals = Signals::listen()?;
    let server = Server::bind(listeners(config, tls.as_ref())).await?;
    let (admin, admin_end) = crate::admin_listener::start(config, telemetry).await?;
    let stats = Arc::new(Stats::default());
    crate::admin_listener::gauges(telemetry, &engine, &stats);
    let listening = Listening { data: server.addresses(), admin };
    announce(&listening)?;
    started(&listening)?;
    let (drain, order) = Drain::new();
    let mut running = tokio::spawn(server.run(Arc::new(Front(engine.clone())), order, stats));
    let mut reload = Reload::new(origin.clone(), upstream, telemetry.clone(), engine, tls, config);
    loop {
        tokio::select! {
            asked = signals.next() => match asked {
                Asked::End => break,
                Asked::Reload => {
                    telemetry.reopen();
                    reload.now();
                }
            },
            () = watch.changed() => reload.now(),
        }
    }
    tracing::info!("draining for at most {:?}", config.server.drain);
    admin_end.draining();
    drain.begin(config.server.drain);
    let drained = tokio::select! {
        drained = &mut running => drained?,
        // Asked a second time: now.
        _ = signals.next() => {
            drain.begin(Duration::ZERO);
            running.await?
        }
    };
    tracing::info!(finished = drained.finished, cut = drained.cut, "drained");
    Ok(())
}

fn announce(listening: &Listening) -> std::io::Result<()> {
    let mut out = std::io::stderr().lock();
    for bound in &listening.data {
        match &bound.address {
            server::Address::Tcp(address) => {
                writeln!(out, "listening on http{}://{address}", if bound.tls { "s" } else { "" })?;
            }
            server::Address::Unix(path) => writeln!(out, "listening on unix:{}", path.display())?,
        }
    }
    if let Some(admin) = listening.admin {
        writeln!(out, "health and metrics on http://{admin}")?;
    }
    Ok(())
}

fn listeners(config: &Config, tls: Option<&Arc<ServerTls>>) -> Vec<ListenerSettings> {
    let server = &config.server;
    let proxy = server
        .proxy_protocol
        .as_ref()
        .map_or(ProxyProtocol::Off, |proxy| ProxyProtocol::Required { trusted: proxy.trusted.clone() });
    let limits = Limits {
        header_timeout: server.limits.header_timeout,
        idle: server.limits.idle_timeout,
        max_header_bytes: usize::try_from(server.limits.max_header_bytes).unwrap_or(usize::MAX),
        max_connections: server.limits.max_connections as usize,
        ..Limits::default()
    };
    let listener = |listen: &config::Listen| {
        let tcp = matches!(listen.address, config::Address::Tcp(_));
        ListenerSettings {
            name: listen.address.to_string().into(),
            bind: match &listen.address {
                config::Address::Tcp(address) => Bind::Tcp(*address),
                config::Address::Unix(path) => {
                    Bind::Unix { path: path.clone(), mode: server.unix_mode.unwrap_or(0o660) }
                }
            },
            tls: tls.filter(|_| tcp).cloned(),
            proxy_protocol: if tcp { proxy.clone() } else { ProxyProtocol::Off },
            limits: limits.clone(),
        }
    };
    server.listen.iter().map(listener).collect()
}

fn tls_files(tls: &config::ServerTls) -> TlsFiles {
    TlsFiles {
        cert: tls.cert.clone(),
        key: tls.key.clone(),
        client_ca: tls.client_ca.clone(),
        client_auth: match tls.client_auth {
            config::ClientAuth::Required => server::ClientAuth::Required,
            config::ClientAuth::Optional => server::ClientAuth::Optional,
        },
    }
}

fn start_telemetry(config: &Config) -> anyhow::Result<Telemetry> {
    let access_log = match &config.logs.access.to {
        LogTarget::Stdout => AccessLog::Stdout,
        LogTarget::Stderr => AccessLog::Stderr,
        LogTarget::Off => AccessLog::Off,
        LogTarget::File(path) => AccessLog::File(path.clone()),
    };
    let settings = telemetry::Settings { access_log, ..telemetry::Settings::default() };
    Telemetry::start(settings).context("the access log cannot be opened")
}
