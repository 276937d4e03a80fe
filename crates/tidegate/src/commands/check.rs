//! `tidegate check`: the same reading and compiling that `serve` does, without serving.

use crate::{args::Check, gateway, sources::Origin};
use config::Severity;
use std::{io::Write, process::ExitCode};

pub(crate) fn run(options: &Check) -> anyhow::Result<ExitCode> {
    let path = options.option.as_ref().unwrap_or(&options.config);
    let read = Origin::Path(path.clone()).read()?;
    let compiled = read.loaded.config.as_ref().map_or(Ok(Vec::new()), gateway::try_compile)?;
    let count = |severity| {
        read.loaded.diagnostics.iter().chain(&compiled).filter(|finding| finding.severity == severity).count()
    };
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let mut out = std::io::stdout().lock();
    if errors + warnings > 0 {
        writeln!(out, "{}", read.render(&compiled))?;
    }
    let plural = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    let verdict = if errors == 0 { "ok" } else { "not usable" };
    writeln!(
        out,
        "{}: {verdict} ({}, {})",
        path.display(),
        plural(errors, "error"),
        plural(warnings, "warning")
    )?;
    Ok(if errors == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
