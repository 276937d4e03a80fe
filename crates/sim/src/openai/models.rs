//! The list of models, in OpenAI's words.

use serde_json::{Value, json};

pub(crate) fn list(models: &[String], created: u64) -> Value {
    let data: Vec<Value> = models.iter().map(|model| one(model, created)).collect();
    json!({"object": "list", "data": data})
}

pub(crate) fn one(model: &str, created: u64) -> Value {
    json!({"id": model, "object": "model", "created": created, "owned_by": "simulator"})
}
