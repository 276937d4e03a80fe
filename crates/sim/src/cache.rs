//! The prompt cache: which prefixes were seen before, and what a call reads from and writes to it. Entries do not
//! age; they are forgotten when the simulator is reset or the cache is full.

use std::collections::HashSet;

use crate::ask::{Lifetime, Prefix};

/// Prefixes remembered before the cache starts afresh.
const MOST_PREFIXES: usize = 100_000;
/// Prompts shorter than this are not cached automatically, and hits are counted in steps of 128 tokens.
const LEAST_AUTOMATIC: u64 = 1_024;
const STEP: u64 = 128;

/// Tokens of a prompt that came from the cache or went into it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Cached {
    pub(crate) read: u64,
    pub(crate) written_5m: u64,
    pub(crate) written_1h: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Cache(HashSet<u64>);

impl Cache {
    /// Looks up the prefixes of a prompt, shortest first, and remembers them.
    pub(crate) fn visit(&mut self, prefixes: &[Prefix]) -> Cached {
        let mut cached = Cached::default();
        let mut reached = 0;
        for prefix in prefixes {
            let automatic = prefix.lifetime == Lifetime::Automatic;
            if automatic && prefix.tokens < LEAST_AUTOMATIC {
                continue;
            }
            let grown = prefix.tokens.saturating_sub(reached);
            if self.0.contains(&prefix.hash) {
                cached.read = if automatic { prefix.tokens / STEP * STEP } else { prefix.tokens };
            } else {
                match prefix.lifetime {
                    Lifetime::Automatic => {}
                    Lifetime::FiveMinutes => cached.written_5m += grown,
                    Lifetime::OneHour => cached.written_1h += grown,
                }
            }
            reached = prefix.tokens;
        }
        if self.0.len() + prefixes.len() > MOST_PREFIXES {
            self.0.clear();
        }
        self.0.extend(prefixes.iter().map(|prefix| prefix.hash));
        cached
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefix(hash: u64, tokens: u64, lifetime: Lifetime) -> Prefix {
        Prefix { hash, tokens, lifetime }
    }

    #[test]
    fn marked_prefixes_are_written_once_and_read_after() {
        let mut cache = Cache::default();
        let first = [prefix(1, 100, Lifetime::OneHour), prefix(2, 150, Lifetime::FiveMinutes)];
        assert_eq!(cache.visit(&first), Cached { read: 0, written_5m: 50, written_1h: 100 });
        assert_eq!(cache.visit(&first), Cached { read: 150, written_5m: 0, written_1h: 0 });
        let longer = [prefix(1, 100, Lifetime::OneHour), prefix(3, 180, Lifetime::FiveMinutes)];
        assert_eq!(cache.visit(&longer), Cached { read: 100, written_5m: 80, written_1h: 0 });
        cache.clear();
        assert_eq!(cache.visit(&first).read, 0);
    }

    #[test]
    fn automatic_caching_starts_at_1024_tokens_in_steps_of_128() {
        let mut cache = Cache::default();
        let prompt = [prefix(1, 1_000, Lifetime::Automatic), prefix(2, 1_300, Lifetime::Automatic)];
        assert_eq!(cache.visit(&prompt), Cached::default());
        assert_eq!(cache.visit(&prompt).read, 1_280);
    }
}
