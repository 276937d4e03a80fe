//! The engine behind the server: what the listener knows of a caller becomes what the engine wants to know.

use engine::{Engine, Origin, ResponseBody};
use http::{Request, Response};
use hyper::body::Incoming;
use server::{Peer, Service};
use std::{future::Future, sync::Arc};

/// The engine as the server's service.
pub(crate) struct Front(pub(crate) Arc<Engine>);

impl Service for Front {
    type Body = ResponseBody;

    fn call(
        self: &Arc<Self>,
        request: Request<Incoming>,
        peer: &Arc<Peer>,
    ) -> impl Future<Output = Response<ResponseBody>> + Send {
        let remote = peer.remote.ip();
        let engine = self.0.clone();
        async move { engine.serve(request, Origin { remote }).await }
    }
}
