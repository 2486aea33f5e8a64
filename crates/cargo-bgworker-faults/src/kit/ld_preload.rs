//! A library of the kit that replaces functions of the C library (`LD_PRELOAD`) in the next server,
//! and the file that controls it. Each process of the server maps this file.

use super::runner::{Runner, Skipped};
use pg_scratch::process::Identity;
use pg_scratch::scratch;
use pg_scratch::{Error, Result};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

pub(crate) struct Interposer {
    file: File,
    _directory: TempDir,
}

impl Interposer {
    /// Creates the control file with `size` zeros; the variable passes its name to the library.
    pub(crate) fn of_next_server(
        runner: &mut Runner<'_>,
        library: &Path,
        variable: &str,
        bytes: u64,
    ) -> Result<Self, Skipped> {
        match make(library, bytes) {
            Ok((library, path, steering)) => {
                runner.environment = vec![
                    ("LD_PRELOAD".to_owned(), library),
                    (variable.to_owned(), path),
                ];
                Ok(steering)
            }
            Err(error) => Skipped::because(error.to_string()),
        }
    }

    pub(crate) fn write(&self, bytes: &[u8], place: u64) -> Result<()> {
        let wrote = self.file.write_all_at(bytes, place);
        wrote.map_err(|error| Error::io("could not control the server", &error))
    }

    pub(crate) fn read(&self, bytes: &mut [u8], place: u64) -> Result<()> {
        let read = self.file.read_exact_at(bytes, place);
        read.map_err(|error| Error::io("could not observe the server", &error))
    }
}

/// A copy of the library and the file that the server may read: it has no access to root's files.
fn make(library: &Path, bytes: u64) -> Result<(PathBuf, PathBuf, Interposer)> {
    let directory = scratch::directory("bgw-")?;
    let copy = directory.path().join("library.so");
    let path = directory.path().join("steering");
    let made = std::fs::copy(library, &copy).and_then(|_| {
        let file = File::options()
            .read(true)
            .write(true)
            .create_new(true)
            .open(&path)?;
        file.set_len(bytes)?;
        for place in [&copy, &path] {
            scratch::own(place, Identity::unprivileged())?;
        }
        Ok(file)
    });
    let file = made.map_err(|error| Error::io(directory.path().display(), &error))?;
    let steering = Interposer {
        file,
        _directory: directory,
    };
    Ok((copy, path, steering))
}
