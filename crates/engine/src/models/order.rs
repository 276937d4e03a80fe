//! The order in which a model's targets are tried.

use crate::snapshot::Target;
use config::Strategy;
use smallvec::SmallVec;
use std::sync::Arc;

type Targets = SmallVec<[Arc<Target>; 4]>;

/// Orders `targets`, which are sorted by priority. `weighted` draws within each priority, without putting back, so that the
/// order of the fallbacks follows the weights, too; a weight of 0 comes after all others.
pub(crate) fn order(mut targets: Targets, strategy: Strategy, mut random: impl FnMut() -> u64) -> Targets {
    if strategy == Strategy::Priority || targets.len() < 2 {
        return targets;
    }
    let mut from = 0;
    while from < targets.len() {
        let rest = targets.get(from..).unwrap_or_default();
        let Some(first) = rest.first() else { break };
        let same = rest.iter().take_while(|t| t.priority == first.priority);
        let total: u64 = same.clone().map(|t| u64::from(t.weight)).sum();
        let drawn = if total == 0 {
            0
        } else {
            let mut point = random() % total;
            same.clone()
                .position(|t| {
                    let weight = u64::from(t.weight);
                    let hit = point < weight;
                    point = point.saturating_sub(weight);
                    hit
                })
                .unwrap_or(0)
        };
        // Rotating, not swapping, keeps the written order among those not drawn.
        if let Some(part) = targets.get_mut(from..=from + drawn) {
            part.rotate_right(1);
        }
        from += 1;
    }
    targets
}
