//! The command `bench`: one run of load, or `bench upstream`.

use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::{Options, UpstreamOptions, run, upstream};

/// Arguments of the command.
#[derive(Args, Clone, Debug)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    options: Option<Options>,
}

#[derive(Clone, Debug, Subcommand)]
enum Command {
    /// Serve canned answers instead, as an upstream that is never the limit
    Upstream(UpstreamOptions),
}

/// Runs the command on a thread of its own making, and prints the report.
///
/// # Errors
/// When nothing could be measured, or the upstream cannot listen.
pub fn main(cli: Cli) -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match (cli.command, cli.options) {
        (Some(Command::Upstream(options)), _) => runtime.block_on(upstream(options))?,
        (None, Some(options)) => {
            let json = options.json;
            let report = runtime.block_on(run(options))?;
            let text = if json { format!("{}\n", report.json()) } else { report.to_string() };
            std::io::stdout().lock().write_all(text.as_bytes())?;
        }
        // The URL is required without a subcommand.
        (None, None) => anyhow::bail!("which target? give its base URL"),
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        cli: Cli,
    }

    #[test]
    fn a_url_runs_load_and_upstream_serves() {
        let parse = |line: &str| Line::try_parse_from(line.split_whitespace()).map(|line| line.cli);
        let cli = parse("bench http://h:1 -c 3 --stream").unwrap();
        assert!(
            cli.command.is_none()
                && cli.options.is_some_and(|options| options.stream && options.connections == 3)
        );
        assert!(parse("bench upstream --chunks 3").unwrap().command.is_some());
        assert!(parse("bench").is_err());
        assert!(parse("bench http://h:1 -c 0").is_err());
        assert!(parse("bench http://h:1 -r 0").is_err());
    }
}
