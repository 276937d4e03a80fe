//! `tidegate bench`: load and figures.

use bench::Cli;
use std::process::ExitCode;

pub(crate) fn run(options: Box<Cli>) -> anyhow::Result<ExitCode> {
    bench::main(*options)
}
