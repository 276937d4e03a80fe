//! The admin listener's wiring: health from the engine and the drain, metrics from telemetry.

use anyhow::Context;
use config::{Address, Config};
use engine::Engine;
use server::Stats;
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use telemetry::{Sample, Telemetry};
use tokio::net::TcpListener;

/// Ready until the drain begins.
#[derive(Default)]
struct Ready {
    draining: AtomicBool,
}

impl admin::Readiness for Ready {
    fn reasons(&self) -> Vec<String> {
        if self.draining.load(Ordering::Relaxed) { vec!["draining".into()] } else { Vec::new() }
    }
}

struct Metrics(Arc<Telemetry>);

impl admin::MetricsSource for Metrics {
    fn render(&self) -> String {
        self.0.render_metrics()
    }
}

/// Tells the admin listener that the drain has begun. The listener itself lives as long as the runtime.
pub(crate) struct AdminEnd(Arc<Ready>);

impl AdminEnd {
    pub(crate) fn draining(&self) {
        self.0.draining.store(true, Ordering::Relaxed);
    }
}

/// Starts the admin listener, if there is to be one.
pub(crate) async fn start(
    config: &Config,
    telemetry: &Arc<Telemetry>,
) -> anyhow::Result<(Option<SocketAddr>, AdminEnd)> {
    let ready = Arc::new(Ready::default());
    let end = AdminEnd(ready.clone());
    let Some(listen) = &config.server.admin else { return Ok((None, end)) };
    let Address::Tcp(address) = &listen.address else {
        anyhow::bail!("server.admin is a unix socket; it should be an ip:port or `off`");
    };
    let listener = TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))?;
    let bound = listener.local_addr()?;
    let router = admin::router(admin::AdminState { ready, metrics: Arc::new(Metrics(telemetry.clone())) });
    tokio::spawn(admin::serve(listener, router, std::future::pending()));
    Ok((Some(bound), end))
}

/// What the listener and the connections to providers say about themselves.
pub(crate) fn gauges(telemetry: &Telemetry, engine: &Arc<Engine>, stats: &Arc<Stats>) {
    let count = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    let ask = stats.clone();
    telemetry.gauge_family(
        "tidegate_connections",
        "Connections of callers, since the start and now.",
        move || {
            let kinds = [
                ("active", ask.active.value()),
                ("accepted", ask.accepted.value()),
                ("http1", ask.http1.value()),
                ("http2", ask.http2.value()),
                ("upgraded", ask.upgraded.value()),
                ("handshake_failed", ask.handshake_failures.value()),
                ("proxy_refused", ask.proxy_refused.value()),
                ("over_limit", ask.rejected_over_limit.value()),
                ("header_timeout", ask.header_timeouts.value()),
                ("idle_closed", ask.idle_closed.value()),
                ("write_timeout", ask.write_timeouts.value()),
                ("accept_error", ask.accept_errors.value()),
            ];
            let sample = |(kind, value): (&str, u64)| Sample {
                labels: vec![("kind", kind.into())],
                value: count(value),
            };
            kinds.map(sample).into()
        },
    );
    let ask = engine.clone();
    telemetry.gauge_family("tidegate_upstream_connections", "Connections to providers.", move || {
        let world = ask.world.now();
        let pools = world.pools();
        let sample = |provider: &str, kind: &'static str, value: u64| Sample {
            labels: vec![("provider", provider.into()), ("kind", kind.into())],
            value: count(value),
        };
        pools
            .iter()
            .flat_map(|(name, pool)| {
                [
                    sample(name, "open", pool.open as u64),
                    sample(name, "idle", pool.idle as u64),
                    sample(name, "failed", pool.failures),
                ]
            })
            .collect()
    });
}
