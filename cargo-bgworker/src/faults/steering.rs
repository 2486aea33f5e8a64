//! A library of the kit that stands before the C library's functions (`LD_PRELOAD`) in the next server, and the file that
//! tells it what to do: each process of the server has it mapped.

use super::bench::{Bench, Skipped};
use crate::error::{Error, Result};
use crate::process::Identity;
use std::fs::File;
use std::os::unix::fs::{FileExt, chown};
use std::path::Path;
use tempfile::TempDir;

pub(super) struct Steering {
    file: File,
    _directory: TempDir,
}

impl Steering {
    /// The variable names the file, so many zeros, to the library.
    pub(super) fn of_next_server(
        bench: &mut Bench<'_>,
        library: &Path,
        variable: &str,
        bytes: u64,
    ) -> Result<Self, Skipped> {
        let made = tempfile::tempdir().and_then(|directory| {
            let path = directory.path().join("steering");
            let file = File::options()
                .read(true)
                .write(true)
                .create_new(true)
                .open(&path)?;
            file.set_len(bytes)?;
            // The server has no right to anything of root's.
            if let Some(identity) = Identity::unprivileged() {
                for place in [&path, directory.path()] {
                    chown(place, Some(identity.uid), Some(identity.gid))?;
                }
            }
            Ok((path, file, directory))
        });
        match made {
            Ok((path, file, directory)) => {
                bench.environment = vec![
                    ("LD_PRELOAD".to_owned(), library.to_owned()),
                    (variable.to_owned(), path),
                ];
                Ok(Self {
                    file,
                    _directory: directory,
                })
            }
            Err(error) => Skipped::because(format!("cannot make a file: {error}")),
        }
    }

    pub(super) fn write(&self, bytes: &[u8], place: u64) -> Result<()> {
        let wrote = self.file.write_all_at(bytes, place);
        wrote.map_err(|error| Error::io("steering the server", &error))
    }

    pub(super) fn read(&self, bytes: &mut [u8], place: u64) -> Result<()> {
        let read = self.file.read_exact_at(bytes, place);
        read.map_err(|error| Error::io("looking at the server", &error))
    }
}
