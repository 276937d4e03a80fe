//! Paths of the admin listener. All are `GET`, take no body and change nothing.

use axum::Router;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::{Value, json};

use crate::AdminState;

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// `/healthz`, `/readyz`, `/metrics` and an index at `/`.
pub fn router(state: AdminState) -> Router {
    Router::new()
        .route("/", get(index))
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .fallback(unknown)
        .method_not_allowed_fallback(only_get)
        .with_state(state)
}

async fn index() -> Response {
    answer(
        StatusCode::OK,
        &json!({"service": "tidegate admin", "paths": ["/healthz", "/readyz", "/metrics"]}),
    )
}

async fn healthz() -> Response {
    answer(StatusCode::OK, &json!({"status": "alive"}))
}

async fn readyz(State(state): State<AdminState>) -> Response {
    let reasons = state.ready.reasons();
    if reasons.is_empty() {
        answer(StatusCode::OK, &json!({"status": "ready"}))
    } else {
        answer(StatusCode::SERVICE_UNAVAILABLE, &json!({"status": "not ready", "reasons": reasons}))
    }
}

async fn metrics(State(state): State<AdminState>) -> Response {
    let headers = [(CONTENT_TYPE, OPEN_METRICS), (CACHE_CONTROL, "no-store")];
    (headers, state.metrics.render()).into_response()
}

async fn unknown(uri: Uri) -> Response {
    let error = format!("no such path: {}, expected one of /healthz, /readyz, /metrics", uri.path());
    answer(StatusCode::NOT_FOUND, &json!({"error": error}))
}

async fn only_get() -> Response {
    answer(StatusCode::METHOD_NOT_ALLOWED, &json!({"error": "only GET is supported here"}))
}

fn answer(status: StatusCode, body: &Value) -> Response {
    let headers = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")];
    (status, headers, format!("{body}\n")).into_response()
}
