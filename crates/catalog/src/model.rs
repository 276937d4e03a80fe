//! A model: its limits, what it takes and can do, and what it costs. One row of `data/models/*.toml` each.

use crate::price::Prices;
use serde::Deserialize;
use std::marker::PhantomData;

/// One model of one provider kind.
#[derive(Clone, Debug)]
pub struct Model {
    /// The provider kind whose model this is.
    pub provider: Box<str>,
    /// The name the provider knows it by.
    pub id: Box<str>,
    /// Further names of the same model at the same price.
    pub aliases: Vec<Box<str>>,
    /// Tokens it can read in one call.
    pub context: Option<u64>,
    /// Tokens it can write in one call.
    pub max_output: Option<u64>,
    /// What it takes.
    pub input: Set<Modality>,
    /// What it gives.
    pub output: Set<Modality>,
    pub can: Set<Capability>,
    /// `None` where the vendor publishes no price, or we know of none.
    pub prices: Option<Prices>,
    /// The day the vendor has announced to retire it, `2026-11-30`.
    pub retires: Option<Box<str>>,
}

impl Model {
    pub fn can(&self, what: Capability) -> bool {
        self.can.has(what)
    }
}

/// A kind of content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Modality {
    Text,
    Image,
    Audio,
    Pdf,
    /// A vector of numbers: what an embedding model gives.
    Embedding,
}

/// Something not every model can.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Capability {
    Tools,
    ParallelTools,
    JsonSchema,
    Reasoning,
    PromptCache,
    WebSearch,
    /// Continues an assistant message the caller began.
    Prefill,
}

/// A small set of an enum's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Set<T>(u16, PhantomData<T>);

impl<T> Default for Set<T> {
    fn default() -> Self {
        Self(0, PhantomData)
    }
}

/// A value's place in a [`Set`].
pub trait Member: Copy {
    fn place(self) -> u16;
}
impl Member for Modality {
    fn place(self) -> u16 {
        self as u16
    }
}
impl Member for Capability {
    fn place(self) -> u16 {
        self as u16
    }
}

impl<T: Member> Set<T> {
    pub fn has(self, member: T) -> bool {
        self.0 & (1 << member.place()) != 0
    }
}

impl<T: Member> FromIterator<T> for Set<T> {
    fn from_iter<I: IntoIterator<Item = T>>(members: I) -> Self {
        Self(members.into_iter().fold(0, |set, member| set | (1 << member.place())), PhantomData)
    }
}

impl<'de, T: Member + Deserialize<'de>> Deserialize<'de> for Set<T> {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Vec::<T>::deserialize(from)?.into_iter().collect())
    }
}
