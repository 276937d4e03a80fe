//! The one order in which policies run. It is part of the product, not of anybody's YAML.

/// The kinds of policy there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    BodySize,
    ApiKey,
    RequestRate,
    ModelAccess,
    Headers,
}

/// A row: the kind, its name in configuration, and why it stands where it stands.
pub struct Row {
    pub kind: Kind,
    pub name: &'static str,
    pub reason: &'static str,
}

pub const ORDER: &[Row] = &[
    Row {
        kind: Kind::BodySize,
        name: "body",
        reason: "before anything else, so that nobody can make the gateway read more than it must",
    },
    Row {
        kind: Kind::ApiKey,
        name: "api_key",
        reason: "before every limit, so that limits know whom they count",
    },
    Row {
        kind: Kind::RequestRate,
        name: "rate",
        reason: "before the body is read, so that a refused call costs next to nothing",
    },
    Row {
        kind: Kind::ModelAccess,
        name: "models",
        reason: "as soon as the model is known, before any target is chosen",
    },
    Row {
        kind: Kind::Headers,
        name: "headers",
        reason: "last, so that no other policy's header can be lost by accident",
    },
];

impl Kind {
    /// Position in `ORDER`.
    pub fn rank(self) -> usize {
        ORDER.iter().position(|row| row.kind == self).unwrap_or(ORDER.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_in_the_order_once() {
        let kinds = [Kind::BodySize, Kind::ApiKey, Kind::RequestRate, Kind::ModelAccess, Kind::Headers];
        for kind in kinds {
            assert_eq!(ORDER.iter().filter(|row| row.kind == kind).count(), 1, "{kind:?}");
        }
        assert_eq!(ORDER.len(), kinds.len());
        assert!(ORDER.iter().all(|row| !row.reason.is_empty()));
    }
}
