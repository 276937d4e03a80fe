//! Usage nobody reported: counted here with a tokenizer, marked as estimated, and only after the exchange has ended.

use crate::{exchange::Heard, snapshot::Target};
use bytes::Bytes;
use catalog::tokens;
use ir::{Certainty, Format, Usage, view};
use std::sync::Arc;
use telemetry::{Record, Telemetry, Used};
use wire::table;

/// A call that was answered, at least in part, without a final count.
pub(crate) struct Unmetered {
    pub(crate) target: Arc<Target>,
    /// The request's body, or its beginning.
    pub(crate) prompt: Bytes,
    /// Bytes of the whole body.
    pub(crate) prompt_bytes: u64,
    pub(crate) format: Format,
    pub(crate) heard: Heard,
    /// What the provider had reported before it was cut off.
    pub(crate) reported: Option<Usage>,
}

impl Unmetered {
    /// The provider's numbers where there are some, the tokenizer's elsewhere.
    fn usage(&self) -> Usage {
        let output = self.output();
        match self.reported {
            Some(reported) => {
                Usage { output: reported.output.max(output), certainty: Certainty::Partial, ..reported }
            }
            None => Usage {
                input: scaled(input(self.format, &self.prompt), self.prompt_bytes, self.prompt.len() as u64),
                output,
                certainty: Certainty::Estimated,
                ..Usage::default()
            },
        }
    }

    fn output(&self) -> u64 {
        scaled(tokens::estimate(&self.heard.text), self.heard.bytes, self.heard.text.len() as u64)
    }
}

/// Tokens of a whole of which only `kept` of `bytes` were counted.
fn scaled(tokens: u64, bytes: u64, kept: u64) -> u64 {
    if kept == 0 || bytes <= kept { tokens } else { tokens.saturating_mul(bytes) / kept }
}

/// Prices `usage` with the target's price, where there is one.
pub(crate) fn price(used: &mut Used, target: &Target, usage: &Usage) {
    if let Some(prices) = &target.prices {
        used.cost = Some(catalog::cost(prices, usage));
        used.price_date = Some(target.price_date.clone());
    }
}

/// Counts and records away from the threads that serve; without a runtime, at once.
pub(crate) fn later(unmetered: Unmetered, mut record: Record, telemetry: Arc<Telemetry>) {
    let count = move || {
        let usage = unmetered.usage();
        record.used.usage = Some(usage);
        price(&mut record.used, &unmetered.target, &usage);
        telemetry.record(record);
    };
    match tokio::runtime::Handle::try_current() {
        Ok(runtime) => drop(runtime.spawn_blocking(count)),
        Err(_) => count(),
    }
}

/// Input tokens of a request in `format`. A body that cannot be decoded is counted as it is written.
fn input(format: Format, body: &Bytes) -> u64 {
    let mut text = String::new();
    let mut around = tokens::PER_REPLY;
    match table::codec(format).decode_request(body) {
        Ok(chat) => {
            around += tokens::PER_MESSAGE * chat.messages.len() as u64;
            view::text_of_request(&chat, &mut |part| {
                text.push_str(part);
                text.push('\n');
            });
        }
        Err(_) => text.push_str(&String::from_utf8_lossy(body)),
    }
    tokens::estimate(&text) + around
}

/// Counts away from the threads that serve; dropping the future leaves a count that nobody reads.
pub(crate) async fn input_in_background(format: Format, body: Bytes) -> u64 {
    let count = tokio::task::spawn_blocking(move || input(format, &body));
    count.await.unwrap_or_default()
}
