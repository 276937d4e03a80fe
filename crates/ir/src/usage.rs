//! The one normal form of usage. Every wire format's own convention is translated into it once, in its codec.

/// Units used by one call. The classes that carry a price of their own are disjoint:
/// `input`, `cached`, `cache_write_5m` and `cache_write_1h` add up to everything the model read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Input tokens that were neither read from nor written to a cache.
    pub input: u64,
    /// Input tokens read from the provider's cache.
    pub cached: u64,
    /// Input tokens written to a cache that lives five minutes (or the provider's only kind).
    pub cache_write_5m: u64,
    /// Input tokens written to a cache that lives an hour.
    pub cache_write_1h: u64,
    /// Output tokens, reasoning and audio included.
    pub output: u64,
    /// Of `output`: tokens of reasoning.
    pub reasoning: u64,
    /// Of `input`: audio tokens.
    pub audio_input: u64,
    /// Of `output`: audio tokens.
    pub audio_output: u64,
    /// Of `input`: image tokens, where the provider tells.
    pub image_input: u64,
    /// Web searches the provider ran, charged by the call.
    pub web_searches: u64,
    /// Of `output`: predicted tokens that were accepted and rejected (both are charged as output).
    pub accepted_prediction: u64,
    pub rejected_prediction: u64,
    /// The tier the provider says it served the answer in, which prices go by; not the one that was asked for.
    pub tier: ServiceTier,
    pub certainty: Certainty,
}

/// Service tiers that have prices of their own somewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ServiceTier {
    /// The ordinary one, whatever it is called, and every one that is not known here.
    #[default]
    Standard,
    /// Slower, or refused when capacity is short.
    Flex,
    /// Before others.
    Priority,
    /// Collected and answered within hours.
    Batch,
    /// The same model, generating faster.
    Fast,
    /// Faster still.
    Ultrafast,
}

impl ServiceTier {
    pub const ALL: [Self; 6] =
        [Self::Standard, Self::Flex, Self::Priority, Self::Batch, Self::Fast, Self::Ultrafast];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Flex => "flex",
            Self::Priority => "priority",
            Self::Batch => "batch",
            Self::Fast => "fast",
            Self::Ultrafast => "ultrafast",
        }
    }

    /// The tier of that name; one that is not known is `None`.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tier| tier.name() == name)
    }
}

/// Where the numbers come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Certainty {
    /// The provider reported them.
    #[default]
    Reported,
    /// Reported in part: the stream ended before the final count, so output may be an estimate.
    Partial,
    /// Counted here, because the provider gave none.
    Estimated,
}

impl Certainty {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reported => "reported",
            Self::Partial => "partial",
            Self::Estimated => "estimated",
        }
    }
}

impl Usage {
    /// All tokens the model read.
    pub const fn total_input(&self) -> u64 {
        self.input
            .saturating_add(self.cached)
            .saturating_add(self.cache_write_5m)
            .saturating_add(self.cache_write_1h)
    }

    pub const fn total(&self) -> u64 {
        self.total_input().saturating_add(self.output)
    }
}
