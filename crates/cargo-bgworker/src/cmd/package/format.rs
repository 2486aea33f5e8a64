//! The formats of packages.

use super::tree::Tree;
use super::{archive, deb, oci, rpm};
use bgworker_run::module;
use pg_scratch::servers::Server;
use pg_scratch::{Error, Result};
use std::path::{Path, PathBuf};

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// NAME-VERSION-pgMAJOR-MACHINE.tar.gz, with the directories lib and share/extension
    Tar,
    /// postgresql-MAJOR-NAME_VERSION_MACHINE.deb, for the servers of Debian, Ubuntu and PGDG
    Deb,
    /// NAME_MAJOR-VERSION-1.MACHINE.rpm, for the servers of PGDG, Fedora and openSUSE
    Rpm,
    /// NAME-VERSION-pgMAJOR-MACHINE.oci.tar, an image for image volumes of CloudNativePG, since 18
    Oci,
    /// NAME-VERSION.zip, the sources with META.json, for the PostgreSQL Extension Network
    Pgxn,
}

impl Format {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Tar => "tar",
            Self::Deb => "deb",
            Self::Rpm => "rpm",
            Self::Oci => "oci",
            Self::Pgxn => "pgxn",
        }
    }

    /// Returns an error if this machine cannot make packages for these servers.
    pub(super) fn check(self, servers: &[Server]) -> Result<()> {
        let built_for = module::built_for();
        self.check_system(&built_for)?;
        match self {
            Self::Tar => module::check_system(&built_for),
            Self::Pgxn => Ok(()),
            Self::Deb => deb::check(),
            Self::Rpm => rpm::check(),
            Self::Oci => servers.iter().try_for_each(oci::check),
        }
    }

    /// Refuses a library of another system than the one that uses the packages.
    fn check_system(self, built_for: &str) -> Result<()> {
        let is_linux = built_for.split('-').any(|part| part == "linux");
        if is_linux || matches!(self, Self::Tar | Self::Pgxn) {
            return Ok(());
        }
        Err(Error::new(format!(
            "--format {} is for Linux, and the library is built for {built_for}",
            self.name()
        ))
        .help("run this on Linux, or set CARGO_BUILD_TARGET to a target of Linux")
        .help("or use --format tar"))
    }

    /// Writes the package into a directory.
    pub(super) fn write(self, tree: &Tree, directory: &Path) -> Result<PathBuf> {
        match self {
            Self::Tar => archive::write(tree, directory),
            Self::Deb => deb::write(tree, directory),
            Self::Rpm => rpm::write(tree, directory),
            Self::Oci => oci::write(tree, directory),
            Self::Pgxn => Err(without_library()),
        }
    }

    /// Returns a file of a package.
    pub(super) fn read(self, package: &Path, name: &str) -> Result<Vec<u8>> {
        let archive = match self {
            Self::Tar => archive::open(package)?,
            Self::Deb => deb::open(package)?,
            Self::Rpm => return rpm::open(package, name),
            Self::Oci => oci::open(package)?,
            Self::Pgxn => return Err(without_library()),
        };
        archive::extract(&archive, name)
    }
}

/// Sources are packaged once, and not for a server.
fn without_library() -> Error {
    Error::new("an archive of sources has no library")
}

/// Returns the values without those that were there before.
pub(super) fn distinct<T: PartialEq + Copy>(values: &[T]) -> Vec<T> {
    let mut found = Vec::new();
    for value in values {
        if !found.contains(value) {
            found.push(*value);
        }
    }
    found
}

/// Returns one server for each major, because the names of packages have only the major.
pub(super) fn one_per_major(servers: Vec<Server>) -> Result<Vec<Server>> {
    let mut found: Vec<Server> = Vec::new();
    for server in servers {
        let major = &server.version.major;
        match found.iter().find(|one| one.version.major == *major) {
            None => found.push(server),
            Some(first) if first.pg_config == server.pg_config => {}
            Some(first) => {
                return Err(Error::new(format!(
                    "two servers of the major {major} were named, and their packages have the same names"
                ))
                .note(first.pg_config.display().to_string())
                .note(server.pg_config.display().to_string())
                .help("name one of them, or use another --output for the second one"));
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::Format;

    #[test]
    fn packages_of_linux_have_libraries_for_linux() {
        let said = |format: Format, built_for| {
            let checked = format.check_system(built_for);
            checked.err().map(|error| error.message().to_owned())
        };
        for format in [Format::Deb, Format::Rpm, Format::Oci] {
            assert_eq!(said(format, "linux"), None);
            assert_eq!(said(format, "aarch64-unknown-linux-gnu"), None);
            let native = said(format, "macos").unwrap();
            assert!(native.ends_with("is built for macos"), "{native}");
            assert!(said(format, "aarch64-apple-darwin").is_some());
        }
        for format in [Format::Tar, Format::Pgxn] {
            assert_eq!(said(format, "freebsd"), None);
        }
    }
}
