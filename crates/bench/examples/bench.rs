//! The load generator and the canned upstream without the gateway's binary, for development:
//! `cargo run --release -p bench --example bench -- http://127.0.0.1:8080`.

use std::process::ExitCode;

use clap::Parser;

#[derive(Parser)]
struct Args {
    #[command(flatten)]
    cli: bench::Cli,
}

fn main() -> anyhow::Result<ExitCode> {
    bench::main(Args::parse().cli)
}
