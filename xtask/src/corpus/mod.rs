//! Extension packages of distributions, inspected and loaded.

mod apt;
mod download;
mod index;
mod loader;
mod machine;
mod outcome;
mod suite;
mod table;
mod unpack;

pub(crate) use apt::Apt;
pub(crate) use outcome::Row;
pub(crate) use suite::{Options, Suite, run};
pub(crate) use table::{detail, page, plain};
