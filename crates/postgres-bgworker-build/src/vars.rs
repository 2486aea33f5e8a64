//! Reads environment variables, and makes cargo watch each of them. No other file reads any.

use crate::report::{Report, Result};
use std::env;
use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::Command;

/// Makes cargo run this script again when the variable changes.
pub fn watch(name: &str) {
    println!("cargo:rerun-if-env-changed={name}");
}

/// Returns the variable's value. An empty variable counts as unset.
pub fn get(name: &str) -> Option<OsString> {
    watch(name);
    env::var_os(name).filter(|value| !value.is_empty())
}

/// The directories that a variable lists.
pub fn paths(name: &str) -> Vec<PathBuf> {
    env::split_paths(&get(name).unwrap_or_default()).collect()
}

/// Converts a value that is passed to dependent crates, and so must be UTF-8.
pub fn text(name: &str) -> Result<Option<String>> {
    let Some(value) = get(name) else {
        return Ok(None);
    };
    value.into_string().map(Some).map_err(|value| {
        Report::new(format!(
            "the value of {name} is not UTF-8, which cargo cannot pass on"
        ))
        .note(format!("value: {}", value.to_string_lossy()))
        .help("give the file or directory another name, or a symbolic link with one")
    })
}

/// A variable that cargo sets for every build script.
pub fn cargo(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("cargo did not set {name}"))
}

/// Whether a feature of this crate is on.
pub fn feature(name: &str) -> bool {
    env::var_os(format!("CARGO_FEATURE_{name}")).is_some()
}

pub fn out_dir() -> PathBuf {
    PathBuf::from(cargo("OUT_DIR"))
}

/// Whether this process does the work. Cargo passes no arguments.
pub fn is_inner() -> bool {
    env::args_os().len() > 1
}

/// Returns a command for the process that does the work.
pub fn inner() -> io::Result<Command> {
    let mut inner = Command::new(env::current_exe()?);
    inner.arg("inner");
    Ok(inner)
}
