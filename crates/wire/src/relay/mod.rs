//! Same format in and out: look, do not touch. The request keeps its bytes but for the fields the gateway owns, the answer keeps
//! all of them; a tap reads along for metering and for the end of the stream. Translation is the `transcode` module's business.

mod anthropic;
mod envelope;
mod flow;
mod note;
mod openai;
mod owned;
mod whole;

pub use envelope::{Envelope, envelope};
pub use flow::{RelayOptions, flow};
pub(crate) use owned::count;
pub use whole::{Seen, whole};
