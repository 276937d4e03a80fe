//! One request on its way through the [`Service`]: what the connection's [`Line`] is told of it.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::header::{CONNECTION, HeaderValue};
use http::{Request, Response, Version};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use crate::Service;
use crate::drain::Step;
use crate::line::Line;

/// Keeps the line busy from the request's head to the end of the answer.
pub(crate) struct Busy(Arc<Line>);

pin_project_lite::pin_project! {
    /// A response body that keeps its line busy until it is dropped.
    pub(crate) struct Answer<B> {
        #[pin]
        body: B,
        busy: Busy,
    }
}

/// Answers one request. Nothing here is boxed: the future lives inside hyper's connection.
pub(crate) fn exchange<S: Service>(
    service: &Arc<S>,
    line: &Arc<Line>,
    request: Request<Incoming>,
) -> impl Future<Output = Result<Response<Answer<S::Body>>, Infallible>> + Send + use<S> {
    let service = service.clone();
    line.exchange_began(!request.body().is_end_stream());
    let busy = Busy(line.clone());
    let http1 = request.version() < Version::HTTP_2;
    async move {
        let mut response = service.call(request, &busy.0.peer).await;
        // hyper is told of a drain too, but an exchange that begins and ends within one poll is
        // quicker. HTTP/2 has GOAWAY for it.
        if http1 && busy.0.phase().now() != Step::Serving {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        Ok(response.map(|body| Answer { body, busy }))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.exchange_ended();
    }
}

impl<B: Body> Body for Answer<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        self.project().body.poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
