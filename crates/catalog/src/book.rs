//! The catalogue: all rows, found by name.

use crate::{
    load::{self, BadData},
    model::Model,
    name,
    provider::Provider,
};
use std::{borrow::Cow, collections::HashMap, sync::LazyLock};

const PROVIDERS: &str = include_str!("../data/providers.toml");
const MODELS: &[&str] = &[
    include_str!("../data/models/openai.toml"),
    include_str!("../data/models/anthropic.toml"),
    include_str!("../data/models/mistral.toml"),
    include_str!("../data/models/deepseek.toml"),
    include_str!("../data/models/xai.toml"),
    include_str!("../data/models/groq.toml"),
    include_str!("../data/models/cerebras.toml"),
    include_str!("../data/models/together.toml"),
    include_str!("../data/models/fireworks.toml"),
    include_str!("../data/models/perplexity.toml"),
    include_str!("../data/models/moonshot.toml"),
    include_str!("../data/models/zai.toml"),
];

/// Everything that is known.
#[derive(Debug)]
pub struct Catalog {
    providers: Vec<Provider>,
    models: Vec<Model>,
    /// By provider kind, then by id or alias: an index into `models`.
    names: HashMap<Box<str>, HashMap<Box<str>, usize>>,
}

impl Catalog {
    /// The catalogue that is compiled in; read when first asked for.
    pub fn builtin() -> &'static Self {
        #[expect(clippy::expect_used, reason = "compiled in, and a test reads it")]
        static BUILTIN: LazyLock<Catalog> =
            LazyLock::new(|| Catalog::read(PROVIDERS, MODELS).expect("the built-in data is well-formed"));
        &BUILTIN
    }

    /// Reads a catalogue from a file of providers and files of models.
    pub(crate) fn read(providers: &str, files: &[&str]) -> Result<Self, BadData> {
        let providers = load::providers(providers)?;
        let mut book = Self { providers, models: Vec::new(), names: HashMap::new() };
        for text in files {
            for model in load::models(text)? {
                book.add(model)?;
            }
        }
        Ok(book)
    }

    fn add(&mut self, model: Model) -> Result<(), BadData> {
        if self.provider(&model.provider).is_none() {
            return Err(BadData(format!("{} has models but is not a provider", model.provider)));
        }
        let names = self.names.entry(model.provider.clone()).or_default();
        for name in std::iter::once(&model.id).chain(&model.aliases) {
            if names.insert(name.clone(), self.models.len()).is_some() {
                return Err(BadData(format!("{}/{name} is there twice", model.provider)));
            }
        }
        self.models.push(model);
        Ok(())
    }

    pub fn providers(&self) -> &[Provider] {
        &self.providers
    }

    /// The provider kind of that name.
    pub fn provider(&self, kind: &str) -> Option<&Provider> {
        self.providers.iter().find(|provider| &*provider.kind == kind)
    }

    pub fn models(&self) -> &[Model] {
        &self.models
    }

    /// The models of a provider kind.
    pub fn models_of(&self, kind: &str) -> impl Iterator<Item = &Model> {
        self.models.iter().filter(move |model| &*model.provider == kind)
    }

    /// The model a provider kind knows by that name: its id, an alias, a dated snapshot of it, a fine-tuned
    /// version where those have prices of their own, or a vendor's model at a reseller that charges list price.
    pub fn model(&self, kind: &str, name: &str) -> Option<&Model> {
        if let Some(model) = self.find(kind, name) {
            return Some(model);
        }
        let (vendor, rest) = name.split_once('/')?;
        let kind = self.provider(kind)?.resells.get(vendor)?;
        // Resellers write version numbers with points where Anthropic writes dashes; a variant (`:free`) has
        // prices of its own.
        let rest = if &**kind == "anthropic" { Cow::from(rest.replace('.', "-")) } else { Cow::from(rest) };
        self.find(kind, &rest)
    }

    fn find(&self, kind: &str, name: &str) -> Option<&Model> {
        let names = self.names.get(kind)?;
        let at = names.get(name).or_else(|| names.get(name::tuned(name)?)).or_else(|| {
            let undated = name::undated(name)?;
            names.get(undated)
        })?;
        self.models.get(*at)
    }
}
