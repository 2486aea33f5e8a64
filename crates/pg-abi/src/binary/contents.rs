//! The contents of a file.

use super::calls::REGISTER;
use super::magic::Magic;
use super::naming::Mains;
use super::note::Note;
use super::symbol::{Export, Import, Kind};
use super::target::Target;
use super::versions::Required;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// The contents of one ELF file.
#[derive(Clone, Debug)]
pub struct Binary {
    /// The file.
    pub path: PathBuf,
    /// The machine it is built for.
    pub target: Target,
    /// Exports by name: the defined dynamic symbols with default visibility.
    pub exports: BTreeMap<String, Export>,
    /// Functions with C names that are not exported: `static`, or of hidden visibility. Empty in a
    /// stripped file.
    pub hidden: BTreeSet<String>,
    /// Imports by name. Weak ones may be absent.
    pub imports: Vec<Import>,
    /// Versions of symbols that it defines (`GLIBC_2.34`).
    pub versions: BTreeSet<String>,
    /// The versions of each export that has any.
    pub export_versions: BTreeMap<String, Vec<String>>,
    /// Versions that other files must define.
    pub required: Vec<Required>,
    /// The libraries it needs (`DT_NEEDED`), in file order.
    pub needed: Vec<String>,
    /// The search paths for them (`DT_RUNPATH`, `DT_RPATH`), as written.
    pub search: Vec<String>,
    /// Its own name (`DT_SONAME`).
    pub soname: Option<String>,
    /// The build ID, in hexadecimal.
    pub build_id: Option<String>,
    /// Every magic block in its data. A module has one, and so does a server.
    pub magic: Vec<Magic>,
    /// Notes of this project's macros (see [`OWNER`](super::OWNER)).
    pub notes: Vec<Note>,
    /// What names the main functions of workers, in a module that registers some.
    pub mains: Mains,
    /// Whether a text in its data names `shared_preload_libraries`.
    pub names_preloading: bool,
    /// The output of `postgres --version`, if that text is in its data.
    pub server_version: Option<String>,
    /// The name and the version in `select version()`, if that text is in its data.
    pub server_product: Option<String>,
}

impl Binary {
    /// Returns the version of a server, with the name of a fork: `18.4 (IvorySQL 5.4)`.
    pub fn named_version(&self) -> Option<&str> {
        let version = self.server_version.as_deref()?;
        let product = self.server_product.as_deref();
        let product = product.and_then(|text| text.strip_prefix("PostgreSQL "));
        Some(match product {
            Some(product) if product.len() > version.len() => product,
            _ => version,
        })
    }

    /// Returns whether this is a PostgreSQL server program.
    pub fn is_server(&self) -> bool {
        ["PostmasterMain", "load_file", "errfinish"]
            .iter()
            .all(|name| self.exports.contains_key(*name))
    }

    /// Returns whether the loader accepts an export of this file for a reference to this version:
    /// the export has the version, or none.
    pub fn defines(&self, name: &str, version: &str) -> bool {
        match self.export_versions.get(name) {
            Some(versions) => versions.iter().any(|one| one == version),
            None => self.exports.contains_key(name),
        }
    }

    /// Returns whether it calls a function that registers workers.
    pub fn registers_workers(&self) -> bool {
        let mut imports = self.imports.iter();
        imports.any(|import| REGISTER.contains(&import.name.as_str()))
    }

    /// Returns whether it exports a function with this name.
    pub fn has_function(&self, name: &str) -> bool {
        let export = self.exports.get(name);
        export.is_some_and(|export| export.kind == Kind::Function)
    }
}
