//! Randomness as a port: ids, weighted choices and jitter draw from it; tests seed it.

use std::sync::atomic::{AtomicU64, Ordering};

/// A source of random numbers for ids, choices and jitter. Not for secrets.
pub trait Entropy: Send + Sync + 'static {
    fn next_u64(&self) -> u64;
}

/// SplitMix64 over an atomic counter: no lock, no syscall; seeded once by whoever owns the process.
/// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014.
#[derive(Debug)]
pub struct SplitMix {
    state: AtomicU64,
}

impl SplitMix {
    pub const fn new(seed: u64) -> Self {
        Self { state: AtomicU64::new(seed) }
    }

    /// Seeded from the keys std draws from the operating system for its hash maps.
    pub fn from_os() -> Self {
        use std::hash::{BuildHasher, Hasher, RandomState};
        Self::new(RandomState::new().build_hasher().finish())
    }
}

impl Entropy for SplitMix {
    fn next_u64(&self) -> u64 {
        const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;
        let mut z = self.state.fetch_add(GOLDEN, Ordering::Relaxed).wrapping_add(GOLDEN);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_numbers() {
        let (a, b) = (SplitMix::new(7), SplitMix::new(7));
        let draw = |s: &SplitMix| [s.next_u64(), s.next_u64()];
        assert_eq!(draw(&a), draw(&b));
        assert_ne!(a.next_u64(), a.next_u64());
    }
}
