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
        hold: Hold,
    }
}

/// What an answer holds of its line, and whether it is the caller's turn: a frame, or the head, has
/// been handed over and no more has been asked for.
struct Hold {
    busy: Busy,
    callers_turn: bool,
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
        Ok(response.map(|body| Answer { body, hold: Hold::new(busy) }))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.exchange_ended();
    }
}

impl Hold {
    fn new(busy: Busy) -> Self {
        busy.0.callers_turn();
        Self { busy, callers_turn: true }
    }

    fn asked(&mut self) {
        if std::mem::take(&mut self.callers_turn) {
            self.busy.0.services_turn();
        }
    }

    fn handed(&mut self) {
        self.callers_turn = true;
        self.busy.0.callers_turn();
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.asked();
    }
}

impl<B: Body> Body for Answer<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let this = self.project();
        this.hold.asked();
        let frame = this.body.poll_frame(cx);
        if matches!(frame, Poll::Ready(Some(_))) {
            this.hold.handed();
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
