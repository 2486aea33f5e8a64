//! Imports and their providers.

use super::release::Release;
use crate::binary::Kind;
use serde::Serialize;

/// The provider of an import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "by", content = "name")]
pub enum Source {
    /// The server program.
    Server,
    /// A shared library.
    Library(String),
    /// A library that is not on this machine: the symbol was linked with a version of it.
    Absent(String),
    /// Not provided, and not needed: it is weak.
    Optional,
    /// Possibly a library that is not on this machine.
    Unknown,
    /// Not provided.
    Missing,
}

/// An import, and its provider.
#[derive(Clone, Debug, Serialize)]
pub struct Resolved {
    /// Its name.
    pub name: String,
    /// The kind of use by the library, if its file specifies it.
    pub wanted: Kind,
    /// The kind of symbol that the provider exports.
    pub found: Option<Kind>,
    /// The provider.
    pub source: Source,
    /// The minor release that added it, if it is a symbol of servers, not of X.0 and known.
    pub since: Option<Release>,
}

/// Joins names, up to a number that fits into a message.
pub(super) fn shortened(names: &[impl std::borrow::Borrow<str>]) -> String {
    const SHOWN: usize = 20;
    match names.len().checked_sub(SHOWN) {
        Some(more) if more > 0 => format!("{}, and {more} more", names[..SHOWN].join(", ")),
        _ => names.join(", "),
    }
}
