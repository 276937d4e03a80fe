//! Embeddings: unit vectors that follow from the text alone, so that equal texts are neighbours.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::request::{missing, wrong_type, wrong_value};
use crate::fault::Fault;
use crate::random::{Random, hash};
use crate::request::present;
use crate::text::tokens;

const DIMENSIONS: usize = 1_536;
const MOST_INPUTS: usize = 2_048;

/// A checked embeddings request.
pub(crate) struct Embed {
    pub(crate) model: String,
    inputs: Vec<Input>,
    dimensions: usize,
    base64: bool,
}

struct Input {
    hash: u64,
    tokens: u64,
}

pub(crate) fn read(body: &Value) -> Result<Embed, Fault> {
    let model = match present(body, "model") {
        Some(Value::String(model)) if !model.is_empty() => model.clone(),
        None => return Err(Fault::invalid("you must provide a model parameter")),
        Some(other) => return Err(wrong_type("model", "a string", other)),
    };
    let base64 = match present(body, "encoding_format").map(|format| (format, format.as_str())) {
        None | Some((_, Some("float"))) => false,
        Some((_, Some("base64"))) => true,
        Some((_, Some(other))) => return Err(wrong_value("encoding_format", other, &["float", "base64"])),
        Some((other, None)) => return Err(wrong_type("encoding_format", "a string", other)),
    };
    let dimensions = match present(body, "dimensions") {
        None => DIMENSIONS,
        Some(value) => {
            let given = value.as_i64().ok_or_else(|| wrong_type("dimensions", "an integer", value))?;
            let range = usize::try_from(given).ok().filter(|given| (1..=4_096).contains(given));
            range.ok_or_else(|| {
                Fault::invalid(format!("{given} is not in the range of 1 to 4096 - 'dimensions'"))
            })?
        }
    };
    Ok(Embed { model, inputs: inputs(present(body, "input"))?, dimensions, base64 })
}

fn inputs(input: Option<&Value>) -> Result<Vec<Input>, Fault> {
    let one = |value: &Value| match value {
        Value::String(text) if !text.is_empty() => {
            Some(Input { hash: hash(0, text.as_bytes()), tokens: tokens(text) })
        }
        Value::Array(list) if !list.is_empty() && list.iter().all(Value::is_u64) => {
            Some(Input { hash: hash(0, value.to_string().as_bytes()), tokens: list.len() as u64 })
        }
        _ => None,
    };
    let invalid = || Fault::invalid("'$.input' is invalid. Please check the API reference.").param("input");
    let value = input.ok_or_else(|| missing("input"))?;
    if let Some(single) = one(value) {
        return Ok(vec![single]);
    }
    let list = value.as_array().filter(|list| (1..=MOST_INPUTS).contains(&list.len())).ok_or_else(invalid)?;
    list.iter().map(|item| one(item).ok_or_else(invalid)).collect()
}

impl Embed {
    pub(crate) fn tokens(&self) -> u64 {
        self.inputs.iter().map(|input| input.tokens).sum()
    }

    pub(crate) fn body(&self, seed: u64, no_usage: bool) -> Value {
        let data = self.inputs.iter().enumerate().map(|(index, input)| {
            let vector = vector(input.hash ^ seed, self.dimensions);
            let embedding = if self.base64 {
                let bytes: Vec<u8> = vector.iter().flat_map(|number| number.to_le_bytes()).collect();
                json!(STANDARD.encode(bytes))
            } else {
                json!(vector)
            };
            json!({"object": "embedding", "index": index, "embedding": embedding})
        });
        let mut body = json!({"object": "list", "data": data.collect::<Vec<_>>(), "model": self.model});
        if let (false, Some(body)) = (no_usage, body.as_object_mut()) {
            let tokens = self.tokens();
            body.insert("usage".into(), json!({"prompt_tokens": tokens, "total_tokens": tokens}));
        }
        body
    }
}

fn vector(seed: u64, dimensions: usize) -> Vec<f32> {
    let mut random = Random::new(seed);
    let raw: Vec<f64> = (0..dimensions).map(|_| random.unit() - 0.5).collect();
    let length = raw.iter().map(|number| number * number).sum::<f64>().sqrt().max(f64::MIN_POSITIVE);
    raw.into_iter().map(|number| (number / length) as f32).collect()
}
