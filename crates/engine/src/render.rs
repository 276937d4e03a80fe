//! The only place that turns a fault into a response, and writes the headers every answer carries.

use crate::{exchange::Exchange, journey::Reply};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use ir::{Fault, Format};
use std::time::Duration;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const PROVIDER: HeaderName = HeaderName::from_static("x-tidegate-provider");
const MODEL: HeaderName = HeaderName::from_static("x-tidegate-model");
const ATTEMPTS: HeaderName = HeaderName::from_static("x-tidegate-attempts");
const COST: HeaderName = HeaderName::from_static("x-tidegate-cost-usd");
const OVERHEAD: HeaderName = HeaderName::from_static("x-tidegate-overhead-us");
const LOSS: HeaderName = HeaderName::from_static("x-tidegate-loss");
/// Where Anthropic's SDKs look for a request's id.
const ANTHROPIC_REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
const PROVIDER_LIMITS: [HeaderName; 3] = [
    HeaderName::from_static("x-ratelimit-limit-tokens"),
    HeaderName::from_static("x-ratelimit-remaining-tokens"),
    HeaderName::from_static("x-ratelimit-reset-tokens"),
];
const FAULT: HeaderName = HeaderName::from_static("x-tidegate-fault");
const LIMIT_REQUESTS: HeaderName = HeaderName::from_static("x-ratelimit-limit-requests");
const REMAINING_REQUESTS: HeaderName = HeaderName::from_static("x-ratelimit-remaining-requests");
const RESET_REQUESTS: HeaderName = HeaderName::from_static("x-ratelimit-reset-requests");

/// A fault in the caller's own dialect.
pub(crate) fn fault(exchange: &Exchange, format: Format, fault: Fault) -> Reply {
    let (status, body) = wire::table::codec(format).encode_fault(&fault, exchange.id());
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Reply::json(body).refusing(status, fault)
}

/// Headers of every answer.
pub(crate) fn common_headers(headers: &mut HeaderMap, exchange: &mut Exchange) {
    put(headers, REQUEST_ID, exchange.id());
    if exchange.record.call.format == Some(Format::AnthropicMessages)
        && !headers.contains_key(&ANTHROPIC_REQUEST_ID)
    {
        put(headers, ANTHROPIC_REQUEST_ID, exchange.id());
    }
    // Who answered; where nobody did, who was asked last.
    let asked = exchange.record.attempts.last().map(|attempt| &attempt.target);
    if let Some(served) = exchange.record.answer.served.as_ref().or(asked) {
        put(headers, PROVIDER, served.provider());
        put(headers, MODEL, served.model());
    }
    if !exchange.record.attempts.is_empty() {
        headers.insert(ATTEMPTS, HeaderValue::from(exchange.record.attempts.len()));
    }
    if let Some(cost) = exchange.cost() {
        put(headers, COST, &cost.to_string());
    }
    if let Some(loss) = &exchange.loss {
        put(headers, LOSS, loss);
    }
    if let Some(rate) = exchange.rate {
        // The provider's limits are not the caller's; one answer must not speak of both.
        PROVIDER_LIMITS.iter().for_each(|name| drop(headers.remove(name)));
        headers.insert(LIMIT_REQUESTS, HeaderValue::from(rate.limit));
        headers.insert(REMAINING_REQUESTS, HeaderValue::from(rate.remaining));
        put(headers, RESET_REQUESTS, &format!("{}ms", rate.reset.as_millis()));
    }
    headers.insert(OVERHEAD, HeaderValue::from(exchange.overhead()));
}

/// Who failed and how, and when to come back.
pub(crate) fn fault_headers(headers: &mut HeaderMap, fault: &Fault) {
    put(headers, FAULT, &format!("{}; source={}", fault.kind.code(), fault.blame.name()));
    if let Some(after) = fault.retry_after {
        headers.entry(header::RETRY_AFTER).or_insert_with(|| HeaderValue::from(seconds_up(after)));
    }
}

/// Whole seconds, rounded up: earlier would be too early.
fn seconds_up(after: Duration) -> u64 {
    after.as_secs() + u64::from(after.subsec_nanos() > 0)
}

/// A value that is not fit for a header is left out.
pub(crate) fn put(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
