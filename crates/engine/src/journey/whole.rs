//! An answer that comes as a whole.

use super::{
    answer::{Content, Reply, keep_back},
    retry::Failure,
    send::{Lane, Prepared},
    understand::Call,
};
use crate::{deadline, estimate, exchange::Exchange, snapshot::Target};
use bytes::{Bytes, BytesMut};
use config::RetryOn;
use http::{HeaderValue, Response, header};
use http_body::Body;
use http_body_util::BodyExt;
use ir::{Blame, Fault, FaultKind};
use std::sync::Arc;
use tokio::time::Instant;
use wire::{relay, transcode};

/// Reads the answer, meters it, and translates it where the formats differ.
pub(crate) async fn take(
    exchange: &mut Exchange,
    call: &Call,
    target: &Target,
    prepared: &Prepared,
    response: Response<upstream::Body>,
    deadline: Instant,
) -> Result<Reply, Failure> {
    let (head, body) = response.into_parts();
    let whole = deadline::within(deadline, collect(body, exchange.max_response));
    let body = match exchange.waiting(whole).await {
        Ok(body) => body?,
        Err(deadline::Late) => {
            let message =
                format!("the provider did not finish its answer within {:?}", target.timeouts.total);
            return Err(Failure::timeout("total_timeout", message));
        }
    };
    let mut headers = head.headers;
    keep_back(&mut headers);
    let (body, seen) = match prepared.lane {
        Lane::Relay { .. } | Lane::CountHere => {
            if !is_object(&body) {
                return Err(unreadable("it is not a JSON object"));
            }
            let seen = relay::whole(call.format, call.operation, &body);
            (body, seen)
        }
        Lane::Translate => {
            let seed = exchange.seed(call);
            let answer =
                transcode::response(target.provider.format, call.format, &body, &seed).map_err(unreadable)?;
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            exchange.lost(&prepared.losses, &answer.losses);
            (answer.body, answer.seen)
        }
    };
    if let Some(fault) = seen.fault {
        return Err(Failure::told(fault, "error_in_200"));
    }
    exchange.saw_whole(seen);
    Ok(Reply::new(head.status, headers, Content::Whole(body)))
}

/// Whether it may be an answer at all: a page of a proxy in between, or nothing, is tried elsewhere.
fn is_object(body: &[u8]) -> bool {
    body.trim_ascii_start().first() == Some(&b'{')
}

fn unreadable(why: impl std::fmt::Display) -> Failure {
    let message = format!("the provider's answer could not be read: {why}");
    let fault = Fault::new(FaultKind::UpstreamError, Blame::Upstream, message);
    Failure::new(fault, RetryOn::ServerError, "bad_answer")
}

/// Counts the input tokens of a call whose provider cannot.
pub(crate) async fn count_here(exchange: &mut Exchange, call: &Call, target: &Arc<Target>) -> Reply {
    exchange.serves(target);
    let tokens = estimate::input_in_background(call.format, call.body.clone()).await;
    Reply::json(wire::count::answer(tokens))
}

/// The whole body, at most `max` bytes. One that came in one piece is not copied.
pub(super) async fn collect(mut body: upstream::Body, max: u64) -> Result<Bytes, Failure> {
    let mut all = BytesMut::new();
    let mut first = Bytes::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else { continue };
        if (first.len() + all.len() + data.len()) as u64 > max {
            let message =
                format!("the provider's answer is larger than the {max} bytes of `server.max_response`");
            let fault = Fault::new(FaultKind::UpstreamError, Blame::Upstream, message);
            return Err(Failure::from(fault));
        }
        if first.is_empty() && all.is_empty() {
            if body.is_end_stream() {
                return Ok(data);
            }
            first = data;
        } else {
            if !first.is_empty() {
                all.reserve(first.len() + data.len());
                all.extend_from_slice(&std::mem::take(&mut first));
            }
            all.extend_from_slice(&data);
        }
    }
    Ok(if all.is_empty() { first } else { all.freeze() })
}
