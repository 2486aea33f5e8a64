//! Environment variables: each one looked at is also watched by cargo.

use std::env;
use std::path::PathBuf;

/// The variable's value; unset and empty are the same.
pub fn get(name: &str) -> Option<String> {
    println!("cargo:rerun-if-env-changed={name}");
    let value = env::var_os(name)?;
    let value = value.to_string_lossy().into_owned();
    (!value.is_empty()).then_some(value)
}

/// A variable that cargo sets for every build script.
pub fn cargo(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("cargo did not set {name}"))
}

pub fn out_dir() -> PathBuf {
    PathBuf::from(cargo("OUT_DIR"))
}
