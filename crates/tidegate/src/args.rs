//! The command line.

use clap::{Args as ClapArgs, Parser, Subcommand};
use std::{net::SocketAddr, path::PathBuf};

/// One API over every AI model: an AI gateway.
#[derive(Parser)]
#[command(name = "tidegate", version, arg_required_else_help = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Run the gateway. Without a configuration, keys are taken from well-known environment variables
    Serve(Serve),
    /// Everything at once on loopback: simulated providers, the gateway, and some traffic
    Demo(Demo),
    /// Run the provider simulator alone
    Sim(Box<Sim>),
    /// Check a configuration: every problem at once, with its place; exits with 1 on an error
    Check(Check),
    /// Print the JSON Schema of the configuration
    Schema,
    /// Generate load and measure
    Bench(Box<bench::Cli>),
}

#[derive(ClapArgs)]
pub(crate) struct Serve {
    /// A YAML file, or a folder of them
    #[arg(short, long, env = "TIDEGATE_CONFIG", value_name = "PATH")]
    pub(crate) config: Option<PathBuf>,
}

#[derive(ClapArgs)]
pub(crate) struct Check {
    /// A YAML file, or a folder of them
    #[arg(default_value = "tidegate.yaml", value_name = "PATH")]
    pub(crate) config: PathBuf,
    /// Also take the path this way, as `serve` does
    #[arg(short = 'c', long = "config", value_name = "PATH", hide = true, conflicts_with = "config")]
    pub(crate) option: Option<PathBuf>,
}

#[derive(ClapArgs)]
pub(crate) struct Demo {
    /// Where the gateway listens
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    pub(crate) listen: SocketAddr,
    /// Where health and metrics are served
    #[arg(long, default_value = "127.0.0.1:8081", value_name = "ADDRESS")]
    pub(crate) admin: SocketAddr,
    /// Seconds of traffic to make; 0 for none
    #[arg(long, default_value_t = 120, value_name = "SECONDS")]
    pub(crate) traffic: u64,
}

#[derive(ClapArgs)]
pub(crate) struct Sim {
    /// Where the simulator listens; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:8090", value_name = "ADDRESS")]
    pub(crate) listen: SocketAddr,
    /// Decides every made-up word, number and fault
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// An accepted API key; may be given several times. Without it every caller is served
    #[arg(long = "key", value_name = "KEY")]
    pub(crate) keys: Vec<String>,
    /// How every call behaves, as in the `x-sim` header: `ttft=200ms,rate=50,error_rate=0.1`
    #[arg(long, default_value = "", value_name = "DIRECTIVES")]
    pub(crate) profile: String,
    /// Take fields and values that the real providers would refuse
    #[arg(long)]
    pub(crate) lenient: bool,
}
