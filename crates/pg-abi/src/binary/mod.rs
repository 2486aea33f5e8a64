//! Programs and libraries, read from their files: what a server exports, what an extension's library
//! imports and was built for.
//!
//! Nothing is executed or loaded, so a file from anywhere may be looked at. Whatever it contains, reading
//! ends with a value or an error, and takes memory and time in proportion to the file's size.
//!
//! ELF only: what Linux, the BSDs and illumos use. Mach-O and PE files are refused by name.
//!
//! ```no_run
//! use pg_abi::binary::{Binary, Kind};
//!
//! let server = Binary::read("/usr/lib/postgresql/15/bin/postgres")?;
//! assert_eq!(server.exports["RegisterBackgroundWorker"].kind, Kind::Function);
//! # Ok::<(), pg_scratch::Error>(())
//! ```

mod contents;
mod elf;
mod file;
mod image;
mod magic;
mod note;
mod read;
mod strings;
mod symbol;
mod target;

pub use contents::Binary;
pub use magic::Magic;
pub use note::{Note, OWNER};
pub use symbol::{Export, Import, Kind, Provider};
pub use target::Target;
