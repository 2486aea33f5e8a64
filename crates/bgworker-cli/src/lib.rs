//! What the commands of this project share: output for terminals, the choice of a server, and building a library with cargo.
//!
//! It is for `cargo-bgworker`, `cargo-bgworker-faults` and `xtask`. Its interface may change with every version.

#![forbid(unsafe_code)]

pub mod build;
pub mod choose;
mod library;
mod package;
pub mod page;
pub mod stop;
pub mod term;

/// Reads `GUC=VALUE` from a command line.
pub fn assignment(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected GUC=VALUE")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}
