//! Releases of PostgreSQL.

use serde::{Serialize, Serializer};
use std::fmt;

/// A release of PostgreSQL, in the order of their numbers. It is a text in JSON: `"15.4"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Release(pub(super) u32);

impl Release {
    /// The major, as in magic blocks: 906 for 9.6, 1500 for 15.
    pub(super) fn major(self) -> u32 {
        self.0 / 100
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (major, minor) = (self.major(), self.0 % 100);
        if major < 1000 {
            write!(f, "{}.{}.{minor}", major / 100, major % 100)
        } else {
            write!(f, "{}.{minor}", major / 100)
        }
    }
}

impl Serialize for Release {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
