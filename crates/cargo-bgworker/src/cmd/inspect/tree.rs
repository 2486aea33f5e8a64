//! The libraries and extensions in a directory, or in a package.

use super::extensions::{Extensions, is_control};
use super::unpack;
use pg_scratch::{Error, Result};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Files that belong together.
pub(super) struct Tree {
    /// The directory, or the one to which a package was unpacked.
    pub(super) root: PathBuf,
    /// The libraries, sorted.
    pub(super) libraries: Vec<PathBuf>,
    pub(super) extensions: Extensions,
    unpacked: Option<TempDir>,
}

/// A limit that only a whole machine reaches.
const MOST: usize = 1_000_000;

impl Tree {
    /// Returns `None` if the path is that of another file.
    pub(super) fn open(path: &Path) -> Result<Option<Self>> {
        if path.is_dir() {
            return Self::read(path.to_owned(), None).map(Some);
        }
        match unpack::unpacked(path)? {
            Some(directory) => Self::read(directory.path().to_owned(), Some(directory)).map(Some),
            None => Ok(None),
        }
    }

    fn read(root: PathBuf, unpacked: Option<TempDir>) -> Result<Self> {
        let (mut libraries, mut controls) = (Vec::new(), Vec::new());
        let mut directories = vec![root.clone()];
        let mut left = MOST;
        while let Some(directory) = directories.pop() {
            let entries =
                std::fs::read_dir(&directory).map_err(|e| Error::io(directory.display(), &e))?;
            for entry in entries {
                let entry = entry.map_err(|e| Error::io(directory.display(), &e))?;
                // Not that of what a link leads to.
                let kind = entry
                    .file_type()
                    .map_err(|e| Error::io(directory.display(), &e))?;
                let path = entry.path();
                if kind.is_dir() {
                    directories.push(path);
                } else if kind.is_file() && unpack::is_library(&path) {
                    libraries.push(path);
                } else if kind.is_file() && is_control(&path) {
                    controls.push(path);
                }
                left -= 1;
                if left == 0 {
                    return Err(Error::new(format!("{} has too many files", root.display()))
                        .help("specify the directory of the libraries: pg_config --pkglibdir"));
                }
            }
        }
        libraries.sort();
        controls.sort();
        Ok(Self {
            extensions: Extensions::of(&controls),
            root,
            libraries,
            unpacked,
        })
    }

    /// Returns a text with paths as they are in the package.
    pub(super) fn shown(&self, text: &str) -> String {
        match &self.unpacked {
            Some(directory) => text.replace(&format!("{}/", directory.path().display()), ""),
            None => text.to_owned(),
        }
    }

    /// Returns a path as it is in the package.
    pub(super) fn name<'a>(&self, library: &'a Path) -> &'a Path {
        library.strip_prefix(&self.root).unwrap_or(library)
    }
}
