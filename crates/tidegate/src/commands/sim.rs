//! `tidegate sim`: the simulated providers alone, for load and chaos tests of anything that speaks to a model.

use crate::{
    args::Sim,
    runtime,
    signals::{Asked, Signals},
};
use anyhow::{Context, anyhow};
use sim::{Behaviour, Settings, Simulator};
use std::{io::Write, process::ExitCode, sync::Arc};
use tokio::net::TcpListener;

pub(crate) fn run(options: &Sim) -> anyhow::Result<ExitCode> {
    let profile = Behaviour::parse(&options.profile).map_err(|bad| anyhow!("--profile: {bad}"))?;
    let settings = Settings {
        seed: options.seed,
        keys: options.keys.clone(),
        profile,
        strict: !options.lenient,
        ..Settings::default()
    };
    runtime::start(None)?.block_on(async {
        let listener = TcpListener::bind(options.listen)
            .await
            .with_context(|| format!("cannot listen on {}", options.listen))?;
        writeln!(
            std::io::stdout().lock(),
            "simulated providers on http://{} (OpenAI under /v1, Anthropic under /v1/messages)",
            listener.local_addr()?
        )?;
        let mut signals = Signals::listen()?;
        let end = async move { while signals.next().await != Asked::End {} };
        sim::serve(listener, Arc::new(Simulator::new(settings)), end).await?;
        Ok(ExitCode::SUCCESS)
    })
}
