//! What answers requests. The server calls it once an exchange and owns nothing of the answer but
//! its delivery.

use std::future::Future;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use hyper::body::Incoming;

use crate::Peer;

/// Any error a response body may end in. It is logged, never shown to the caller: a body that fails
/// cuts its connection (HTTP/1) or resets its stream (HTTP/2).
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Answers requests. The gateway's engine implements it; tests implement it in ten lines.
///
/// The returned future, and then the body, are dropped as soon as the caller is known to have left:
/// dropping is how an exchange is cancelled.
pub trait Service: Send + Sync + 'static {
    /// The response body. Data frames are written as they come; nothing is buffered beyond the
    /// frame in hand.
    type Body: http_body::Body<Data = Bytes, Error = BoxError> + Send + 'static;

    /// Answers one request. There is no error: whatever goes wrong is a response.
    fn call(
        self: &Arc<Self>,
        request: Request<Incoming>,
        peer: &Arc<Peer>,
    ) -> impl Future<Output = Response<Self::Body>> + Send;
}
