//! The answer's body: whole, or a stream on its way through, with the exchange that is completed when it ends.

mod response_body;
mod stream;

pub use response_body::ResponseBody;
pub(crate) use stream::Stream;
