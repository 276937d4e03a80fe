//! What a run and a canned upstream are told, as command-line arguments.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

/// Whose requests are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Dialect {
    /// Chat completions.
    Openai,
    /// Messages.
    Anthropic,
}

/// One run of the load generator.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Base URL of the target, such as http://127.0.0.1:8080; the dialect adds its path
    pub url: String,
    /// Connections: each has one request under way at most
    #[arg(short, long, default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=50_000))]
    pub connections: u32,
    /// Open loop: requests a second, sent on time whatever the target does; without it each connection sends its next
    /// request when the last was answered
    #[arg(short, long, value_parser = positive)]
    pub rate: Option<f64>,
    /// How long requests are started (10s, 500ms, 2m); those under way are finished
    #[arg(short, long, default_value = "10s", value_parser = duration)]
    pub duration: Duration,
    /// End after this many requests, if that is sooner
    #[arg(short = 'n', long)]
    pub requests: Option<u64>,
    /// Load before the measurement, not counted
    #[arg(long, default_value = "0s", value_parser = duration)]
    pub warmup: Duration,
    /// Longest wait for one answer
    #[arg(long, default_value = "60s", value_parser = duration)]
    pub timeout: Duration,
    /// Time over which connections are opened
    #[arg(long, default_value = "0s", value_parser = duration)]
    pub ramp: Duration,
    /// Ask for streams
    #[arg(short, long)]
    pub stream: bool,
    /// Dialect of the requests
    #[arg(long, value_enum, default_value_t = Dialect::Openai)]
    pub dialect: Dialect,
    /// Model to ask for
    #[arg(short, long, default_value = "bench")]
    pub model: String,
    /// API key
    #[arg(short, long, env = "TIDEGATE_BENCH_KEY", hide_env_values = true)]
    pub key: Option<String>,
    /// Length of the prompt in bytes
    #[arg(long, default_value_t = 1024, value_parser = clap::value_parser!(u32).range(1..=33_554_432))]
    pub prompt_bytes: u32,
    /// Send this file as the request body instead
    #[arg(long)]
    pub body: Option<PathBuf>,
    /// Header to send besides, as 'name: value'
    #[arg(short = 'H', long = "header")]
    pub headers: Vec<String>,
    /// Measure this base URL first and report what the target adds to it
    #[arg(long)]
    pub direct: Option<String>,
    /// Print JSON instead of a table
    #[arg(long)]
    pub json: bool,
}

/// A canned upstream.
#[derive(Args, Clone, Debug)]
pub struct UpstreamOptions {
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1:9100")]
    pub listen: SocketAddr,
    /// Content chunks a stream
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub chunks: u32,
    /// Wait between chunks; 0s sends them as fast as the other side takes them
    #[arg(long, default_value = "0s", value_parser = duration)]
    pub interval: Duration,
    /// Wait before an answer
    #[arg(long, default_value = "0s", value_parser = duration)]
    pub delay: Duration,
    /// Length of the text of an answer that is not streamed, in bytes
    #[arg(long, default_value_t = 1024, value_parser = clap::value_parser!(u32).range(1..=33_554_432))]
    pub answer_bytes: u32,
}

/// Reads `200ms`, `1.5s` or `2m`.
fn duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = if let Some(number) = text.strip_suffix("ms") {
        (number, 0.001)
    } else if let Some(number) = text.strip_suffix('s') {
        (number, 1.0)
    } else if let Some(number) = text.strip_suffix('m') {
        (number, 60.0)
    } else {
        return Err("expected a time such as 200ms, 10s or 2m".into());
    };
    let seconds = number.parse::<f64>().map_err(|_| format!("'{number}' is not a number"))? * unit;
    if !(0.0..=86_400.0).contains(&seconds) {
        return Err("expected a time from 0s to 1440m".into());
    }
    Ok(Duration::from_secs_f64(seconds))
}

fn positive(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().map_err(|_| format!("'{text}' is not a number"))?;
    if number > 0.0 && number <= 1e6 {
        Ok(number)
    } else {
        Err("expected a number above 0, up to 1000000".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units() {
        assert_eq!(duration("200ms"), Ok(Duration::from_millis(200)));
        assert_eq!(duration("1.5s"), Ok(Duration::from_millis(1_500)));
        assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
        for wrong in ["", "5", "s", "-1s", "infs", "NaNs", "10000m"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
