//! The files that an installation has replaced, until it is complete.

use bgworker_cli::term;
use pg_abi::binary::{Binary, OWNER};
use pg_abi::fingerprint::NOTE_PACKAGE;
use pg_scratch::extension::Extension;
use pg_scratch::servers::Server;
use pg_scratch::{Error, Result};
use std::path::{Path, PathBuf};
use tempfile::TempPath;

/// What was at a place before.
pub(super) struct Old {
    place: PathBuf,
    file: Option<TempPath>,
}

impl Old {
    /// Gives a file another name beside its own one.
    pub(super) fn save(place: &Path) -> std::io::Result<Self> {
        let directory = place.parent().unwrap_or(Path::new("."));
        let link = |name: &Path| match std::fs::hard_link(place, name) {
            // Not every account may link a file that it may replace, nor every file system.
            Err(_) => std::fs::copy(place, name).map(drop),
            done => done,
        };
        let file = match place.symlink_metadata() {
            Ok(_) => {
                let saved = tempfile::Builder::new().make_in(directory, link)?;
                Some(saved.into_temp_path())
            }
            Err(_) => None,
        };
        Ok(Self {
            place: place.to_owned(),
            file,
        })
    }

    fn restore(self) -> std::io::Result<()> {
        match self.file {
            Some(file) => file.persist(&self.place).map_err(|error| error.error),
            None => std::fs::remove_file(&self.place),
        }
    }
}

/// The files that were replaced. They come back unless the installation is kept.
#[derive(Default)]
pub(super) struct Replaced(pub(super) Vec<Old>);

impl Replaced {
    /// Ends the installation.
    pub(super) fn keep(mut self) {
        self.0.clear();
    }
}

impl Drop for Replaced {
    fn drop(&mut self) {
        for old in self.0.drain(..).rev() {
            let place = old.place.clone();
            if let Err(error) = old.restore() {
                let place = place.display();
                term::warning(format!(
                    "{place} was replaced, and could not be restored: {error}"
                ));
            }
        }
    }
}

/// What is installed under the name of a library.
enum Owner {
    /// The place is free.
    Absent,
    /// An earlier version of the same package.
    Same,
    /// A library of another project. The text says why it is one.
    Other(String),
}

impl Owner {
    fn of(place: &Path, package: &str) -> Self {
        // A broken link is a file, too.
        if place.symlink_metadata().is_err() {
            return Self::Absent;
        }
        // Only ELF files have notes.
        let notes = match Binary::read(place) {
            Ok(binary) => binary.notes,
            Err(_) if cfg!(target_os = "linux") => Vec::new(),
            Err(_) => return Self::Same,
        };
        let texts = notes.iter().filter(|note| note.kind == NOTE_PACKAGE);
        let mut names = texts.filter_map(|note| note.text.split_whitespace().next());
        match names.next() {
            Some(name) if name == package => Self::Same,
            Some(name) => Self::Other(format!("the package {name} has built it")),
            None => Self::Other(format!("it has no notes of {OWNER}")),
        }
    }
}

/// Refuses to replace what another project has installed: a library of this name, or a control
/// file or a script. Those are ours if the library is.
pub(super) fn refuse_foreign(
    server: &Server,
    name: &str,
    package: &str,
    extension: Option<&Extension>,
) -> Result<()> {
    let places = server.places()?;
    let library = places.libraries.join(server.library_file(name));
    match Owner::of(&library, package) {
        Owner::Same => Ok(()),
        Owner::Other(why) => Err(foreign(&library, "a library", why)
            .help("give your library another name, in its Cargo.toml: [lib] name = \"…\"")
            .help("to replace the file: --force")),
        Owner::Absent => extension
            .iter()
            .flat_map(|extension| extension.files())
            .try_for_each(|source| refuse_file(source, &places.extensions, &library)),
    }
}

/// Refuses to replace a file by one that differs.
fn refuse_file(source: &Path, directory: &Path, library: &Path) -> Result<()> {
    let place = directory.join(source.file_name().unwrap_or_default());
    if place.symlink_metadata().is_err() {
        return Ok(());
    }
    let new = std::fs::read(source).map_err(|e| Error::io(source.display(), &e))?;
    if std::fs::read(&place).is_ok_and(|old| old == new) {
        return Ok(());
    }
    let why = format!("it differs, and {} is not installed", library.display());
    Err(foreign(&place, "a file", why)
        .help("give your extension another name, with its control file and its scripts")
        .help("to replace the file: --force"))
}

fn foreign(place: &Path, what: &str, why: String) -> Error {
    Error::new(format!("{} is {what} of another project", place.display())).note(why)
}
