//! The list of models, in Anthropic's words.

use serde_json::{Value, json};

/// A fixed date: the simulator's models are not released.
const CREATED: &str = "2025-10-09T00:00:00Z";

pub(crate) fn list(models: &[String]) -> Value {
    let data: Vec<Value> = models.iter().map(|model| one(model)).collect();
    json!({"data": data, "has_more": false, "first_id": models.first(), "last_id": models.last()})
}

pub(crate) fn one(model: &str) -> Value {
    json!({"type": "model", "id": model, "display_name": model, "created_at": CREATED, "lifecycle": "active"})
}
