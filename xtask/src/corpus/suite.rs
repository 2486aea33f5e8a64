//! Compares the libraries of one suite.

use super::apt::Apt;
use super::download::{download, sha256};
use super::index::{Index, Package};
use super::loader::Loader;
use super::machine::{C_LIBRARY, LIBRARIES, Machine};
use super::outcome::{Outcome, Row, Verdict, compare};
use super::unpack::{libraries, unpack};
use bgworker_cli::term::Progress;
use pg_abi::binary::Binary;
use pg_abi::inspect::{Against, Files, inspect};
use pg_scratch::servers::Server;
use pg_scratch::{Error, Result};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Where packages come from, and where they are kept.
pub(crate) struct Options {
    pub(crate) archive: String,
    pub(crate) keyring: PathBuf,
    pub(crate) cache: PathBuf,
}

/// A suite, and the major whose packages are compared.
#[derive(Clone, Debug)]
pub(crate) struct Suite {
    /// `None` for the modules that are installed with the server.
    pub(crate) name: Option<String>,
    pub(crate) major: String,
    /// The major of the server that loads them.
    pub(crate) server: String,
}

/// A package and its modules.
struct Unpacked {
    package: String,
    version: String,
    modules: Vec<PathBuf>,
    /// Dependencies that the suite does not have.
    absent: Vec<String>,
}

/// Returns a row for each library of a suite.
pub(crate) fn run(suite: &Suite, options: &Options, progress: &Progress) -> Result<Vec<Row>> {
    let server = Server::of_major(&suite.server)?;
    let root = options.cache.join(suite.label());
    let (packages, unpacked) = match &suite.name {
        Some(name) => {
            let packages = fetch(name, &suite.major, &root, options, progress)?;
            (packages, Some(&*root))
        }
        None => {
            let modules = libraries(&server.places()?.libraries);
            let installed = Unpacked {
                package: format!("postgresql-{}", suite.major),
                version: server.version.full.clone(),
                modules,
                absent: Vec::new(),
            };
            (vec![installed], None)
        }
    };
    let modules: Vec<PathBuf> = packages
        .iter()
        .flat_map(|one| one.modules.clone())
        .collect();
    let machine = Machine::new(
        &server,
        &root.join(format!("server-{}", suite.server)),
        &modules,
        unpacked,
    )?;
    compare_all(suite, &machine, &packages, progress)
}

impl Suite {
    /// Returns a name for the table and for directories.
    pub(super) fn label(&self) -> String {
        let name = self.name.as_deref().unwrap_or("server");
        format!("{name}-{}", self.major)
    }
}

/// Downloads and unpacks the packages of a major, and the libraries that they need.
fn fetch(
    suite: &str,
    major: &str,
    root: &Path,
    options: &Options,
    progress: &Progress,
) -> Result<Vec<Unpacked>> {
    let bar = progress.spinner(suite);
    bar.step("reading the index of packages");
    let apt = Apt::open(root.join("apt"), &options.archive, &options.keyring, suite)?;
    let index = Index::parse(&apt.index()?);
    let candidates = index.of_major(major);
    if candidates.is_empty() {
        return Err(Error::new(format!(
            "{suite} has no packages for PostgreSQL {major}"
        )));
    }
    bar.step(&format!(
        "{} packages of PostgreSQL {major}",
        candidates.len()
    ));
    let archives = root.join("archives");
    download(&apt, &candidates, &archives, progress)?;
    let (mut packages, mut needed) = (Vec::new(), BTreeMap::new());
    for package in candidates {
        let directory = root.join("packages").join(&package.name);
        again(&archives, package, &directory)?;
        let modules = libraries(&directory.join(format!("usr/lib/postgresql/{major}/lib")));
        if modules.is_empty() {
            continue;
        }
        let (libraries, absent) = index.libraries(package, major);
        needed.extend(libraries.into_iter().map(|one| (one.name.clone(), one)));
        packages.push(Unpacked {
            package: package.name.clone(),
            version: package.version.clone(),
            modules,
            absent,
        });
    }
    let needed: Vec<&Package> = needed.into_values().collect();
    bar.step(&format!(
        "{} packages have modules, and need {} others",
        packages.len(),
        needed.len()
    ));
    download(&apt, &needed, &archives, progress)?;
    let parts = progress.parts("unpacking", needed.len() as u64);
    for (done, package) in needed.into_iter().enumerate() {
        parts.at(done as u64);
        let directory = match package.name.as_str() {
            "libc6" => C_LIBRARY,
            _ => LIBRARIES,
        };
        unpack_once(&archives, package, &root.join(directory), root)?;
    }
    Ok(packages)
}

/// Unpacks a package into a directory of its own.
fn again(archives: &Path, package: &Package, directory: &Path) -> Result<()> {
    if directory.exists() {
        std::fs::remove_dir_all(directory).map_err(|e| Error::io(directory.display(), &e))?;
    }
    unpack(&archives.join(package.file()), directory)
}

/// Unpacks a package into a directory of many, unless it is there.
fn unpack_once(archives: &Path, package: &Package, directory: &Path, root: &Path) -> Result<()> {
    let marks = root.join("unpacked");
    let mark = marks.join(package.file());
    if mark.exists() {
        return Ok(());
    }
    unpack(&archives.join(package.file()), directory)?;
    std::fs::create_dir_all(&marks)
        .and_then(|()| std::fs::write(&mark, ""))
        .map_err(|e| Error::io(mark.display(), &e))
}

fn compare_all(
    suite: &Suite,
    machine: &Machine,
    packages: &[Unpacked],
    progress: &Progress,
) -> Result<Vec<Row>> {
    let count: usize = packages.iter().map(|package| package.modules.len()).sum();
    let bar = progress.parts(&suite.label(), count as u64);
    let mut loader = Loader::start(machine)?;
    let files = Files::default();
    let mut rows = Vec::new();
    for package in packages {
        for module in &package.modules {
            let name = module.file_name().unwrap_or_default().to_string_lossy();
            bar.at(rows.len() as u64);
            bar.detail(&format!("{} of {count}: {name}", rows.len() + 1));
            let verdict = verdict(module, machine, &files);
            let loaded = loader.load(module)?;
            let (outcome, why) = compare(&verdict, &loaded, &package.absent);
            let bytes = std::fs::read(module).map_err(|e| Error::io(module.display(), &e))?;
            rows.push(Row {
                suite: suite.name.clone().unwrap_or_else(|| "server".to_owned()),
                major: suite.major.clone(),
                server: machine.version().to_owned(),
                package: package.package.clone(),
                version: package.version.clone(),
                library: name.into_owned(),
                sha256: sha256(&bytes),
                verdict,
                loaded,
                outcome,
                why,
            });
        }
    }
    Ok(rows)
}

fn verdict(module: &Path, machine: &Machine, files: &Files) -> Verdict {
    let library = match Binary::read(module) {
        Ok(library) => library,
        Err(error) => return Verdict::unreadable(error.to_string()),
    };
    let against = Against {
        server: Some(&machine.program),
        directories: &machine.directories,
        files: Some(files),
        ..Against::default()
    };
    Verdict::of(&inspect(&library, &against), library.registers_workers())
}

impl Row {
    /// Returns whether the two disagree.
    pub(crate) fn is_fault(&self) -> bool {
        !matches!(self.outcome, Outcome::Right | Outcome::Unclear)
    }
}
