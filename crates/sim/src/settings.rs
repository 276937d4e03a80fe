//! What a simulator is told once, when it is made.

use crate::Behaviour;

/// Settings of one simulator.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Decides every made-up word, number, id and fault.
    pub seed: u64,
    /// Accepted API keys; empty accepts any caller, with or without a key.
    pub keys: Vec<String>,
    /// Behaviour of every call, before the model name, the prompt and the `x-sim` header have their say.
    pub profile: Behaviour,
    /// Time stamp of answers and models, in seconds since 1970. A constant, so that answers can be compared.
    pub created: u64,
    /// Refuse fields and headers the providers would refuse, and thinking blocks whose signature is not ours.
    pub strict: bool,
    /// Largest accepted request body, in bytes.
    pub max_body: usize,
    /// Models listed by `/v1/models`. Calls may name others, as long as the name does not contain `nonexistent`.
    pub models: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        let models = [
            "gpt-4.1",
            "gpt-4.1-mini",
            "gpt-reasoner",
            "text-embedding-3-small",
            "claude-sonnet-4-5",
            "claude-haiku-4-5",
            "claude-opus-4-5",
        ];
        Self {
            seed: 1,
            keys: Vec::new(),
            profile: Behaviour::default(),
            created: 1_760_000_000,
            strict: true,
            max_body: 32 << 20,
            models: models.map(String::from).to_vec(),
        }
    }
}
