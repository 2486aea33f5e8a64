//! Unpacks packages.

use pg_scratch::process::run_checked;
use pg_scratch::{Error, Result};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// What no library needs at run time.
const EXCLUDED: [&str; 7] = [
    "./usr/share/doc",
    "./usr/share/man",
    "./usr/share/locale",
    "./usr/share/postgresql",
    "./usr/include",
    "*.a",
    "*.bc",
];

/// Unpacks a package into a directory.
pub(super) fn unpack(package: &Path, directory: &Path) -> Result<()> {
    std::fs::create_dir_all(directory).map_err(|e| Error::io(directory.display(), &e))?;
    let excluded = EXCLUDED.map(|one| format!("--exclude={one}"));
    // A shell would be needed for a pipe.
    let archive = tempfile::NamedTempFile::new().map_err(|e| Error::io("a file", &e))?;
    let limit = Duration::from_secs(300);
    let mut command = Command::new("dpkg-deb");
    command.arg("--fsys-tarfile").arg(package);
    let output = archive.reopen().map_err(|e| Error::io("a file", &e))?;
    let done = command.stdout(output).status();
    if !done.is_ok_and(|status| status.success()) {
        return Err(Error::new(format!(
            "{} is not a package",
            package.display()
        )));
    }
    let mut command = Command::new("tar");
    command
        .args(["--extract", "--no-same-owner", "--file"])
        .arg(archive.path())
        .arg("--directory")
        .arg(directory)
        .args(excluded);
    run_checked(&mut command, "tar", limit).map(drop)
}

/// Returns the libraries in a directory, without those below it, sorted.
pub(super) fn libraries(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "so") && path.is_file())
        .collect();
    paths.sort();
    paths
}

/// Returns the directories with libraries below a root, those of the system first.
pub(super) fn directories(root: &Path) -> Vec<PathBuf> {
    let mut found = BTreeSet::new();
    let mut left = vec![root.to_owned()];
    while let Some(directory) = left.pop() {
        for entry in std::fs::read_dir(&directory)
            .into_iter()
            .flatten()
            .flatten()
        {
            let path = entry.path();
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                left.push(path);
            } else if name.starts_with("lib") && (name.ends_with(".so") || name.contains(".so.")) {
                found.insert((directory.components().count(), directory.clone()));
            }
        }
    }
    found.into_iter().map(|(_, path)| path).collect()
}
