//! What is read from a file.

use super::magic::Magic;
use super::note::Note;
use super::symbol::{Export, Import, Kind};
use super::target::Target;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

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
    /// Notes of this project's macros (see [`OWNER`](super::OWNER)).
    pub notes: Vec<Note>,
    /// Names of exported functions that its data also contains as a string, in a module that registers workers:
    /// their main functions are among them.
    pub named: BTreeSet<String>,
    /// What `postgres --version` would print, if that text is in its data.
    pub server_version: Option<String>,
}

impl Binary {
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
