//! From bytes to a call: the body is read within its bounds and its owned fields are found. Content is not decoded here.

use super::{Hop, admit::Admitted};
use crate::{Snapshot, deadline, exchange::Exchange};
use bytes::{Bytes, BytesMut};
use http::{header, request::Parts};
use http_body::Body;
use http_body_util::BodyExt;
use ir::{Blame, Fault, FaultKind, Format, Operation};
use policy::limit::body_size;
use tokio::time::Instant;
use wire::relay::{self, Envelope};

/// A call to a model, understood as far as routing it needs.
pub(crate) struct Call {
    pub(crate) format: Format,
    pub(crate) operation: Operation,
    pub(crate) body: Bytes,
    pub(crate) envelope: Envelope,
}

pub(crate) async fn body<B>(
    snapshot: &Snapshot,
    exchange: &mut Exchange,
    admitted: &Admitted,
    head: &Parts,
    body: B,
    format: Format,
    operation: Operation,
) -> Hop<Call>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: std::fmt::Display,
{
    expect_json(head)?;
    let max = admitted.max_body;
    let deadline = Instant::now() + snapshot.limits.body_timeout;
    let body = match exchange.waiting(deadline::within(deadline, collect(body, max))).await {
        Ok(body) => body?,
        Err(deadline::Late) => {
            let message =
                format!("the request body did not arrive within {:?}", snapshot.limits.body_timeout);
            return Err(Fault::new(FaultKind::RequestTimeout, Blame::Caller, message));
        }
    };
    let envelope = relay::envelope(operation, format, &body)
        .map_err(|bad| Fault::invalid(bad.param.map(Into::into), bad.message))?;
    exchange.called(&body, &envelope);
    Ok(Call { format, operation, body, envelope })
}

/// JSON, or nothing said: some clients forget to.
fn expect_json(head: &Parts) -> Hop<()> {
    if head.headers.contains_key(header::CONTENT_ENCODING) {
        let message = "compressed request bodies are not accepted: send the body without content-encoding";
        return Err(Fault::new(FaultKind::UnsupportedMediaType, Blame::Caller, message));
    }
    let Some(kind) = head.headers.get(header::CONTENT_TYPE) else { return Ok(()) };
    let essence = kind.as_bytes().split(|b| *b == b';').next().unwrap_or_default().trim_ascii();
    if essence.eq_ignore_ascii_case(b"application/json") || essence.ends_with(b"+json") {
        return Ok(());
    }
    let message = "the content-type is not JSON: send `content-type: application/json`";
    Err(Fault::new(FaultKind::UnsupportedMediaType, Blame::Caller, message))
}

/// The whole body, at most `max` bytes. A body that came in one piece is not copied.
async fn collect<B>(mut body: B, max: u64) -> Hop<Bytes>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: std::fmt::Display,
{
    let declared = body.size_hint().exact();
    if declared.is_some_and(|length| length > max) {
        return Err(body_size::too_large(max));
    }
    let Some(first) = next(&mut body).await? else { return Ok(Bytes::new()) };
    if first.len() as u64 > max {
        return Err(body_size::too_large(max));
    }
    if body.is_end_stream() {
        return Ok(first);
    }
    let room = declared.and_then(|length| usize::try_from(length).ok()).unwrap_or(first.len() * 2);
    let mut all = BytesMut::with_capacity(room);
    all.extend_from_slice(&first);
    drop(first);
    while let Some(more) = next(&mut body).await? {
        if (all.len() + more.len()) as u64 > max {
            return Err(body_size::too_large(max));
        }
        all.extend_from_slice(&more);
    }
    Ok(all.freeze())
}

async fn next<B>(body: &mut B) -> Hop<Option<Bytes>>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: std::fmt::Display,
{
    while let Some(frame) = body.frame().await {
        match frame.map(http_body::Frame::into_data) {
            Ok(Ok(data)) => return Ok(Some(data)),
            Ok(Err(_trailers)) => {}
            Err(error) => {
                let message = format!("the request body could not be read: {error}");
                return Err(Fault::invalid(None, message));
            }
        }
    }
    Ok(None)
}
