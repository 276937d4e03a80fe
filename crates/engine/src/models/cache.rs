//! Targets made on demand, for names no configuration spells out: wildcards and `provider/model`. Bounded and sharded.

use crate::snapshot::Target;
use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    sync::{Arc, PoisonError, RwLock},
};

/// Remembers targets by name.
pub struct TargetCache {
    hasher: RandomState,
    shards: [RwLock<HashMap<Box<str>, Arc<Target>>>; Self::SHARDS],
}

impl Default for TargetCache {
    fn default() -> Self {
        Self { hasher: RandomState::new(), shards: Default::default() }
    }
}

impl TargetCache {
    const SHARDS: usize = 16;
    /// Names kept in each shard; further ones are made anew each time.
    const PER_SHARD: usize = 256;

    pub fn get_or_make(&self, name: &str, make: impl FnOnce() -> Target) -> Arc<Target> {
        let index = usize::try_from(self.hasher.hash_one(name) % Self::SHARDS as u64).unwrap_or_default();
        let Some(shard) = self.shards.get(index) else { return Arc::new(make()) };
        if let Some(target) = shard.read().unwrap_or_else(PoisonError::into_inner).get(name) {
            return target.clone();
        }
        let target = Arc::new(make());
        let mut shard = shard.write().unwrap_or_else(PoisonError::into_inner);
        if shard.len() < Self::PER_SHARD {
            shard.insert(name.into(), target.clone());
        }
        target
    }
}
