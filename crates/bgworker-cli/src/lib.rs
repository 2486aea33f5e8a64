//! Code that the commands of this project share: terminal output, the choice of a server, and
//! building libraries with cargo.
//!
//! This crate is for `cargo-bgworker`, `cargo-bgworker-faults` and `xtask`. Its interface may
//! change with every version.

#![forbid(unsafe_code)]

pub mod build;
pub mod choose;
pub mod config;
mod library;
mod needs;
mod package;
pub mod page;
pub mod pipe;
pub mod reported;
pub mod stop;
pub mod term;

/// Parses `GUC=VALUE` of a command line.
pub fn assignment(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected GUC=VALUE")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}
