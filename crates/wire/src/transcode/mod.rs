//! Answers that change their format on the way: upstream bytes to events, events to client bytes. Requests need no code of their own
//! here: they are `decode_request` of one codec and `encode_request` of the other.

mod stream;
pub(crate) mod weight;

use crate::{BadBody, Flow, Progress, Seed, relay::Seen, table};
use bytes::Bytes;
use ir::{ChatRequest, Format, Losses};

/// A flow for a stream that comes in as `upstream` and goes out as `client`.
pub fn flow(upstream: Format, client: Format, seed: Seed) -> Box<dyn Flow> {
    Box::new(stream::Transcode::new(upstream, client, seed))
}

/// A whole answer in the client's format, and what was seen in it.
#[derive(Debug)]
pub struct Answer {
    pub body: Bytes,
    pub seen: Seen,
    pub losses: Losses,
}

/// Translates a whole answer.
pub fn response(upstream: Format, client: Format, body: &Bytes, seed: &Seed) -> Result<Answer, BadBody> {
    let response = table::codec(upstream).decode_response(body)?;
    let mut seen = Seen {
        usage: response.usage,
        finish: response.finish.clone(),
        model: response.model.clone(),
        ..Seen::default()
    };
    if seen.usage.is_none() {
        let mut progress = Progress::default();
        ir::view::text_of_response(&response, &mut |text| progress.saw(text));
        (seen.seen, seen.seen_bytes) = (progress.seen, progress.seen_bytes);
    }
    let mut losses = Losses::default();
    let body = table::codec(client).encode_response(&response, seed, &mut losses);
    Ok(Answer { body, seen, losses })
}

/// Reads a request of `client`'s format. Named here so that callers need not know the table.
pub fn request(client: Format, body: &Bytes) -> Result<ChatRequest, BadBody> {
    table::codec(client).decode_request(body)
}
