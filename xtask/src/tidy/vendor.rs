//! Vendors' field names live with the formats: `wire`, the simulator that must spell them itself, and the catalog's data.
//! Elsewhere code speaks of the intermediate form, or it will need a branch per vendor.

use super::Text;
use crate::Problems;

/// Field names that are unmistakably one vendor's. Short on purpose: a sample that catches the habit.
const NAMES: &[&str] = &[
    "cache_control",
    "cache_creation_input_tokens",
    "finish_reason",
    "max_completion_tokens",
    "prompt_tokens",
    "stop_reason",
    "tool_use_id",
];

/// Source that must not know them.
const DEAF: &[&str] = &[
    "crates/admin/src/",
    "crates/config/src/",
    "crates/engine/src/",
    "crates/ir/src/",
    "crates/policy/src/",
    "crates/server/src/",
    "crates/stdx/src/",
    "crates/telemetry/src/",
    "crates/tidegate/src/",
    "crates/upstream/src/",
];

/// Files of those that may, with the reason.
const EXEMPT: &[(&str, &str)] = &[];

pub(super) fn check(file: &Text) -> Problems {
    let exempt = EXEMPT.iter().any(|(path, _)| *path == file.path);
    // Tests play the vendor.
    if exempt || !file.is_ours_in_earnest() || !DEAF.iter().any(|folder| file.path.starts_with(folder)) {
        return Problems::new();
    }
    let mut found = Problems::new();
    for (number, line) in file.code() {
        for name in NAMES.iter().filter(|name| spells(line, name)) {
            found.push(format!(
                "{}:{number}: `{name}` is a wire format's word; read it in crates/wire",
                file.path
            ));
        }
    }
    found
}

/// Whether the line has the name in quotes; as an identifier it harms nobody.
fn spells(line: &str, name: &str) -> bool {
    line.contains(&format!("\"{name}\"")) || line.contains(&format!("\\\"{name}\\\""))
}

#[cfg(test)]
mod tests {
    use super::super::text;
    use super::*;

    #[test]
    fn a_vendors_field_in_the_engine_is_named() {
        let found = check(&text("crates/engine/src/a.rs", "//! A.\nlet r = v.get(\"stop_reason\");\n"));
        let expected =
            "crates/engine/src/a.rs:2: `stop_reason` is a wire format's word; read it in crates/wire";
        assert_eq!(found, [expected]);
    }

    #[test]
    fn the_formats_the_simulator_and_tests_may_spell_it() {
        for path in ["crates/wire/src/a.rs", "crates/sim/src/a.rs", "crates/engine/tests/a.rs"] {
            assert!(check(&text(path, "\"stop_reason\"")).is_empty(), "{path}");
        }
        assert!(check(&text("crates/ir/src/a.rs", "#[cfg(test)]\nmod tests {\n\"stop_reason\"")).is_empty());
    }

    #[test]
    fn an_identifier_or_a_comment_is_not_a_field() {
        assert!(check(&text("crates/ir/src/a.rs", "stop_reason: Stop, // \"stop\"")).is_empty());
        assert!(check(&text("crates/ir/src/a.rs", "// \"stop_reason\" there")).is_empty());
    }
}
