//! The names that `tests/libraries/shared.rs` knows; its setting `shared.run` is an index into them.
#![allow(dead_code, unreachable_pub)]

pub const NAMES: &[&str] = &[
    "count",
    "errors",
    "hold",
    "condition",
    "ping_pong",
    "crash",
    "named",
    "taken",
    "nothing_reserved",
];

pub fn number(name: &str) -> usize {
    NAMES
        .iter()
        .position(|known| *known == name)
        .unwrap_or_else(|| panic!("no scenario {name}"))
}
