//! A streamed answer up to its first content. Until then lifecycle frames are held back, so that another target may still answer.

use super::{
    answer::{Content, Reply, keep_back},
    retry::Failure,
    send::{Lane, Prepared},
    understand::Call,
    whole,
};
use crate::{
    deadline::{self, IdleTimer},
    exchange::Exchange,
    flow::Stream,
    snapshot::Target,
};
use config::RetryOn;
use http::{HeaderMap, HeaderValue, Response, header};
use http_body_util::BodyExt;
use ir::{Blame, Fault, FaultKind, Format, Operation};
use std::sync::Arc;
use tokio::time::Instant;
use wire::{Flow, Out, relay, transcode};

/// Bytes of lifecycle frames that are held back; a provider that sends more before any content is let through.
const HELD_MAX: usize = 256 * 1024;
/// Bytes of an answer that is no stream which are read to see what it says.
const ERROR_MAX: u64 = 1 << 20;

pub(crate) async fn open(
    exchange: &mut Exchange,
    call: &Call,
    target: &Arc<Target>,
    prepared: &Prepared,
    response: Response<upstream::Body>,
    first: Instant,
    total: Instant,
) -> Result<Reply, Failure> {
    let (head, mut body) = response.into_parts();
    let mut headers = head.headers;
    if !is_stream(&headers) {
        return Err(no_stream(exchange, target.provider.format, call.operation, body, first).await);
    }
    let mut flow: Box<dyn Flow> = match prepared.lane {
        Lane::Relay { hide_usage } => relay::flow(call.format, relay::RelayOptions { hide_usage }),
        Lane::Translate | Lane::CountHere => {
            transcode::flow(target.provider.format, call.format, exchange.seed(call))
        }
    };
    let mut held = Out::new();
    let content = deadline::within(first, until_content(&mut body, &mut *flow, &mut held));
    match exchange.waiting(content).await {
        Ok(result) => result?,
        Err(deadline::Late) => {
            let message = format!("the provider sent no content within {:?}", target.timeouts.first_token);
            return Err(Failure::timeout("first_token_timeout", message));
        }
    }
    keep_back(&mut headers);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream; charset=utf-8"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-cache"));
    exchange.lost(&prepared.losses, &Default::default());
    exchange.first_content();
    let timer = IdleTimer::new(target.timeouts.idle, total);
    Ok(Reply::new(head.status, headers, Content::Stream(Box::new(Stream::new(held, body, flow, timer)))))
}

/// Feeds the flow until something has been said, or all has.
async fn until_content(
    body: &mut upstream::Body,
    flow: &mut dyn Flow,
    held: &mut Out,
) -> Result<(), Failure> {
    loop {
        let progress = flow.progress();
        // What comes after the dialect's own end changes nothing.
        if let (Some(fault), false) = (&progress.fault, progress.ended) {
            return Err(Failure::told(fault.clone(), "stream_error"));
        }
        if progress.content || progress.ended || held.iter().map(bytes::Bytes::len).sum::<usize>() > HELD_MAX
        {
            return Ok(());
        }
        match body.frame().await {
            Some(frame) => {
                if let Ok(data) = frame?.into_data() {
                    flow.feed(data, held);
                }
            }
            None => {
                flow.finish(held);
                return match &flow.progress().fault {
                    Some(fault) => Err(Failure::told(fault.clone(), "stream_error")),
                    None => Ok(()),
                };
            }
        }
    }
}

/// What came instead of a stream: an error in the clothes of a success, or something that is no answer at all.
async fn no_stream(
    exchange: &mut Exchange,
    format: Format,
    operation: Operation,
    body: upstream::Body,
    first: Instant,
) -> Failure {
    let read = deadline::within(first, whole::collect(body, ERROR_MAX));
    if let Ok(Ok(body)) = exchange.waiting(read).await
        && let Some(fault) = relay::whole(format, operation, &body).fault
    {
        return Failure::told(fault, "error_in_200");
    }
    let message = "the provider was asked for a stream and sent something else";
    let fault = Fault::new(FaultKind::UpstreamError, Blame::Upstream, message);
    Failure::new(fault, RetryOn::ServerError, "not_a_stream")
}

fn is_stream(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or(b"text/event-stream");
    kind.get(..17).is_some_and(|kind| kind.eq_ignore_ascii_case(b"text/event-stream"))
}
