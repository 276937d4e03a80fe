//! The floors of the house: which of our crates may see which, and which outside crates belong to one owner. The table is the
//! architecture; a new edge between crates is a change of this file and of `ARCHITECTURE.md`.

use std::path::Path;

use anyhow::Result;

use crate::Problems;
use crate::metadata::{self, Package, Use};

/// One crate: its floor and the crates of ours it may depend on. Floors only order the table; the list is the rule.
struct Room {
    name: &'static str,
    floor: u8,
    may_see: &'static [&'static str],
}

const HOUSE: &[Room] = &[
    Room { name: "stdx", floor: 0, may_see: &[] },
    Room { name: "ir", floor: 0, may_see: &["stdx"] },
    Room { name: "wire", floor: 0, may_see: &["stdx", "ir"] },
    Room { name: "catalog", floor: 1, may_see: &["stdx", "ir"] },
    Room { name: "config", floor: 1, may_see: &["stdx", "ir", "catalog"] },
    Room { name: "telemetry", floor: 1, may_see: &["stdx", "ir"] },
    Room { name: "policy", floor: 2, may_see: &["stdx", "ir", "config", "telemetry"] },
    Room { name: "upstream", floor: 2, may_see: &["stdx", "catalog", "telemetry"] },
    Room {
        name: "engine",
        floor: 3,
        may_see: &["stdx", "ir", "wire", "catalog", "config", "telemetry", "policy", "upstream"],
    },
    // A gateway in a test: the engine and what it is made of, without sockets.
    Room {
        name: "testkit",
        floor: 4,
        may_see: &["stdx", "ir", "wire", "catalog", "config", "telemetry", "policy", "upstream", "engine"],
    },
    Room { name: "server", floor: 4, may_see: &["stdx"] },
    Room { name: "admin", floor: 4, may_see: &["stdx", "telemetry"] },
    // Beside the house: they must not know it, or they could not be its judges.
    Room { name: "sim", floor: 0, may_see: &["stdx"] },
    Room { name: "bench", floor: 0, may_see: &["stdx"] },
    Room {
        name: "tidegate",
        floor: 5,
        may_see: &[
            "stdx",
            "ir",
            "wire",
            "catalog",
            "config",
            "telemetry",
            "policy",
            "upstream",
            "engine",
            "server",
            "admin",
            "sim",
            "bench",
        ],
    },
    Room { name: "xtask", floor: 0, may_see: &[] },
];

/// Crates that tests may use from any floor: they are fakes and fixtures.
const FOR_TESTS: &[&str] = &["testkit", "sim"];

/// Outside crates and the only ones of ours that may use them outside tests, with the reason.
const OWNED: &[(&str, &[&str], &str)] = &[
    ("axum", &["admin"], "axum stays off the hot path"),
    ("clap", &["tidegate", "bench"], "argv is read at the top"),
    ("hickory-resolver", &["upstream"], "names are resolved in one place"),
    ("hyper", &["server", "upstream", "sim", "engine", "tidegate"], "sockets belong to the rims"),
    ("notify", &["tidegate"], "the file system is watched in one place"),
    ("prometheus-client", &["telemetry"], "metrics are named in one place"),
    ("rustls", &["server", "upstream"], "TLS lives in two modules"),
    ("serde-saphyr", &["config"], "YAML is read in one place"),
    ("tiktoken", &["catalog"], "tokenizers are catalog knowledge"),
];

/// Floor 0 is pure: no runtime, no sockets, no HTTP.
const PURE: &[&str] = &["stdx", "ir", "wire"];
const IMPURE: &[&str] =
    &["tokio", "hyper", "hyper-util", "http-body", "axum", "rustls", "tokio-rustls", "socket2", "tracing"];

/// Compares every manifest with the table.
pub fn check(root: &Path) -> Result<Problems> {
    Ok(problems(&metadata::ours(root)?))
}

fn problems(packages: &[Package]) -> Problems {
    let mut found = Problems::new();
    for package in packages {
        let Some(room) = HOUSE.iter().find(|room| room.name == package.name) else {
            found.push(format!("{}: not in the table of xtask/src/layers.rs; give it a floor", package.name));
            continue;
        };
        for dependency in &package.dependencies {
            let name = dependency.name.as_str();
            if HOUSE.iter().any(|other| other.name == name) {
                found.extend(inside(room, name, dependency.used));
            } else if dependency.used != Use::Dev {
                found.extend(outside(room, name));
            }
        }
    }
    found
}

fn inside(room: &Room, name: &str, used: Use) -> Option<String> {
    let lower = || HOUSE.iter().any(|other| other.name == name && other.floor < room.floor);
    let allowed = match used {
        Use::Dev => room.may_see.contains(&name) || FOR_TESTS.contains(&name) || lower(),
        Use::Normal | Use::Build => room.may_see.contains(&name),
    };
    (!allowed).then(|| format!("{} (floor {}) must not depend on {name}", room.name, room.floor))
}

fn outside(room: &Room, name: &str) -> Option<String> {
    if PURE.contains(&room.name) && IMPURE.contains(&name) {
        return Some(format!("{} is pure and must not depend on {name}", room.name));
    }
    let (_, owners, reason) = OWNED.iter().find(|(owned, ..)| *owned == name)?;
    (!owners.contains(&room.name))
        .then(|| format!("{} must not depend on {name}: {reason} ({})", room.name, owners.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::Dependency;

    fn check(name: &str, needs: &[(&str, Use)], expected: &[&str]) {
        let dependencies =
            needs.iter().map(|(name, used)| Dependency { name: (*name).to_owned(), used: *used }).collect();
        let package = Package { name: name.to_owned(), dependencies };
        assert_eq!(problems(&[package]), expected);
    }

    #[test]
    fn a_crate_may_look_down() {
        check("engine", &[("wire", Use::Normal), ("policy", Use::Normal)], &[]);
    }

    #[test]
    fn a_crate_must_not_look_up() {
        check("wire", &[("engine", Use::Normal)], &["wire (floor 0) must not depend on engine"]);
    }

    #[test]
    fn a_crate_must_not_look_at_its_sibling() {
        check("policy", &[("upstream", Use::Normal)], &["policy (floor 2) must not depend on upstream"]);
    }

    #[test]
    fn tests_may_use_the_fakes_and_lower_floors_but_not_upper_ones() {
        check("wire", &[("testkit", Use::Dev)], &[]);
        check("upstream", &[("ir", Use::Dev)], &[]);
        check("wire", &[("engine", Use::Dev)], &["wire (floor 0) must not depend on engine"]);
    }

    #[test]
    fn the_fakes_are_for_tests_only() {
        check("engine", &[("sim", Use::Normal)], &["engine (floor 3) must not depend on sim"]);
    }

    #[test]
    fn floor_nought_is_pure() {
        check("wire", &[("tokio", Use::Normal)], &["wire is pure and must not depend on tokio"]);
        check("wire", &[("tokio", Use::Dev)], &[]);
    }

    #[test]
    fn an_owned_crate_stays_with_its_owner() {
        check(
            "engine",
            &[("axum", Use::Normal)],
            &["engine must not depend on axum: axum stays off the hot path (admin)"],
        );
    }

    #[test]
    fn an_unknown_crate_needs_a_floor() {
        check("novel", &[], &["novel: not in the table of xtask/src/layers.rs; give it a floor"]);
    }

    #[test]
    fn the_table_itself_only_looks_down_or_sideways() {
        for room in HOUSE {
            for name in room.may_see {
                let other = HOUSE.iter().find(|other| other.name == *name).expect("a crate of the table");
                assert!(other.floor <= room.floor, "{} sees {} above it", room.name, name);
            }
        }
    }
}
