//! Effects have owners: the clock, the environment, tasks and threads are reached in a few files, each with its reason, so that
//! everything else stays a function of what it is given. Tests, and the tools beside the house, may do as they like.

use super::Text;
use crate::Problems;

/// An effect by its spelling, and the files (or folders) that own it with the reason.
struct Effect {
    spelling: &'static str,
    owners: &'static [(&'static str, &'static str)],
    instead: &'static str,
}

const EFFECTS: &[Effect] = &[
    Effect {
        spelling: "SystemTime::now(",
        owners: &[("crates/stdx/src/clock.rs", "the clock of the process")],
        instead: "take a clock",
    },
    Effect {
        spelling: "env::var",
        owners: &[("crates/tidegate/src/environment.rs", "the environment of the process")],
        instead: "take the value",
    },
    Effect {
        spelling: "tokio::spawn(",
        owners: &[
            ("crates/admin/src/serve.rs", "admin connections"),
            ("crates/server/src/accept.rs", "connections"),
            ("crates/server/src/drain.rs", "the end of the wait for callers"),
            ("crates/server/src/http2.rs", "streams of an HTTP/2 connection"),
            ("crates/server/src/refuse.rs", "the goodbye to callers over the limit"),
            ("crates/tidegate/src/", "the parts of the process"),
            ("crates/upstream/src/h2.rs", "drivers of HTTP/2 connections"),
        ],
        instead: "await it, or let an owner of tasks run it",
    },
    Effect {
        spelling: "spawn_blocking(",
        owners: &[("crates/engine/src/estimate.rs", "tokenizing long texts takes milliseconds")],
        instead: "keep it short, or argue it here",
    },
    Effect {
        spelling: "thread::spawn(",
        owners: &[],
        instead: "name the thread and its owner: `thread::Builder`",
    },
    Effect {
        spelling: "thread::Builder",
        owners: &[("crates/telemetry/src/telemetry.rs", "the writer of records")],
        instead: "let an owner of threads run it",
    },
    Effect {
        spelling: "thread::sleep(",
        owners: &[],
        instead: "wait with tokio::time, which does not hold up a worker",
    },
    Effect {
        spelling: "process::exit(",
        owners: &[("crates/tidegate/src/", "the end of the process")],
        instead: "return the fault",
    },
];

/// Tools and fakes: they drive the house from outside.
const OUTSIDE: &[&str] = &["crates/bench/", "crates/sim/", "crates/testkit/"];

pub(super) fn check(file: &Text) -> Problems {
    if !file.is_ours_in_earnest() || OUTSIDE.iter().any(|folder| file.path.starts_with(folder)) {
        return Problems::new();
    }
    let mut found = Problems::new();
    for (number, line) in file.code() {
        for effect in EFFECTS.iter().filter(|effect| line.contains(effect.spelling)) {
            if !effect.owners.iter().any(|(owner, _)| file.path.starts_with(owner)) {
                let spelling = effect.spelling.trim_end_matches('(');
                found.push(format!(
                    "{}:{number}: `{spelling}` has owners elsewhere: {}",
                    file.path, effect.instead
                ));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::text;
    use super::*;

    #[test]
    fn an_effect_outside_its_owner_is_named() {
        let found = check(&text("crates/wire/src/a.rs", "//! A.\nlet now = SystemTime::now();\n"));
        assert_eq!(found, ["crates/wire/src/a.rs:2: `SystemTime::now` has owners elsewhere: take a clock"]);
    }

    #[test]
    fn owners_tests_and_tools_may() {
        for path in [
            "crates/stdx/src/clock.rs",
            "crates/wire/tests/a.rs",
            "crates/wire/src/tests.rs",
            "crates/sim/src/a.rs",
        ] {
            assert!(check(&text(path, "SystemTime::now()")).is_empty(), "{path}");
        }
        assert!(
            check(&text(
                "crates/wire/src/a.rs",
                "// SystemTime::now()\n#[cfg(test)]\nmod tests {\nSystemTime::now()"
            ))
            .is_empty()
        );
    }
}
