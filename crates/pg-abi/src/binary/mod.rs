//! Programs and libraries, read from their files: what a server exports, what an extension's
//! library imports and was built for.
//!
//! Nothing is executed or loaded, so untrusted files are safe to read. Whatever a file contains,
//! reading ends with a value or an error, and takes memory and time in proportion to the file's
//! size.
//!
//! Only ELF is supported (Linux, the BSDs, illumos). Mach-O and PE files are rejected with their
//! format's name.
//!
//! ```no_run
//! use pg_abi::binary::{Binary, Kind};
//!
//! let server = Binary::read("/usr/lib/postgresql/15/bin/postgres")?;
//! assert_eq!(server.exports["RegisterBackgroundWorker"].kind, Kind::Function);
//! # Ok::<(), pg_scratch::Error>(())
//! ```

mod calls;
mod contents;
mod dynamic;
mod elf;
mod file;
mod image;
mod magic;
mod mains;
mod naming;
mod note;
mod read;
mod strings;
mod symbol;
mod target;
mod versions;

pub use contents::Binary;
pub use magic::Magic;
pub(crate) use naming::is_usual;
pub use naming::{Mains, Named};
pub use note::{Note, OWNER};
pub use symbol::{Export, Import, Kind, Provider};
pub use target::Target;
pub use versions::Required;
