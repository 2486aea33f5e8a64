//! The files that an installation has replaced, until it is complete.

use bgworker_cli::term;
use pg_abi::binary::{Binary, OWNER};
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

/// Refuses to replace a library of this name that `postgres-bgworker` did not build.
pub(super) fn refuse_foreign(server: &Server, name: &str) -> Result<()> {
    let place = server.places()?.libraries.join(server.library_file(name));
    // Only ELF files have notes.
    let is_foreign = match Binary::read(&place) {
        Ok(binary) => binary.notes.is_empty(),
        Err(_) => place.exists() && cfg!(target_os = "linux"),
    };
    if !is_foreign {
        return Ok(());
    }
    Err(Error::new(format!(
        "{} is a library of another project",
        place.display()
    ))
    .note(format!("it has no notes of {OWNER}"))
    .help("give your library another name, in its Cargo.toml: [lib] name = \"…\"")
    .help("to replace the file: --force"))
}
