//! `tidegate demo`: simulated providers, a gateway in front of them, and some traffic, in one process on loopback.

use crate::{
    args::Demo,
    demo_traffic,
    gateway::{self, Listening},
    sources::Origin,
};
use anyhow::Context;
use config::Source;
use sim::{Behaviour, Settings, Simulator};
use std::{
    io::Write,
    net::{SocketAddr, TcpListener},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

/// The demo's key. It opens nothing but the demo.
const KEY: &str = "tg-demo";

pub(crate) fn run(options: &Demo) -> anyhow::Result<ExitCode> {
    let simulator = TcpListener::bind("127.0.0.1:0").context("cannot listen on loopback")?;
    simulator.set_nonblocking(true)?;
    let text = configuration(options, simulator.local_addr()?);
    let origin = Origin::Text(Source { name: "demo".into(), text });
    let traffic = Duration::from_secs(options.traffic);
    gateway::run(origin, move |listening| {
        let simulator = tokio::net::TcpListener::from_std(simulator)?;
        let profile = Behaviour::parse("ttft=120ms,rate=60,jitter=0.3").map_err(anyhow::Error::msg)?;
        let sim = Arc::new(Simulator::new(Settings { profile, ..Settings::default() }));
        tokio::spawn(sim::serve(simulator, sim, std::future::pending()));
        if !traffic.is_zero() {
            tokio::spawn(demo_traffic::run(first_address(listening, options), KEY, traffic));
        }
        greet(listening, options)
    })?;
    Ok(ExitCode::SUCCESS)
}

fn first_address(listening: &Listening, options: &Demo) -> SocketAddr {
    let tcp = listening.data.iter().find_map(|bound| match bound.address {
        server::Address::Tcp(address) => Some(address),
        server::Address::Unix(_) => None,
    });
    tcp.unwrap_or(options.listen)
}

fn configuration(options: &Demo, simulator: SocketAddr) -> String {
    format!(
        "server: {{ listen: '{}', admin: '{}' }}
logs: {{ access: off, level: warn }}
providers:
  openai: {{ kind: openai, base_url: 'http://{simulator}/v1', credentials: [{{ key: sim }}] }}
  anthropic: {{ kind: anthropic, base_url: 'http://{simulator}', credentials: [{{ key: sim }}] }}
models:
  assistant:
    targets: [{{ provider: openai, model: gpt-4.1-mini, weight: 80 }}, {{ provider: anthropic, model: claude-haiku-4-5, weight: 20 }}]
    strategy: weighted
    fallback: [claude]
  claude: {{ targets: [anthropic/claude-sonnet-4-5] }}
access:
  keys:
    demo: {{ key: {KEY}, limits: [{{ requests: 100, per: second }}] }}
",
        options.listen, options.admin
    )
}

fn greet(listening: &Listening, options: &Demo) -> anyhow::Result<()> {
    let base = format!("http://{}", first_address(listening, options));
    let admin = listening.admin.unwrap_or(options.admin);
    let mut out = std::io::stdout().lock();
    write!(
        out,
        "
Tidegate is running with simulated providers. Its key is {KEY}. Try:

  # OpenAI's dialect, streamed, to a weighted mix of two providers
  curl -N {base}/v1/chat/completions -H 'authorization: Bearer {KEY}' -H 'content-type: application/json' \\
    -d '{{\"model\":\"assistant\",\"stream\":true,\"messages\":[{{\"role\":\"user\",\"content\":\"Hello!\"}}]}}'

  # Anthropic's dialect, to an OpenAI model
  curl {base}/v1/messages -H 'x-api-key: {KEY}' -H 'content-type: application/json' \\
    -d '{{\"model\":\"openai/gpt-4.1\",\"max_tokens\":64,\"messages\":[{{\"role\":\"user\",\"content\":\"Hello!\"}}]}}'

  # What happened so far
  curl -s http://{admin}/metrics | grep tidegate_requests

Ctrl-C ends it; nothing is left behind.
"
    )?;
    Ok(())
}
