//! The admin listener: whether the process lives, whether it is ready, and what it measures.
//!
//! It knows neither the engine nor the metrics; it asks them through [`Readiness`] and
//! [`MetricsSource`].
#![forbid(unsafe_code)]
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::print_stdout)
)]

mod router;
mod serve;

pub use router::router;
pub use serve::serve;

use std::sync::Arc;

/// Whether requests should be sent here.
pub trait Readiness: Send + Sync + 'static {
    /// Why not, in words for an operator; empty if ready. Asked at every probe, so it must be quick.
    fn reasons(&self) -> Vec<String>;
}

/// Where the metrics come from.
pub trait MetricsSource: Send + Sync + 'static {
    /// All metrics as OpenMetrics text, closed with `# EOF`.
    fn render(&self) -> String;
}

/// What the admin listener shows.
#[derive(Clone)]
pub struct AdminState {
    /// Asked by `/readyz`.
    pub ready: Arc<dyn Readiness>,
    /// Asked by `/metrics`.
    pub metrics: Arc<dyn MetricsSource>,
}
