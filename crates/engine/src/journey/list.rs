//! The models a caller may use, in its dialect.

use super::{Hop, admit::Admitted, answer::Reply, permit};
use crate::Snapshot;
use ir::{Blame, Fault, FaultKind, Format};

pub(crate) fn models(
    snapshot: &Snapshot,
    admitted: &Admitted,
    format: Format,
    one: Option<&str>,
) -> Hop<Reply> {
    let allowed = |name: &str| admitted.caller.as_ref().is_none_or(|caller| caller.models.allows(name));
    let reply = match one {
        Some(name) => {
            permit::find(snapshot, name).filter(|_| allowed(name)).ok_or_else(|| {
                let shown: String = name.chars().take(200).collect();
                let message =
                    format!("the model `{shown}` does not exist here; GET /v1/models lists those that do");
                Fault {
                    param: Some("model".into()),
                    ..Fault::new(FaultKind::ModelNotFound, Blame::Caller, message)
                }
            })?;
            wire::models::one(format, name)
        }
        None => {
            let names = snapshot.models.names().iter().map(|name| &**name).filter(|name| allowed(name));
            wire::models::list(format, names)
        }
    };
    Ok(Reply::json(reply).of(admitted.caller.clone(), None))
}
