//! Values that a function can return without a copy in the memory of this crate.

use crate::server::datum::Datum;

/// The form of a value in Rust.
#[derive(Debug, Clone, Copy)]
pub enum Plain<'v> {
    Null,
    /// A value of a type that is passed by value.
    Word(Datum),
    /// A `text`, not in the encoding of the database.
    Text(&'v str),
    /// A `bytea`.
    Bytes(&'v [u8]),
    /// A value that has to be encoded.
    Other,
}
