//! The one binary: reads the command line, puts the parts together, and gets out of their way.
#![forbid(unsafe_code)]

mod admin_listener;
mod args;
mod commands;
mod demo_traffic;
mod environment;
mod file_limit;
mod front;
mod gateway;
mod logging;
mod reload;
mod runtime;
mod signals;
mod sources;

use args::{Args, Command};
use clap::Parser;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let args = Args::parse();
    let end = match args.command {
        Command::Serve(options) => commands::serve::run(&options),
        Command::Demo(options) => commands::demo::run(&options),
        Command::Sim(options) => commands::sim::run(&options),
        Command::Check(options) => commands::check::run(&options),
        Command::Schema => commands::schema::run(),
        Command::Bench(options) => commands::bench::run(options),
    };
    end.unwrap_or_else(|error| {
        eprintln!("tidegate: {error:#}");
        ExitCode::FAILURE
    })
}
