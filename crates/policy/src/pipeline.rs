//! A scope's policies, sorted once when the snapshot is compiled, and the loops that run them.

use crate::policy::{AttemptView, CallView, Decision, Policy, RequestView, ResponseView, Step};
use ir::Fault;
use std::sync::Arc;

/// The policies of one scope (gateway, key or model) in the one order.
#[derive(Clone, Default)]
pub struct Policies(Box<[Arc<dyn Policy>]>);

impl Policies {
    pub fn new(mut policies: Vec<Arc<dyn Policy>>) -> Self {
        policies.sort_by_key(|policy| policy.kind().rank());
        Self(policies.into())
    }

    pub async fn on_request(&self, view: &mut RequestView<'_>) -> Result<(), Fault> {
        for policy in &self.0 {
            settle(policy.on_request(view)).await?;
        }
        Ok(())
    }

    pub async fn on_call(&self, view: &mut CallView<'_>) -> Result<(), Fault> {
        for policy in &self.0 {
            settle(policy.on_call(view)).await?;
        }
        Ok(())
    }

    pub fn on_attempt(&self, view: &mut AttemptView<'_>) {
        self.0.iter().for_each(|policy| policy.on_attempt(view));
    }

    pub fn on_response(&self, view: &mut ResponseView<'_>) {
        self.0.iter().for_each(|policy| policy.on_response(view));
    }
}

async fn settle(step: Step<'_>) -> Result<(), Fault> {
    let decision = match step {
        Step::Ready(decision) => decision,
        Step::Later(later) => later.await,
    };
    match decision {
        Decision::Continue => Ok(()),
        Decision::Refuse(fault) => Err(*fault),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Kind;
    use http::HeaderMap;
    use std::{sync::Mutex, time::Duration};

    struct Noted(Kind, Arc<Mutex<Vec<Kind>>>);
    impl Policy for Noted {
        fn kind(&self) -> Kind {
            self.0
        }
        fn on_request<'a>(&'a self, _: &'a mut RequestView<'_>) -> Step<'a> {
            Step::Later(Box::pin(async {
                self.1.lock().unwrap().push(self.0);
                if self.0 == Kind::RequestRate {
                    return Decision::Refuse(Box::new(Fault::internal("enough")));
                }
                Decision::Continue
            }))
        }
    }

    #[test]
    fn policies_run_in_the_one_order_and_stop_at_a_refusal() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let all = [Kind::Headers, Kind::RequestRate, Kind::BodySize]
            .map(|k| Arc::new(Noted(k, seen.clone())) as Arc<dyn Policy>);
        let policies = Policies::new(all.to_vec());
        let (headers, mut caller, mut max_body, mut rate) = (HeaderMap::new(), None, 0, None);
        let mut view = RequestView {
            headers: &headers,
            now: Duration::ZERO,
            unix: Duration::ZERO,
            caller: &mut caller,
            max_body: &mut max_body,
            rate: &mut rate,
        };
        let refused = futures_util::future::FutureExt::now_or_never(policies.on_request(&mut view)).unwrap();
        assert_eq!(refused.unwrap_err().message, "enough");
        assert_eq!(*seen.lock().unwrap(), [Kind::BodySize, Kind::RequestRate]);
    }
}
