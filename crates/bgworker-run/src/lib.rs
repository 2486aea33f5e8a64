//! The commands that a checkout needs first: `run`, `test`, `servers` and `env`.
//!
//! They are apart from the other ones because the first row of a worker waits for what they are
//! compiled from. This crate is for `cargo-bgworker`. Its interface may change with every version.

#![forbid(unsafe_code)]

pub mod env;
pub mod module;
pub mod run;
pub mod servers;
pub mod test;
