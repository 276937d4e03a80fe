//! The simulator alone on a socket, without the gateway's binary: `cargo run -p sim --example serve -- PORT [PROFILE]`.

use std::sync::Arc;

use sim::{Behaviour, Settings, Simulator};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let port: u16 = arguments.next().ok_or("which port?")?.parse()?;
    let profile = Behaviour::parse(&arguments.next().unwrap_or_default())?;
    let keys = arguments.next().into_iter().collect();
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    let sim = Arc::new(Simulator::new(Settings { profile, keys, ..Settings::default() }));
    sim::serve(listener, sim, std::future::pending()).await?;
    Ok(())
}
