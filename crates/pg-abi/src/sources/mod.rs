//! The sources that report facts of a server's interface, without knowing each other.

pub(crate) mod bindings_facts;
pub(crate) mod cache;
pub mod cc;
pub mod clang;
pub mod exports;
pub mod imports;
pub mod manifest;
pub mod measure;
pub(crate) mod members;
pub(crate) mod names;
mod names_in_c;
mod object;
pub mod own;
pub mod ownership;
mod probe;
pub(crate) mod processors;
pub mod reading;
pub mod rust;
pub mod subject;
mod texts;
pub mod witness;
