//! The binary interface of PostgreSQL servers: what compiled code assumes, the sources that report
//! it, and whether it fits.
//!
//! For frameworks that build extensions, in any language. Nothing that is looked at is loaded or
//! run.
//!
//! ```no_run
//! use pg_abi::binary::{Binary, Kind};
//! use pg_abi::facts::golden;
//!
//! # fn main() -> pg_abi::Result<()> {
//! // The exports of a server, read from its program.
//! let server = Binary::read("/usr/lib/postgresql/18/bin/postgres")?;
//! assert_eq!(server.exports["RegisterBackgroundWorker"].kind, Kind::Function);
//!
//! // The measured facts that modules for 18 depend on.
//! let facts = golden::find("18", "x86_64-unknown-linux-gnu")?;
//! println!("{} facts", facts.items.len());
//! # Ok(())
//! # }
//! ```
//!
//! | module | contents |
//! |---|---|
//! | [`binary`] | reads ELF programs and libraries: exports, imports, magic blocks, notes |
//! | [`facts`] | facts of an interface, their text format, and the committed facts of each major |
//! | [`sources`] | reports facts: rustc, libclang, the C compiler, the server's program, a manifest |
//! | [`compare`] | compares sources and servers, and tells which libraries a change breaks |
//! | [`contract`] | writes C that verifies bindings against a server's headers |
//! | [`inspect`] | checks whether a library fits a server, from their files |
//! | [`fingerprint`] | the headers that a library of `postgres-bgworker` was built with |
//! | [`layout`] | types of several majors side by side |

#![forbid(unsafe_code)]

pub mod binary;
#[cfg(feature = "sources")]
pub mod compare;
#[cfg(feature = "sources")]
pub mod contract;
#[cfg(feature = "sources")]
pub mod facts;
pub mod fingerprint;
pub mod inspect;
#[cfg(feature = "sources")]
pub mod layout;
#[cfg(feature = "sources")]
pub mod major;
#[cfg(feature = "sources")]
pub mod sources;

/// The README's example.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub use pg_scratch::{Error, Result};
