//! Whether what was built for one server fits another: facts of the interface, and who says so.
//!
//! A *fact* is one thing that compiled code takes for granted: the offset of a field, the value of a
//! constant, a prototype ([`facts`]). Facts of a major are kept in a text ([`text`]).

pub mod facts;
pub mod header;
mod key;
pub mod text;
