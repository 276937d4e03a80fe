//! The simulator's own endpoints, for tests: `/sim/stats`, `/sim/requests`, `/sim/reset`. They are not counted.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Method, Response, StatusCode};
use serde_json::json;

use crate::Simulator;
use crate::body::Body;

pub(crate) fn answer(simulator: &Simulator, method: &Method, name: &str) -> Response<Body> {
    match (name, method.as_str()) {
        ("stats", "GET") => json_response(StatusCode::OK, json!(simulator.stats())),
        ("requests", "GET") => json_response(StatusCode::OK, json!(simulator.requests())),
        ("reset", "POST") => {
            simulator.reset();
            json_response(StatusCode::OK, json!({"reset": true}))
        }
        ("stats" | "requests" | "reset", _) => {
            let message =
                format!("use GET /sim/stats, GET /sim/requests or POST /sim/reset, not {method} /sim/{name}");
            json_response(StatusCode::METHOD_NOT_ALLOWED, json!({"error": message}))
        }
        _ => {
            let message = format!("no /sim/{name}: there are /sim/stats, /sim/requests and /sim/reset");
            json_response(StatusCode::NOT_FOUND, json!({"error": message}))
        }
    }
}

fn json_response(status: StatusCode, value: serde_json::Value) -> Response<Body> {
    let mut response = Response::new(Body::whole(Bytes::from(value.to_string()), None));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
    response
}
