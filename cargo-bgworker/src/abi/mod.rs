//! Whether what was built for one server fits another: facts of the interface, and who says so.
//!
//! A *fact* is one thing that compiled code takes for granted: the offset of a field, the value of a
//! constant, a prototype ([`facts`]). Facts of a major are kept in a text ([`text`]). Several witnesses
//! ([`witness`]) that do not know each other say what they are, and must agree ([`check`]).

pub mod allow;
pub mod ask;
pub mod cc;
pub mod check;
pub mod claims;
pub mod clang;
pub mod diff;
pub mod exports;
pub mod facts;
pub mod golden;
pub mod header;
pub mod history;
mod kept;
mod key;
pub mod manifest;
pub mod measure;
mod members;
mod names;
mod object;
pub mod policy;
mod question;
pub mod reading;
pub mod rust;
mod same;
pub mod subject;
pub mod text;
pub mod uses;
pub mod witness;
