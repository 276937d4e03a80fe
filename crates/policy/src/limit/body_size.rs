//! How large a request body may be. At the gateway or on a key it decides how much is read; on a model it is checked once
//! the model is known.

use crate::{
    Kind,
    policy::{CallView, Policy, RequestView, Step},
};
use ir::{Blame, Fault, FaultKind};

/// At most this many bytes.
pub struct BodySize {
    pub max: u64,
    pub at: When,
}

/// When a body's size is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Before it is read: a nearer scope may still say otherwise.
    Head,
    /// Once the model is known.
    Call,
}

impl Policy for BodySize {
    fn kind(&self) -> Kind {
        Kind::BodySize
    }

    fn on_request<'a>(&'a self, view: &'a mut RequestView<'_>) -> Step<'a> {
        if self.at == When::Head {
            *view.max_body = self.max;
        }
        Step::CONTINUE
    }

    fn on_call<'a>(&'a self, view: &'a mut CallView<'_>) -> Step<'a> {
        if self.at == When::Call && view.body.len() as u64 > self.max {
            Step::refuse(too_large(self.max))
        } else {
            Step::CONTINUE
        }
    }
}

/// The refusal of a body over `max` bytes.
pub fn too_large(max: u64) -> Fault {
    let message = format!("the request body is larger than the {max} bytes allowed here");
    Fault::new(FaultKind::BodyTooLarge, Blame::Caller, message)
}
