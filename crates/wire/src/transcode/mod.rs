//! Answers that change their format on the way: upstream bytes to events, events to client bytes. Requests need no code of their own
//! here: they are `decode_request` of one codec and `encode_request` of the other.

pub(crate) mod plain;
mod stream;
pub(crate) mod weight;

use crate::{
    BadBody, Flow, Progress, Seed,
    relay::{self, Seen},
    table,
};
use bytes::Bytes;
use ir::{Format, Losses, Operation};

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

/// Translates a whole answer. One that is an error with status 200 comes back without a body and with `seen.fault`.
pub fn response(upstream: Format, client: Format, body: &Bytes, seed: &Seed) -> Result<Answer, BadBody> {
    let response = match table::codec(upstream).decode_response(body) {
        Ok(response) => response,
        // An error in the clothes of a success is told as the fault it is.
        Err(bad) => match relay::whole(upstream, Operation::Chat, body) {
            seen @ Seen { fault: Some(_), .. } => {
                return Ok(Answer { body: Bytes::new(), seen, losses: Losses::default() });
            }
            _ => return Err(bad),
        },
    };
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

#[cfg(test)]
mod tests {
    use super::*;

    fn seed() -> Seed {
        Seed { id: "s".into(), created: 1, model: "m".into(), include_usage: true }
    }

    #[test]
    fn an_error_with_status_200_is_a_fault_and_nonsense_is_a_bad_body() {
        let error = br#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#;
        let answer =
            response(Format::AnthropicMessages, Format::OpenAiChat, &Bytes::from_static(error), &seed())
                .unwrap();
        assert_eq!(answer.seen.fault.unwrap().kind, ir::FaultKind::Overloaded);
        assert!(
            response(Format::AnthropicMessages, Format::OpenAiChat, &Bytes::from_static(b"<html>"), &seed())
                .is_err()
        );
    }

    #[test]
    fn without_usage_the_text_is_kept_for_an_estimate() {
        let body =
            br#"{"type":"message","content":[{"type":"text","text":"hello"}],"stop_reason":"end_turn"}"#;
        let answer =
            response(Format::AnthropicMessages, Format::OpenAiChat, &Bytes::from_static(body), &seed())
                .unwrap();
        assert_eq!(
            (answer.seen.usage, answer.seen.seen.as_str(), answer.seen.seen_bytes),
            (None, "hello", 5)
        );
    }
}
