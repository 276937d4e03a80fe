//! Who calls, and whether they may at all: the policies that need only the head.

use super::Hop;
use crate::{Snapshot, exchange::Exchange};
use http::request::Parts;
use policy::{RequestView, access::Caller};
use std::sync::Arc;

/// A caller that has been let in.
pub(crate) struct Admitted {
    pub(crate) caller: Option<Arc<Caller>>,
    /// Bytes of body that will be read.
    pub(crate) max_body: u64,
}

pub(crate) async fn caller(snapshot: &Snapshot, exchange: &mut Exchange, head: &Parts) -> Hop<Admitted> {
    let mut caller = None;
    let mut max_body = snapshot.limits.max_body;
    let mut view = RequestView {
        headers: &head.headers,
        now: exchange.started,
        unix: exchange.unix,
        caller: &mut caller,
        max_body: &mut max_body,
        rate: &mut exchange.rate,
    };
    snapshot.policies.on_request(&mut view).await?;
    if let Some(known) = view.caller.clone() {
        exchange.record.caller.key = Some(known.name.clone());
        known.policies.on_request(&mut view).await?;
    }
    Ok(Admitted { caller, max_body: max_body.min(snapshot.limits.max_body) })
}
