//! What is known of providers and models: addresses, credentials' places, quirks, limits, capabilities and
//! prices. All of it is data (`data/*.toml`), compiled in and read once; adding a provider or a model is a row.
//! Who may use what, and which of it is configured, is left to others. Prices are exact integers throughout.
#![forbid(unsafe_code)]
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::print_stdout)
)]

mod book;
mod load;
mod model;
mod name;
mod price;
mod provider;
pub mod tokens;

pub use book::Catalog;
pub use load::BadData;
pub use model::{Capability, Modality, Model, Set};
pub use price::{Long, Prices, Rates, Tier, cost};
pub use provider::{Auth, Paths, Provider, Quirks, StreamUsage};
