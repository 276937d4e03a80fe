//! The whole life of a request, as a straight line: each hop takes what the last one proved.

mod admit;
mod answer;
mod attempt;
mod list;
mod permit;
mod receive;
mod retry;
mod send;
mod stream;
mod understand;
mod whole;

use crate::{
    ResponseBody, Snapshot, World,
    exchange::{Exchange, Origin},
    render,
};
pub(crate) use answer::Reply;
use bytes::Bytes;
use futures_util::FutureExt;
use http::{Request, Response};
use http_body::Body;
use ir::Fault;
pub(crate) use receive::Wanted;
pub(crate) use retry::Failure;
use std::{panic::AssertUnwindSafe, sync::Arc};
use stdx::{clock::Clock, entropy::Entropy};
use telemetry::Telemetry;
pub(crate) use understand::Call;

/// The data plane without its sockets.
pub struct Engine {
    pub world: World,
    pub(crate) telemetry: Arc<Telemetry>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
}

/// A step that gives what the next one needs, or ends the journey with a fault.
pub(crate) type Hop<T> = Result<T, Fault>;

impl Engine {
    pub fn new(
        first: Snapshot,
        telemetry: Arc<Telemetry>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self { world: World::new(first), telemetry, clock, entropy }
    }

    /// Answers one request. Dropping the future, or the body it gives, cancels everything it does upstream.
    pub async fn serve<B>(self: &Arc<Self>, request: Request<B>, origin: Origin) -> Response<ResponseBody>
    where
        B: Body<Data = Bytes> + Send + Unpin,
        B::Error: std::fmt::Display,
    {
        let snapshot = self.world.now();
        let (head, body) = request.into_parts();
        let wanted = receive::wanted(&head);
        let mut exchange = Exchange::open(self.clone(), &snapshot, &head, &wanted, origin);
        // Boxed so that a connection with a running stream does not keep the room this future needed.
        let journey = AssertUnwindSafe(Box::pin(travel(&snapshot, &mut exchange, &wanted, &head, body)));
        let end = journey.catch_unwind().await.unwrap_or_else(|_| {
            Err(Fault::internal("the gateway failed on this request; its id is in the x-request-id header"))
        });
        let reply = end.unwrap_or_else(|fault| {
            render::fault(&exchange, wanted.format(), fault).allowing(wanted.allow())
        });
        reply.into_response(&snapshot, exchange)
    }
}

/// From the head to the answer. Nothing in here spawns: a request is one task, so dropping it ends it.
async fn travel<B>(
    snapshot: &Arc<Snapshot>,
    exchange: &mut Exchange,
    wanted: &Wanted,
    head: &http::request::Parts,
    body: B,
) -> Hop<Reply>
where
    B: Body<Data = Bytes> + Send + Unpin,
    B::Error: std::fmt::Display,
{
    exchange.has_room(snapshot)?;
    let admitted = admit::caller(snapshot, exchange, head).await?;
    let (format, operation) = match wanted {
        Wanted::Call { format, operation } => (*format, *operation),
        Wanted::Models { format, one } => return list::models(snapshot, &admitted, *format, one.as_deref()),
        Wanted::Nothing { fault, .. } => return Err((**fault).clone()),
    };
    let call = understand::body(snapshot, exchange, &admitted, head, body, format, operation).await?;
    let permit = permit::grant(snapshot, exchange, admitted, call).await?;
    attempt::run(exchange, head, permit).await
}
