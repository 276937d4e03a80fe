//! A provider simulator: OpenAI chat completions, embeddings and models, and Anthropic messages, token counts and
//! models, as a pure service function over an HTTP request. What it says follows from the seed and the request; how
//! it behaves (slow, broken, limited, cut off) follows from a profile, the model name, a header or the prompt.
//!
//! Its wire formats are written by hand and share nothing with the gateway's own codecs, so that tests can use it as
//! an oracle. It leaves sockets to [`serve`] and the command line to the binary.
#![forbid(unsafe_code)]
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::print_stdout)
)]

mod answer;
mod anthropic;
mod ask;
mod behaviour;
mod body;
mod cache;
mod caller;
mod control;
mod fault;
mod frame;
mod log;
mod openai;
mod random;
mod request;
mod schema;
mod script;
mod serve;
mod settings;
mod simulator;
mod text;

pub use behaviour::Behaviour;
pub use body::{Body, BoxError};
pub use log::{Arrived, Ended, ModelCount, Stats};
pub use serve::serve;
pub use settings::Settings;
pub use simulator::Simulator;
