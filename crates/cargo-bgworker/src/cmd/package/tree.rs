//! The files of a package, and what describes them.

use super::machine::Machine;
use bgworker_cli::build::Package;
use pg_scratch::extension::Extension;
use pg_scratch::servers::{Places, Server};
use pg_scratch::{Error, Result};
use std::path::{Path, PathBuf};

/// The time of the files without SOURCE_DATE_EPOCH: 1980, the first year that every format can
/// store.
const TIME: u64 = 315_532_800;

/// The end of the year 9999.
const LAST: u64 = 253_402_300_799;

/// The kind of a file decides its directory.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Library,
    Extension,
    /// README and licenses.
    Text,
}

/// A file in a package.
pub(super) struct File {
    pub(super) kind: Kind,
    pub(super) name: String,
    pub(super) content: Vec<u8>,
}

impl File {
    pub(super) fn mode(&self) -> u32 {
        match self.kind {
            Kind::Library => 0o755,
            Kind::Extension | Kind::Text => 0o644,
        }
    }

    pub(super) fn is_license(&self) -> bool {
        let name = self.name.to_ascii_uppercase();
        ["LICENSE", "LICENCE", "COPYING"]
            .iter()
            .any(|prefix| name.starts_with(prefix))
    }
}

/// A package without a format.
pub(super) struct Tree {
    /// The name of the library, with `_`.
    pub(super) name: String,
    pub(super) version: String,
    pub(super) major: String,
    /// What the library is built for.
    pub(super) machine: &'static Machine,
    /// The directories of the server that it is built for.
    pub(super) places: Places,
    pub(super) description: String,
    pub(super) license: Option<String>,
    pub(super) maintainer: Option<String>,
    /// The files, sorted.
    pub(super) files: Vec<File>,
    /// The time of all files, in seconds since 1970.
    pub(super) time: u64,
}

impl Tree {
    pub(super) fn new(
        name: &str,
        package: &Package,
        extension: Option<&Extension>,
        server: &Server,
        library: &Path,
    ) -> Result<Self> {
        let built = file(Kind::Library, server.library_file(name), library)?;
        let machine = Machine::of(library, &built.content)?;
        let mut files = vec![built];
        for path in extension.iter().flat_map(|extension| extension.files()) {
            files.push(file(Kind::Extension, file_name(path), path)?);
        }
        for path in texts(package.directory()) {
            files.push(file(Kind::Text, file_name(&path), &path)?);
        }
        files.sort_by(|a, b| (a.kind, &a.name).cmp(&(b.kind, &b.name)));
        let description = package.description.clone();
        let description = description.filter(|text| !text.trim().is_empty());
        Ok(Self {
            version: package.version.clone(),
            major: server.version.major.clone(),
            machine,
            places: server.places()?,
            description: description.unwrap_or_else(|| format!("PostgreSQL module {name}")),
            license: package.license.clone(),
            maintainer: package.authors.first().cloned(),
            name: name.to_owned(),
            files,
            time: time()?,
        })
    }

    /// Returns the first line of the description, and the others.
    pub(super) fn summary(&self) -> (&str, &str) {
        let text = self.description.trim();
        text.split_once('\n').unwrap_or((text, ""))
    }

    /// Returns the version as package managers order it: `1.0.0~rc.1` is older than `1.0.0`.
    pub(super) fn version_with_tilde(&self) -> String {
        self.version.replacen('-', "~", 1).replace('-', ".")
    }

    /// Returns the name and version of a file for this system and machine, without a suffix.
    pub(super) fn file_stem(&self) -> String {
        let Self {
            name,
            version,
            major,
            ..
        } = self;
        let (system, machine) = (std::env::consts::OS, self.machine.name);
        format!("{name}-{version}-pg{major}-{system}-{machine}")
    }

    pub(super) fn library_name(&self) -> &str {
        let mut files = self.files.iter();
        let library = files.find(|file| file.kind == Kind::Library);
        library.map_or("", |file| &file.name)
    }
}

fn file(kind: Kind, name: String, path: &Path) -> Result<File> {
    let content = std::fs::read(path).map_err(|e| Error::io(path.display(), &e))?;
    Ok(File {
        kind,
        name,
        content,
    })
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

fn texts(package: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(package).into_iter().flatten().flatten();
    let wanted = |path: &PathBuf| {
        let name = file_name(path).to_ascii_uppercase();
        ["README", "LICENSE", "LICENCE", "COPYING", "CHANGELOG"]
            .iter()
            .any(|prefix| name.starts_with(prefix))
    };
    let paths = entries.map(|entry| entry.path());
    paths
        .filter(|path| path.is_file() && wanted(path))
        .collect()
}

/// Returns the time of all files, in seconds since 1970.
pub(super) fn time() -> Result<u64> {
    match std::env::var("SOURCE_DATE_EPOCH") {
        Err(_) => Ok(TIME),
        Ok(text) => text
            .trim()
            .parse()
            .ok()
            .filter(|time| *time <= LAST)
            .ok_or_else(|| {
                Error::new(format!(
                    "SOURCE_DATE_EPOCH is {text:?}, which is no number of seconds since 1970"
                ))
            }),
    }
}
