//! One request on its way to one target: the lane it takes, its body, its headers.

use super::{permit::Permit, retry::Failure, understand::Call};
use crate::{
    models::Model,
    snapshot::{Credential, Provider, Target},
};
use catalog::StreamUsage;
use http::{HeaderName, HeaderValue, Method, Response, header, request::Parts};
use ir::{Blame, ChatRequest, Fault, FaultKind, Format, Losses, Operation, Retry};
use policy::AttemptView;
use upstream::{Outgoing, Segments, Timeouts};
use wire::{Target as Spelling, table};

/// What goes to a target, and how its answer comes back.
pub(crate) struct Prepared {
    pub(crate) lane: Lane,
    body: Segments,
    pub(crate) losses: Losses,
}

/// How the two sides' formats relate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    /// Same format: bytes pass as they are. `hide_usage`: the caller did not ask for the usage the gateway asked for.
    Relay {
        hide_usage: bool,
    },
    Translate,
    /// The provider cannot count tokens; they are counted here.
    CountHere,
}

impl Prepared {
    pub(crate) fn counts_here(&self) -> bool {
        self.lane == Lane::CountHere
    }
}

/// Spells the call for `target`. Costs nothing but a splice where the formats agree.
pub(crate) fn prepare(call: &Call, target: &Target, model: &Model) -> Result<Prepared, Failure> {
    let provider = &target.provider;
    if call.format == provider.format {
        return Ok(relayed(call, target));
    }
    match call.operation {
        Operation::Chat => translated(call, target, model),
        Operation::CountTokens => {
            // What no provider would take is not counted either.
            decoded(call)?;
            Ok(Prepared { lane: Lane::CountHere, body: Segments::new(), losses: Losses::default() })
        }
        Operation::Embeddings | Operation::ListModels => {
            let message = format!("the provider `{}` has no {}", provider.name, call.operation.name());
            Err(Fault::new(FaultKind::Untranslatable, Blame::Caller, message)
                .with_retry(Retry::NextTarget)
                .into())
        }
    }
}

fn decoded(call: &Call) -> Result<ChatRequest, Fault> {
    let decoded = table::codec(call.format).decode_request(&call.body);
    decoded.map_err(|bad| Fault::invalid(bad.param.map(Into::into), bad.message))
}

fn relayed(call: &Call, target: &Target) -> Prepared {
    let streams = call.operation == Operation::Chat && call.envelope.is_stream();
    let ask = streams
        && call.format == Format::OpenAiChat
        && target.provider.facts.quirks.stream_usage == StreamUsage::OnRequest;
    let body = call.envelope.outgoing(&call.body, &target.model, ask);
    let lane = Lane::Relay { hide_usage: ask && !call.envelope.wants_usage() };
    Prepared { lane, body, losses: Losses::default() }
}

fn translated(call: &Call, target: &Target, model: &Model) -> Result<Prepared, Failure> {
    let untranslatable = |message: String| {
        Fault::new(FaultKind::Untranslatable, Blame::Caller, message).with_retry(Retry::NextTarget)
    };
    let chat = decoded(call)?;
    let spelling = Spelling {
        model: &target.model,
        max_output: target.max_output,
        legacy_max_tokens: target.provider.facts.quirks.legacy_max_tokens,
    };
    let mut losses = Losses::default();
    let body = table::codec(target.provider.format).encode_request(&chat, &spelling, &mut losses).map_err(
        |refused| Fault { param: Some(refused.what.clone().into()), ..untranslatable(refused.to_string()) },
    )?;
    if model.strict && !losses.is_empty() {
        let message =
            format!("strict_translation is on and this cannot be carried to the target: {}", losses.header());
        return Err(untranslatable(message).into());
    }
    Ok(Prepared { lane: Lane::Translate, body: Segments::from_iter([body]), losses })
}

/// Sends it, and waits for the head of the answer.
pub(crate) async fn send(
    permit: &Permit,
    head: &Parts,
    target: &Target,
    key: Option<&Credential>,
    prepared: &Prepared,
    model: &Model,
) -> Result<Response<upstream::Body>, Failure> {
    let provider = &target.provider;
    let call = &permit.call;
    let missing = || Fault::internal(format!("the provider `{}` has no endpoint for this", provider.name));
    let place = provider.place().ok_or_else(missing)?;
    let path = match call.operation {
        Operation::Chat => Some(&place.chat),
        Operation::Embeddings => place.embeddings.as_ref(),
        Operation::CountTokens => place.count_tokens.as_ref(),
        Operation::ListModels => None,
    };
    let outgoing = Outgoing {
        method: Method::POST,
        path: path.ok_or_else(missing)?.clone(),
        headers: headers(permit, head, provider, key, model),
        body: prepared.body.clone(),
    };
    let streams = call.operation == Operation::Chat && call.envelope.is_stream();
    let timeouts = &target.timeouts;
    let patience = if streams { timeouts.first_token.min(timeouts.total) } else { timeouts.total };
    Ok(place
        .endpoint
        .send(outgoing, &Timeouts { connect: timeouts.connect.min(timeouts.total), head: patience })
        .await?)
}

const USER_AGENT: HeaderValue = HeaderValue::from_static(concat!("tidegate/", env!("CARGO_PKG_VERSION")));
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const SSE: HeaderValue = HeaderValue::from_static("text/event-stream");
const IDENTITY: HeaderValue = HeaderValue::from_static("identity");

/// The caller's own headers stay here, but for those that belong to the provider's dialect and the trace context.
fn headers(
    permit: &Permit,
    head: &Parts,
    provider: &Provider,
    key: Option<&Credential>,
    model: &Model,
) -> Vec<(HeaderName, HeaderValue)> {
    const TRACE: [HeaderName; 2] =
        [HeaderName::from_static("traceparent"), HeaderName::from_static("tracestate")];
    let mut headers = Vec::with_capacity(8 + provider.headers.len() + provider.forwarded.len());
    let accept = if permit.call.envelope.is_stream() { SSE } else { JSON };
    headers.push((header::CONTENT_TYPE, JSON));
    headers.push((header::ACCEPT, accept));
    headers.push((header::ACCEPT_ENCODING, IDENTITY));
    headers.push((header::USER_AGENT, USER_AGENT));
    let same = permit.call.format == provider.format;
    let forwarded = if same { &*provider.forwarded } else { &[] };
    for name in forwarded.iter().chain(&TRACE) {
        headers.extend(head.headers.get_all(name).iter().map(|value| (name.clone(), value.clone())));
    }
    for (name, value) in &provider.headers {
        if !headers.iter().any(|(other, _)| other == name) {
            headers.push((name.clone(), value.clone()));
        }
    }
    headers.extend(key.map(|key| (key.header.clone(), key.value.clone())));
    let mut view = AttemptView { headers: &mut headers };
    permit.snapshot.policies.on_attempt(&mut view);
    model.policies.on_attempt(&mut view);
    if let Some(caller) = &permit.caller {
        caller.policies.on_attempt(&mut view);
    }
    headers
}
