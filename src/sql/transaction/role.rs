//! The name or the OID of a role.
#![forbid(unsafe_code)]

use crate::server::datum::Oid;
use std::fmt;

/// A role, by name or by OID, for
/// [`Transaction::run_as`](crate::Transaction::run_as) and
/// [`TransactionMode::role`](crate::TransactionMode::role).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Role<'a> {
    /// The role with this name.
    Name(&'a str),
    /// The role with this OID.
    Oid(Oid),
}

impl<'a> From<&'a str> for Role<'a> {
    fn from(name: &'a str) -> Self {
        Role::Name(name)
    }
}

impl<'a> From<&'a String> for Role<'a> {
    fn from(name: &'a String) -> Self {
        Role::Name(name)
    }
}

impl From<Oid> for Role<'_> {
    fn from(oid: Oid) -> Self {
        Role::Oid(oid)
    }
}

impl fmt::Display for Role<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Role::Name(name) => write!(f, "role \"{name}\""),
            Role::Oid(oid) => write!(f, "role with OID {}", oid.0),
        }
    }
}
