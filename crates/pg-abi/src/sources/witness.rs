//! The sources of facts about a server's interface.

use crate::facts::{Key, Kind};
use pg_scratch::{Error, Result};
use std::fmt;
use std::str::FromStr;

/// A source of facts, independent of the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Witness {
    /// The committed facts.
    Golden,
    /// rustc, on the committed bindings.
    Rust,
    /// libclang, on the headers.
    Clang,
    /// The C compiler, on the headers.
    Cc,
    /// The server program.
    Binary,
    /// A hand-written set of facts.
    Manifest,
}

/// All sources.
pub const WITNESSES: [(Witness, &str); 6] = [
    (Witness::Golden, "golden"),
    (Witness::Rust, "rust"),
    (Witness::Clang, "clang"),
    (Witness::Cc, "cc"),
    (Witness::Binary, "binary"),
    (Witness::Manifest, "manifest"),
];

impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(WITNESSES[*self as usize].1)
    }
}

impl FromStr for Witness {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self> {
        let known = WITNESSES.iter().find(|(_, name)| *name == word);
        known.map(|(witness, _)| *witness).ok_or_else(|| {
            let names = WITNESSES.map(|(_, name)| name).join(", ");
            Error::new(format!("unknown source {word:?}")).note(format!("sources: {names}"))
        })
    }
}

impl Witness {
    /// Returns whether an item that this source omits does not exist.
    pub(crate) fn denies(self, key: &Key) -> bool {
        match self {
            Self::Golden => true,
            Self::Rust | Self::Clang => matches!(
                key.kind,
                Kind::Constant
                    | Kind::Enumerator
                    | Kind::Field
                    | Kind::Function
                    | Kind::Global
                    | Kind::Type
            ),
            Self::Cc | Self::Binary | Self::Manifest => false,
        }
    }
}
