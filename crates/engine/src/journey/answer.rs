//! An answer on its way to the caller: head, body, and whose policies shape it.

use crate::{ResponseBody, Snapshot, exchange::Exchange, flow::Stream, models::Model, render};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use ir::Fault;
use policy::{ResponseView, access::Caller};
use std::sync::Arc;

/// What the journey ends with when there is something to say.
pub(crate) struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    body: Content,
    /// The provider's refusal, passed on in its own words.
    fault: Option<Fault>,
    caller: Option<Arc<Caller>>,
    model: Option<Arc<Model>>,
}

pub(crate) enum Content {
    Whole(Bytes),
    Stream(Box<Stream>),
}

/// Headers of an upstream's answer that say something about its connection, its framing or its cookies, and not about the answer.
const KEPT_BACK: [HeaderName; 12] = [
    header::CONNECTION,
    header::TRANSFER_ENCODING,
    header::CONTENT_LENGTH,
    header::SERVER,
    header::DATE,
    header::SET_COOKIE,
    header::ALT_SVC,
    header::STRICT_TRANSPORT_SECURITY,
    header::TRAILER,
    header::UPGRADE,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("x-request-id"),
];

impl Reply {
    pub(crate) fn new(status: StatusCode, headers: HeaderMap, body: Content) -> Self {
        Self { status, headers, body, fault: None, caller: None, model: None }
    }

    /// JSON made here.
    pub(crate) fn json(body: Bytes) -> Self {
        let mut headers = HeaderMap::with_capacity(12);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Self::new(StatusCode::OK, headers, Content::Whole(body))
    }

    /// A provider's error answer for a caller of the same dialect.
    pub(crate) fn passed_on(status: StatusCode, mut headers: HeaderMap, body: Bytes, fault: Fault) -> Self {
        keep_back(&mut headers);
        Self { fault: Some(fault), ..Self::new(status, headers, Content::Whole(body)) }
    }

    /// The same as a refusal.
    pub(crate) fn refusing(self, status: StatusCode, fault: Fault) -> Self {
        Self { status, fault: Some(fault), ..self }
    }

    /// Says which methods would have been right, if the method was wrong.
    pub(crate) fn allowing(mut self, methods: Option<&'static str>) -> Self {
        self.headers.extend(methods.map(|methods| (header::ALLOW, HeaderValue::from_static(methods))));
        self
    }

    pub(crate) fn status(&self) -> u16 {
        self.status.as_u16()
    }

    pub(crate) fn of(self, caller: Option<Arc<Caller>>, model: Option<Arc<Model>>) -> Self {
        Self { caller, model, ..self }
    }

    pub(crate) fn into_response(
        mut self,
        snapshot: &Snapshot,
        mut exchange: Box<Exchange>,
    ) -> Response<ResponseBody> {
        exchange.record.answer.status = self.status.as_u16();
        render::common_headers(&mut self.headers, &mut exchange);
        if let Some(fault) = &self.fault {
            render::fault_headers(&mut self.headers, fault);
            exchange.failed(fault);
        }
        let mut view = ResponseView { headers: &mut self.headers };
        snapshot.policies.on_response(&mut view);
        if let Some(model) = &self.model {
            model.policies.on_response(&mut view);
        }
        if let Some(caller) = &self.caller {
            caller.policies.on_response(&mut view);
        }
        let body = match self.body {
            Content::Whole(bytes) => ResponseBody::whole(bytes, exchange),
            Content::Stream(stream) => ResponseBody::stream(stream, exchange),
        };
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }
}

/// Takes out of an upstream's headers what is not the caller's.
pub(crate) fn keep_back(headers: &mut HeaderMap) {
    for name in &KEPT_BACK {
        headers.remove(name);
    }
}
