//! `tidegate schema`: the JSON Schema of the configuration, for editors.

use std::{io::Write, process::ExitCode};

pub(crate) fn run() -> anyhow::Result<ExitCode> {
    writeln!(std::io::stdout().lock(), "{}", config::schema())?;
    Ok(ExitCode::SUCCESS)
}
