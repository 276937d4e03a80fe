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
use smallvec::{SmallVec, smallvec};
use std::sync::Arc;
use tokio::time::Instant;

/// Fallback models that are followed, so that a long chain cannot keep a caller for ever.
const MAX_LEGS: usize = 8;

pub(crate) async fn run(exchange: &mut Exchange, head: &Parts, permit: Permit) -> Hop<Reply> {
    let legs = legs(&permit);
    let mut last = None;
    for model in &legs {
        let asked =
            if Arc::ptr_eq(model, &permit.model) { permit.call.envelope.model() } else { &model.name };
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

/// The model and those it falls back to, each once. A fallback the caller may not use is passed over.
fn legs(permit: &Permit) -> SmallVec<[Arc<Model>; 2]> {
    let mut legs: SmallVec<[Arc<Model>; 2]> = smallvec![permit.model.clone()];
    let mut at = 0;
    while let Some(model) = legs.get(at).cloned() {
        at += 1;
        for name in &model.fallback {
            let allowed = permit.caller.as_ref().is_none_or(|caller| caller.models.allows(name));
            let next = permit::find(&permit.snapshot, name).filter(|_| allowed && legs.len() < MAX_LEGS);
            if let Some(next) = next.filter(|next| !legs.iter().any(|leg| Arc::ptr_eq(leg, next))) {
                legs.push(next);
            }
        }
    }
    legs
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
    let mut last = None;
    for attempt in 0..model.retries.attempts {
        let count = open.len();
        let Some((target, before)) =
            open.get_mut(usize::try_from(attempt).unwrap_or_default() % count.max(1))
        else {
            break;
        };
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
                    open.retain(|(other, _)| !Arc::ptr_eq(other, &target));
                } else if let Some(slot) = open.iter_mut().find(|(other, _)| Arc::ptr_eq(other, &target)) {
                    slot.1 = Some(failure.clone());
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
    let attempt = exchange.attempt(target);
    let deadline = Instant::now() + target.timeouts.total;
    let end = async {
        let response = exchange.waiting(send::send(permit, head, target, key, prepared, model)).await?;
        if !response.status().is_success() {
            return Err(retry::refused(response, target.provider.format, exchange.unix).await);
        }
        if permit.call.operation == Operation::Chat && permit.call.envelope.is_stream() {
            stream::open(exchange, &permit.call, target, prepared, response, deadline).await
        } else {
            whole::take(exchange, &permit.call, target, prepared, response, deadline).await
        }
    };
    let end = end.await;
    exchange.attempted(attempt, &end);
    end
}
