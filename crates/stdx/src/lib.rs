//! What could have been in std: strings and JSON backed by shared bytes, money, secrets that do not print,
//! clock and entropy ports. Knows nothing of HTTP, of any vendor's JSON, or of the environment.
#![forbid(unsafe_code)]
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::print_stdout)
)]

pub mod cidr;
pub mod clock;
pub mod entropy;
pub mod json;
pub mod money;
pub mod secret;
pub mod splice;
pub mod str;

pub use cidr::Cidr;
pub use json::RawJson;
pub use money::Money;
pub use secret::Secret;
pub use str::Str;
