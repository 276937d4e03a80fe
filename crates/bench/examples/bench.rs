//! The load generator and the canned upstream without the gateway's binary, for `bench/run.py` and for development:
//! `cargo run --profile dist -p bench --example bench -- load http://127.0.0.1:8080`.
#![expect(clippy::print_stdout, reason = "a command-line tool reports on its standard output")]

use clap::{Parser, Subcommand};

#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Send load and report
    Load(bench::Options),
    /// Serve canned answers
    Upstream(bench::UpstreamOptions),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::Load(options) => {
            let json = options.json;
            let report = bench::run(options).await?;
            if json {
                println!("{}", report.json())
            } else {
                print!("{report}")
            }
            Ok(())
        }
        Command::Upstream(options) => bench::upstream(options).await,
    }
}
