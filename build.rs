//! Hands on what postgres-bgworker-sys found out: its cfgs to this crate, its metadata to dependants.

use std::env;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    for line in received("cargo").unwrap_or_default().split('\u{1e}') {
        println!("{line}");
    }
    // Dependants of this crate receive it as `DEP_POSTGRES_BGWORKER_SAFE_*`.
    for key in received("keys").unwrap_or_default().split(',') {
        if let Some(value) = received(key) {
            println!("cargo:{key}={value}");
        }
    }
}

fn received(key: &str) -> Option<String> {
    env::var(format!("DEP_POSTGRES_BGWORKER_{}", key.to_uppercase())).ok()
}
