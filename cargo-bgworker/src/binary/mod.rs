//! Programs and libraries, read from their files: what a server exports, what an extension's library
//! imports and was built for.
//!
//! Nothing is executed or loaded, so a file from anywhere may be looked at. Whatever it contains, reading
//! ends with a value or an error, and takes memory and time in proportion to the file's size.
//!
//! ELF only: what Linux, the BSDs and illumos use. Mach-O and PE files are refused by name.
//!
//! ```no_run
//! use cargo_bgworker::binary::{Binary, Kind};
//!
//! let server = Binary::read("/usr/lib/postgresql/15/bin/postgres")?;
//! assert_eq!(server.exports["RegisterBackgroundWorker"].kind, Kind::Function);
//! # Ok::<(), cargo_bgworker::Error>(())
//! ```

mod elf;
mod file;
mod image;
mod magic;
mod note;
mod symbol;
mod target;
mod words;

pub use magic::Magic;
pub use note::{Note, OWNER};
pub use symbol::{Export, Import, Kind, Provider};
pub use target::Target;

use pg_scratch::Result;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What one file says of itself.
#[derive(Clone, Debug)]
pub struct Binary {
    /// The file.
    pub path: PathBuf,
    /// What machine it is for.
    pub target: Target,
    /// What others may use, by name: the defined dynamic symbols that are visible from outside.
    pub exports: BTreeMap<String, Export>,
    /// Functions of C names that are in it but not visible from outside: `static`, or of hidden visibility. Not in a
    /// file whose symbols were stripped.
    pub hidden: BTreeSet<String>,
    /// What others must provide (weak ones need not), by name.
    pub imports: Vec<Import>,
    /// Versions of symbols that it defines (`GLIBC_2.34`).
    pub versions: BTreeSet<String>,
    /// The libraries it asks for (`DT_NEEDED`), in its order.
    pub needed: Vec<String>,
    /// Where it wants them looked for (`DT_RUNPATH`, `DT_RPATH`), as written.
    pub search: Vec<String>,
    /// What it calls itself (`DT_SONAME`).
    pub soname: Option<String>,
    /// The linker's identification of this build, in hexadecimal.
    pub build_id: Option<String>,
    /// Every magic block in its data: a module has one, and so has a server.
    pub magic: Vec<Magic>,
    /// Notes of this project's macros (see [`OWNER`]).
    pub notes: Vec<Note>,
    /// Names of exported functions that its data also contains as a string, in a module that registers workers:
    /// their main functions are among them.
    pub named: BTreeSet<String>,
    /// What `postgres --version` would print, if that text is in its data.
    pub server_version: Option<String>,
}

impl Binary {
    /// Reads a file.
    ///
    /// # Errors
    /// It cannot be read, is no ELF program or library, or is damaged.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        Self::parse(path, &file::read(path)?)
    }

    /// Like [`read`](Self::read), of bytes that are there already; `path` is for messages.
    pub fn parse(path: &Path, bytes: &[u8]) -> Result<Self> {
        elf::parse(path, bytes)
    }

    /// Whether this is a PostgreSQL server: the program that modules are loaded into.
    pub fn is_server(&self) -> bool {
        ["PostmasterMain", "load_file", "errfinish"]
            .iter()
            .all(|name| self.exports.contains_key(*name))
    }

    /// Whether it exports a function of this name.
    pub fn has_function(&self, name: &str) -> bool {
        let export = self.exports.get(name);
        export.is_some_and(|export| export.kind == Kind::Function)
    }
}
