//! The labels a provider and a model have in metrics, resolved once per target and kept across reloads. Their
//! number is capped: beyond the cap a target keeps its names in the access log and is `other` in metrics.

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

/// One target's name, and its place in the metrics.
pub struct TargetHandles {
    provider: Arc<str>,
    model: Arc<str>,
    label: LabelId,
}

/// Which pair of labels a target's series carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct LabelId(pub(crate) u32);

impl LabelId {
    /// No target was reached.
    pub(crate) const NONE: Self = Self(0);
    /// The target came after the cap.
    pub(crate) const OTHER: Self = Self(1);
}

impl TargetHandles {
    pub fn provider(&self) -> &str {
        &self.provider
    }

    pub fn model(&self) -> &str {
        &self.model
    }

    pub(crate) fn label(&self) -> LabelId {
        self.label
    }
}

impl fmt::Debug for TargetHandles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.provider, self.model)
    }
}

/// All targets that were ever asked for, up to the cap.
pub(crate) struct Targets {
    known: RwLock<Known>,
    cap: usize,
    over: AtomicU64,
}

struct Known {
    by_name: HashMap<Arc<str>, HashMap<Arc<str>, Arc<TargetHandles>>>,
    /// Provider and model by [`LabelId`].
    labels: Vec<(Arc<str>, Arc<str>)>,
}

impl Targets {
    pub(crate) fn new(cap: usize) -> Self {
        let pair = |word: &str| (Arc::from(word), Arc::from(word));
        let known = Known { by_name: HashMap::new(), labels: vec![pair("none"), pair("other")] };
        Self { known: RwLock::new(known), cap, over: AtomicU64::new(0) }
    }

    /// The handles of a target: the same ones for the same names.
    pub(crate) fn resolve(&self, provider: &str, model: &str) -> Arc<TargetHandles> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(target) = known.by_name.get(provider).and_then(|models| models.get(model)) {
            return Arc::clone(target);
        }
        drop(known);
        self.intern(provider, model)
    }

    /// Handles of a model nobody listed: the log has its name, metrics count it as the provider's `other`. Nothing
    /// is kept of the name, so callers who make names up fill nothing.
    pub(crate) fn unlisted(&self, provider: &str, model: &str) -> Arc<TargetHandles> {
        let other = self.resolve(provider, "other");
        Arc::new(TargetHandles {
            provider: Arc::clone(&other.provider),
            model: model.into(),
            label: other.label,
        })
    }

    fn intern(&self, provider: &str, model: &str) -> Arc<TargetHandles> {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(target) = known.by_name.get(provider).and_then(|models| models.get(model)) {
            return Arc::clone(target);
        }
        let (provider, model): (Arc<str>, Arc<str>) = (provider.into(), model.into());
        if known.labels.len().saturating_sub(2) >= self.cap {
            self.over.fetch_add(1, Ordering::Relaxed);
            return Arc::new(TargetHandles { provider, model, label: LabelId::OTHER });
        }
        let label = LabelId(u32::try_from(known.labels.len()).unwrap_or(LabelId::OTHER.0));
        known.labels.push((Arc::clone(&provider), Arc::clone(&model)));
        let target =
            Arc::new(TargetHandles { provider: Arc::clone(&provider), model: Arc::clone(&model), label });
        known.by_name.entry(provider).or_default().insert(model, Arc::clone(&target));
        target
    }

    /// Provider and model as metrics spell them.
    pub(crate) fn labels(&self, id: LabelId) -> (Arc<str>, Arc<str>) {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let pair = known.labels.get(id.0 as usize).or_else(|| known.labels.get(LabelId::OTHER.0 as usize));
        pair.cloned().unwrap_or_else(|| ("other".into(), "other".into()))
    }

    /// How often a target was asked for that the cap has no label for.
    pub(crate) fn over(&self) -> u64 {
        self.over.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_names_give_the_same_handles() {
        let targets = Targets::new(8);
        let first = targets.resolve("openai", "gpt-4.1");
        assert!(Arc::ptr_eq(&first, &targets.resolve("openai", "gpt-4.1")));
        assert_ne!(first.label(), targets.resolve("azure", "gpt-4.1").label());
    }

    #[test]
    fn unlisted_models_share_one_label_a_provider() {
        let targets = Targets::new(2);
        let made_up: Vec<_> = (0..100).map(|at| targets.unlisted("p", &format!("m{at}"))).collect();
        assert_eq!(made_up[7].model(), "m7");
        assert!(made_up.iter().all(|target| target.label() == made_up[0].label()));
        assert_eq!(targets.labels(made_up[0].label()), ("p".into(), "other".into()));
        assert_ne!(targets.resolve("p", "listed").label(), LabelId::OTHER, "there is still room");
    }

    #[test]
    fn beyond_the_cap_the_name_stays_and_the_label_is_other() {
        let targets = Targets::new(2);
        targets.resolve("p", "a");
        targets.resolve("p", "b");
        let third = targets.resolve("p", "c");
        assert_eq!((third.model(), third.label()), ("c", LabelId::OTHER));
        assert_eq!(targets.over(), 1);
        assert_eq!(targets.labels(third.label()).1.as_ref(), "other");
        assert_ne!(targets.resolve("p", "a").label(), LabelId::OTHER, "known ones stay known");
    }
}
