//! `tidegate serve`: the gateway.

use crate::{args::Serve, gateway, sources::Origin};
use std::process::ExitCode;

pub(crate) fn run(options: &Serve) -> anyhow::Result<ExitCode> {
    let origin = options.config.clone().map_or(Origin::Environment, Origin::Path);
    gateway::run(origin, |_| Ok(()))?;
    Ok(ExitCode::SUCCESS)
}
