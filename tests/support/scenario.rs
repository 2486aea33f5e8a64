//! The names that `tests/libraries/scenarios.rs` knows; its setting `scenarios.run` is an index into them.
#![allow(dead_code, unreachable_pub)]

pub const NAMES: &[&str] = &[
    "idle",
    "panics",
    "fails",
    "busy",
    "stubborn",
    "no_database",
    "shared_catalogs",
    "unknown_database",
    "done",
    "restarts",
    "refused_registrations",
    "too_many",
    "init_panics",
    "churn",
    "exit_callbacks",
    "double_panic",
    "by_oid",
    "refused_connects",
    "encodings",
];

pub fn number(name: &str) -> usize {
    NAMES
        .iter()
        .position(|known| *known == name)
        .unwrap_or_else(|| panic!("no scenario {name}"))
}
