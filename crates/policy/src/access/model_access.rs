//! Which models a caller may use: the patterns of its key, against the name it asked for.

use crate::{
    Kind,
    policy::{CallView, Policy, Step},
};
use ir::{Blame, Fault, FaultKind};

/// Refuses models the caller's key does not name.
pub struct ModelAccess;

impl Policy for ModelAccess {
    fn kind(&self) -> Kind {
        Kind::ModelAccess
    }

    fn on_call<'a>(&'a self, view: &'a mut CallView<'_>) -> Step<'a> {
        match view.caller {
            Some(caller) if !caller.models.allows(view.model) && !caller.models.allows(view.configured) => {
                let message = format!("the key `{}` may not use the model `{}`", caller.name, view.model);
                Step::refuse(Fault {
                    param: Some("model".into()),
                    ..Fault::new(FaultKind::ModelNotAllowed, Blame::Caller, message)
                })
            }
            _ => Step::CONTINUE,
        }
    }
}
