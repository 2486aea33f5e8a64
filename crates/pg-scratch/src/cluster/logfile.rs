//! The file that the server writes its log to.

use crate::error::{Error, Result};
use crate::process::Identity;
use crate::scratch;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

#[derive(Debug)]
pub(super) struct LogFile(PathBuf);

impl LogFile {
    pub(super) fn create(path: &Path, identity: Option<Identity>) -> Result<Self> {
        File::create(path)
            .and_then(|_| scratch::own(path, identity))
            .map_err(|e| Error::io(path.display(), &e))?;
        Ok(Self(path.to_owned()))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Opens the file for the server's standard output and error, for appending: several processes
    /// write to it.
    pub(super) fn writer(&self) -> Result<File> {
        File::options()
            .append(true)
            .open(&self.0)
            .map_err(|e| Error::io(self.0.display(), &e))
    }

    /// Returns the current end of the log.
    pub(super) fn mark(&self) -> u64 {
        std::fs::metadata(&self.0).map_or(0, |meta| meta.len())
    }

    /// Returns the log since `mark`. An unreadable log counts as empty.
    pub(super) fn since(&self, mark: u64) -> Vec<u8> {
        let mut bytes = Vec::new();
        let read = || {
            let mut file = File::open(&self.0)?;
            file.seek(SeekFrom::Start(mark))?;
            file.read_to_end(&mut bytes)
        };
        let _: std::io::Result<usize> = { read }();
        bytes
    }
}
