//! `Cargo.toml` in an archive of sources: cargo must find there what it names.

use bgworker_cli::build::{Package, cargo};
use pg_scratch::process::run_checked;
use pg_scratch::{Error, Result};
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

/// The names of the files below the root of the archive, and their contents.
pub(super) type Files = BTreeMap<String, Vec<u8>>;

const FILE: &str = "Cargo.toml";

const LIMIT: Duration = Duration::from_secs(120);

/// Refuses a package that cargo cannot build from the files of the archive.
pub(super) fn check(package: &Package, files: &Files) -> Result<()> {
    let manifest = files.get(FILE).map(Vec::as_slice).unwrap_or_default();
    let manifest = String::from_utf8_lossy(manifest);
    if inherits(&manifest) {
        return Err(Error::new(
            "Cargo.toml inherits from a workspace, which is not in the archive",
        )
        .help("write the values into the Cargo.toml of the package"));
    }
    for (name, directory) in &package.local {
        if !has(files, package.directory(), directory) {
            return Err(Error::new(format!(
                "the dependency {name} has a path, and is not in the archive"
            ))
            .note(format!("path: {}", directory.display()))
            .help(format!(
                "depend on a version that is published: {name} = \"…\""
            )));
        }
    }
    if patches(&manifest) {
        return Err(
            Error::new("[patch] in Cargo.toml has a path, which is not in the archive")
                .help("depend on a version that is published, or patch with git"),
        );
    }
    reads(files)
}

/// Returns whether the manifest of a dependency is in the archive.
fn has(files: &Files, package: &Path, dependency: &Path) -> bool {
    let below = plain(dependency);
    let below = below.strip_prefix(plain(package));
    let name = below.map(|below| below.join(FILE).display().to_string());
    name.is_ok_and(|name| files.contains_key(&name))
}

/// Returns a path without `..`.
fn plain(path: &Path) -> PathBuf {
    let mut found = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(found.pop()),
            part => found.push(part),
        }
    }
    found
}

fn inherits(manifest: &str) -> bool {
    let spaces: String = manifest.chars().filter(|c| !c.is_whitespace()).collect();
    spaces.contains("workspace=true")
}

/// Returns whether a section `patch` has a line with a path.
fn patches(manifest: &str) -> bool {
    let mut is_patch = false;
    manifest.lines().any(|line| {
        let line: String = line.chars().filter(|c| !c.is_whitespace()).collect();
        if line.starts_with('[') {
            is_patch = line.starts_with("[patch.");
        }
        let keys = ["{path=", ",path="];
        is_patch && (line.starts_with("path=") || keys.iter().any(|key| line.contains(key)))
    })
}

/// Lets cargo read the manifest without what is around the package.
fn reads(files: &Files) -> Result<()> {
    let place = tempfile::tempdir().map_err(|e| Error::io("a temporary directory", &e))?;
    for (name, content) in files {
        let path = place.path().join(name);
        let parent = path.parent().unwrap_or(place.path());
        std::fs::create_dir_all(parent)
            .and_then(|()| std::fs::write(&path, content))
            .map_err(|e| Error::io(path.display(), &e))?;
    }
    let mut command = cargo();
    command
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(place.path());
    run_checked(&mut command, "cargo metadata", LIMIT)
        .map(drop)
        .map_err(|error| error.context("cargo cannot read Cargo.toml in the archive"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_around_the_package_is_found() {
        assert!(inherits("version.workspace = true") && !inherits("[workspace]"));
        assert!(patches("[patch.crates-io]\na = { path = \"../a\" }\n"));
        assert!(patches("[patch.crates-io.a]\npath=\"../a\"\n"));
        assert!(!patches(
            "[patch.crates-io]\na = { git = \"https://x/path=\" }\n[lib]\npath = \"x.rs\"\n"
        ));
    }

    #[test]
    fn a_dependency_may_be_inside() {
        let files = Files::from([("inner/Cargo.toml".to_owned(), Vec::new())]);
        let has = |path: &str| has(&files, Path::new("/w"), Path::new(path));
        assert!(has("/w/inner") && has("/w/x/../inner"));
        assert!(!has("/w/other") && !has("/inner") && !has("/w/../inner"));
    }
}
