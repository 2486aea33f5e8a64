//! The binary interface of PostgreSQL servers: what compiled code takes for granted, who reports it, and whether
//! it fits.
//!
//! For frameworks that build extensions, in any language. Nothing that is looked at is loaded or run.
//!
//! ```no_run
//! use pg_abi::binary::{Binary, Kind};
//! use pg_abi::facts::golden;
//!
//! # fn main() -> pg_abi::Result<()> {
//! // What a server exports, read from its program.
//! let server = Binary::read("/usr/lib/postgresql/18/bin/postgres")?;
//! assert_eq!(server.exports["RegisterBackgroundWorker"].kind, Kind::Function);
//!
//! // What modules for 18 take for granted, as it was measured.
//! let facts = golden::find("18", "x86_64-unknown-linux-gnu")?;
//! println!("{} facts", facts.items.len());
//! # Ok(())
//! # }
//! ```
//!
//! | module | what it has |
//! |---|---|
//! | [`binary`] | reading ELF programs and libraries: exports, imports, magic blocks, notes |
//! | [`facts`] | facts of an interface, their text, and the committed ones of each major |
//! | [`sources`] | who reports facts: rustc, libclang, the C compiler, the server's program, a manifest |
//! | [`compare`] | whether sources agree, what changed from one server to another, and whom it breaks |
//! | [`contract`] | C that proves bindings against the headers at hand |
//! | [`inspect`] | whether a library fits a server, told from their files |
//! | [`fingerprint`] | the headers that a library of `postgres-bgworker` was built with |
//! | [`layout`] | types of several majors side by side |

#![forbid(unsafe_code)]

pub mod binary;
pub mod compare;
pub mod contract;
pub mod facts;
pub mod fingerprint;
pub mod inspect;
pub mod layout;
pub mod major;
pub mod sources;

/// The README's example.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub use pg_scratch::{Error, Result};
