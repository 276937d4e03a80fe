//! The one place where the current snapshot lives. Publishing is a swap; a request keeps the one it began with.

use crate::Snapshot;
use arc_swap::{ArcSwap, Guard};
use std::sync::Arc;

/// Holds the current snapshot.
pub struct World {
    current: ArcSwap<Snapshot>,
}

impl World {
    pub fn new(first: Snapshot) -> Self {
        Self { current: ArcSwap::from_pointee(first) }
    }

    /// The snapshot a request that arrives now will travel with.
    pub fn now(&self) -> Arc<Snapshot> {
        Guard::into_inner(self.current.load())
    }

    pub fn publish(&self, next: Snapshot) {
        self.current.store(Arc::new(next));
    }
}
