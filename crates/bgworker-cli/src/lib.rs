//! What the commands of this project share: output for terminals, the choice of a server, and building a library with cargo.
//!
//! It is for `cargo-bgworker`, `cargo-bgworker-faults` and `xtask`. Its interface may change with every version.

#![forbid(unsafe_code)]

pub mod build;
pub mod choose;
pub mod page;
pub mod stop;
pub mod term;
