//! Hands on what postgres-bgworker-sys found out: its cfgs to this crate, its metadata to dependants.

use std::env;

/// Keys of the metadata that dependants of this crate receive as `DEP_POSTGRES_BGWORKER_SAFE_*`.
const KEYS: &[&str] = &[
    "cargo",
    "source",
    "version_num",
    "major",
    "version",
    "pg_config",
    "captured",
    "bindir",
    "include_server",
    "pkglibdir",
    "cppflags",
    "cc",
    "abi_extra",
    "assertions",
    "extra_headers",
    "extra_items",
];

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    for line in env::var("DEP_POSTGRES_BGWORKER_CARGO")
        .unwrap_or_default()
        .split('\u{1e}')
    {
        println!("{line}");
    }
    for key in KEYS {
        if let Ok(value) = env::var(format!("DEP_POSTGRES_BGWORKER_{}", key.to_uppercase())) {
            println!("cargo:{key}={value}");
        }
    }
}
