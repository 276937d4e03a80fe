//! The last question before anything is spent: does the model exist, and may this caller call it? Only `grant` makes a `Permit`.

use super::{Hop, admit::Admitted, understand::Call};
use crate::{Snapshot, exchange::Exchange, models::Model};
use ir::{Blame, Fault, FaultKind};
use policy::{CallView, access::Caller};
use std::sync::Arc;

/// Leave to call a model.
pub(crate) struct Permit {
    /// The world this call began in.
    pub(crate) snapshot: Arc<Snapshot>,
    pub(crate) call: Call,
    pub(crate) caller: Option<Arc<Caller>>,
    pub(crate) model: Arc<Model>,
    _only_grant: (),
}

pub(crate) async fn grant(
    snapshot: &Arc<Snapshot>,
    exchange: &mut Exchange,
    admitted: Admitted,
    call: Call,
) -> Hop<Permit> {
    let asked = call.envelope.model();
    let found = find(snapshot, asked);
    let configured = found.map_or(asked, |model| &model.name);
    let mut view = CallView {
        caller: admitted.caller.as_deref(),
        model: asked,
        configured,
        body: &call.body,
        now: exchange.started,
        rate: &mut exchange.rate,
    };
    // Before saying that a model does not exist, so that a caller learns nothing about names it may not use.
    snapshot.policies.on_call(&mut view).await?;
    if let Some(caller) = view.caller {
        caller.policies.on_call(&mut view).await?;
    }
    let model = found.cloned().ok_or_else(|| unknown(asked))?;
    model.policies.on_call(&mut view).await?;
    Ok(Permit { snapshot: snapshot.clone(), call, caller: admitted.caller, model, _only_grant: () })
}

/// Any model of a configured provider by `provider/model`, or a configured model.
pub(crate) fn find<'a>(snapshot: &'a Snapshot, name: &str) -> Option<&'a Arc<Model>> {
    snapshot.direct.find(name).or_else(|| snapshot.models.find(name))
}

fn unknown(asked: &str) -> Fault {
    let shown: String = asked.chars().take(200).collect();
    let message = format!("the model `{shown}` does not exist here; GET /v1/models lists those that do");
    Fault { param: Some("model".into()), ..Fault::new(FaultKind::ModelNotFound, Blame::Caller, message) }
}
