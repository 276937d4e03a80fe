//! From a permit to an answer: targets in their order, again after a pause, then the fallback models.
//!
//! Within a model, attempts go round its targets without waiting; a target that failed before is tried again only after a pause.
//! A refusal that no other target would judge differently ends it at once.

use super::{
    Hop,
    answer::Reply,
    permit::{self, Permit},
    retry::{self, Failure},
    send::{self, Prepared},
    stream, whole,
};
use crate::{
    exchange::Exchange,
    models::{Model, order},
    snapshot::Target,
};
use http::request::Parts;
use ir::{Blame, Fault, FaultKind, Operation, Retry};
use policy::access::Caller;
use smallvec::{SmallVec, smallvec};
use std::sync::Arc;
use tokio::time::Instant;

/// Fallback models that are followed, so that a long chain cannot keep a caller for ever.
const MAX_LEGS: usize = 8;

pub(crate) async fn run(exchange: &mut Exchange, head: &Parts, permit: Permit) -> Hop<Reply> {
    let mut last = None;
    for Leg { model, asked } in legs(&permit) {
        match leg(exchange, head, &permit, model, asked).await {
            Ok(reply) => return Ok(reply.of(permit.caller.clone(), Some(model.clone()))),
            Err(failure) if failure.fault.retry == Retry::Never => return failure.end(&permit, model),
            Err(failure) => last = Some((failure, model)),
        }
    }
    match last {
        Some((failure, model)) => failure.end(&permit, model),
        None => Err(Fault::new(FaultKind::NoHealthyTarget, Blame::Gateway, "the model has no target")),
    }
}

/// A model that is tried, and the name it was asked for by, which is what a wildcard passes on.
#[derive(Clone, Copy)]
struct Leg<'a> {
    model: &'a Arc<Model>,
    asked: &'a str,
}

impl Leg<'_> {
    fn is(&self, other: &Leg<'_>) -> bool {
        // Two names that one wildcard takes are two models.
        Arc::ptr_eq(self.model, other.model) && (!self.model.name.ends_with('*') || self.asked == other.asked)
    }
}

/// The model and those it falls back to, each once. A fallback the caller may not use is passed over.
fn legs(permit: &Permit) -> SmallVec<[Leg<'_>; 2]> {
    let mut legs = smallvec![Leg { model: &permit.model, asked: permit.call.envelope.model() }];
    let mut at = 0;
    while let Some(Leg { model, .. }) = legs.get(at).copied() {
        at += 1;
        for asked in &model.fallback {
            let Some(model) = permit::find(&permit.snapshot, asked) else { continue };
            let next = Leg { model, asked };
            let known = legs.iter().any(|leg| leg.is(&next));
            if !known && legs.len() < MAX_LEGS && may_use(permit, &next) {
                legs.push(next);
            }
        }
    }
    legs
}

fn may_use(permit: &Permit, leg: &Leg<'_>) -> bool {
    let allows =
        |caller: &Arc<Caller>| caller.models.allows(leg.asked) || caller.models.allows(&leg.model.name);
    permit.caller.as_ref().is_none_or(allows)
}

/// One model: its attempts over its targets.
async fn leg(
    exchange: &mut Exchange,
    head: &Parts,
    permit: &Permit,
    model: &Model,
    asked: &str,
) -> Result<Reply, Failure> {
    let targets = order(model.targets(asked), model.strategy, || exchange.random());
    // A target that cannot take this request at all is not tried twice.
    let mut open: SmallVec<[(Arc<Target>, Option<Failure>); 4]> =
        targets.into_iter().map(|t| (t, None)).collect();
    let (mut last, mut at) = (None, 0);
    for attempt in 0..model.retries.attempts {
        // Round again.
        if at >= open.len() {
            at = 0;
        }
        let Some((target, before)) = open.get_mut(at) else { break };
        if let Some(before) = before.take()
            && !retry::pause(exchange, &model.retries, attempt, &before).await
        {
            return Err(before);
        }
        let target = target.clone();
        match with_credentials(exchange, head, permit, model, &target).await {
            Ok(reply) => return Ok(reply),
            Err(failure) if !failure.may_retry(&model.retries) => return Err(failure),
            Err(failure) => {
                if failure.fault.retry == Retry::NextTarget {
                    // The one behind it moves up.
                    open.remove(at);
                } else if let Some((_, before)) = open.get_mut(at) {
                    *before = Some(failure.clone());
                    at += 1;
                }
                last = Some(failure);
            }
        }
    }
    Err(last.unwrap_or_else(|| {
        Fault::new(FaultKind::NoHealthyTarget, Blame::Gateway, "no target of the model could be tried").into()
    }))
}

/// One target, with the provider's next key as long as one is refused (401) or exhausted (429).
async fn with_credentials(
    exchange: &mut Exchange,
    head: &Parts,
    permit: &Permit,
    model: &Model,
    target: &Arc<Target>,
) -> Result<Reply, Failure> {
    let prepared = send::prepare(&permit.call, target, model)?;
    let provider = &target.provider;
    let mut tried: SmallVec<[usize; 4]> = SmallVec::new();
    loop {
        let key = provider.credentials.pick(exchange.monotonic(), &tried);
        if let Some((index, _)) = key {
            tried.push(index);
        }
        let failure =
            match once(exchange, head, permit, model, target, key.map(|(_, key)| key), &prepared).await {
                Ok(reply) => return Ok(reply),
                Err(failure) => failure,
            };
        let Some((_, key)) = key else { return Err(failure) };
        let Some(rest) = failure.key_rests_for() else { return Err(failure) };
        key.rest(exchange.monotonic() + rest);
        if tried.len() >= provider.credentials.0.len() {
            return Err(failure);
        }
    }
}

/// One request to one target with one key.
async fn once(
    exchange: &mut Exchange,
    head: &Parts,
    permit: &Permit,
    model: &Model,
    target: &Arc<Target>,
    key: Option<&crate::snapshot::Credential>,
    prepared: &Prepared,
) -> Result<Reply, Failure> {
    if prepared.counts_here() {
        return Ok(whole::count_here(exchange, &permit.call, target).await);
    }
    exchange.attempt(target);
    let begun = Instant::now();
    let deadline = begun + target.timeouts.total;
    let end = async {
        let response = exchange.waiting(send::send(permit, head, target, key, prepared, model)).await?;
        if !response.status().is_success() {
            return Err(retry::refused(response, &target.provider, exchange.unix, deadline).await);
        }
        if permit.call.operation == Operation::Chat && permit.call.envelope.is_stream() {
            let first = (begun + target.timeouts.first_token).min(deadline);
            stream::open(exchange, &permit.call, target, prepared, response, first, deadline).await
        } else {
            whole::take(exchange, &permit.call, target, prepared, response, deadline).await
        }
    };
    let end = end.await;
    exchange.attempted(&end);
    end
}
