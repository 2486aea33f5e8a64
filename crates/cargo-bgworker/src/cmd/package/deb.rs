//! The format deb, for the servers of Debian, Ubuntu and PGDG. `dpkg-deb` writes it.

use super::stage::put;
use super::tree::{Kind, Tree};
use pg_scratch::process::{run_checked, show};
use pg_scratch::{Error, Result};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(120);

/// Returns an error if there is no `dpkg-deb`.
pub(super) fn check() -> Result<()> {
    let mut command = Command::new("dpkg-deb");
    run_checked(command.arg("--version"), "dpkg-deb", LIMIT)
        .map(drop)
        .map_err(|error| error.help("--format deb needs dpkg-deb: dnf install dpkg, brew install dpkg; or use --format tar"))
}

/// Writes the package.
pub(super) fn write(tree: &Tree, output: &Path) -> Result<PathBuf> {
    let directory = tempfile::tempdir().map_err(|e| Error::io("a temporary directory", &e))?;
    let root = directory.path().join("root");
    let package = package_name(tree);
    stage(tree, &root, &package).map_err(|e| Error::io(root.display(), &e))?;
    let path = output.join(format!(
        "{package}_{}_{}.deb",
        tree.version_with_tilde(),
        tree.machine.deb
    ));
    let mut command = Command::new("dpkg-deb");
    command
        .args(["--root-owner-group", "-Zgzip", "--build"])
        .arg(&root)
        .arg(&path)
        .env("SOURCE_DATE_EPOCH", tree.time.to_string());
    run_checked(&mut command, "dpkg-deb", LIMIT)?;
    Ok(path)
}

fn stage(tree: &Tree, root: &Path, package: &str) -> std::io::Result<()> {
    let major = &tree.major;
    let mut size = 0;
    for file in &tree.files {
        let directory = match file.kind {
            Kind::Library => format!("usr/lib/postgresql/{major}/lib"),
            Kind::Extension => format!("usr/share/postgresql/{major}/extension"),
            Kind::Text => format!("usr/share/doc/{package}"),
        };
        put(root, &directory, &file.name, &file.content, file.mode())?;
        size += file.content.len();
    }
    let copyright = format!(
        "License: {}\n",
        tree.license
            .as_deref()
            .unwrap_or("see the files in this directory")
    );
    let doc = format!("usr/share/doc/{package}");
    put(root, &doc, "copyright", copyright.as_bytes(), 0o644)?;
    let control = control(tree, package, size.div_ceil(1024));
    put(root, "DEBIAN", "control", control.as_bytes(), 0o644)
}

fn control(tree: &Tree, package: &str, size: usize) -> String {
    let unknown = || format!("{} packagers <root@localhost>", tree.name);
    let maintainer = tree.maintainer.clone().unwrap_or_else(unknown);
    let (first, rest) = tree.summary();
    let more: String = rest
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| format!(" {}\n", line.trim()))
        .collect();
    format!(
        "Package: {package}\nVersion: {}\nArchitecture: {}\nMaintainer: {maintainer}\n\
         Installed-Size: {size}\nDepends: {}\nSection: database\nPriority: optional\n\
         Description: {first}\n{more}",
        tree.version_with_tilde(),
        tree.machine.deb,
        depends(tree).join(", "),
    )
}

/// Returns the server, and the C library with the version that the symbols need.
fn depends(tree: &Tree) -> Vec<String> {
    let library = tree.files.iter().find(|file| file.kind == Kind::Library);
    let newest = library.and_then(|file| newest_glibc(&file.content));
    let libc = newest.map(|(major, minor)| format!("libc6 (>= {major}.{minor})"));
    let mut all = vec![format!("postgresql-{}", tree.major)];
    all.extend(libc);
    all.extend(
        library
            .filter(|file| contains(&file.content, b"libgcc_s.so.1"))
            .map(|_| "libgcc-s1".to_owned()),
    );
    all
}

/// Finds the newest `GLIBC_2.34` in the names of versions.
fn newest_glibc(library: &[u8]) -> Option<(u32, u32)> {
    const PREFIX: &[u8] = b"GLIBC_";
    let places = library.windows(PREFIX.len()).enumerate();
    let places = places.filter(|(_, window)| *window == PREFIX);
    places
        .filter_map(|(at, _)| {
            let rest = &library[at + PREFIX.len()..];
            let end = rest.iter().position(|byte| *byte == 0)?;
            let mut numbers = std::str::from_utf8(&rest[..end]).ok()?.split('.');
            Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
        })
        .max()
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

fn package_name(tree: &Tree) -> String {
    format!(
        "postgresql-{}-{}",
        tree.major,
        tree.name.replace('_', "-").to_lowercase()
    )
}

/// Returns the files of the package as an archive.
pub(super) fn open(file: &Path) -> Result<Vec<u8>> {
    let mut command = Command::new("dpkg-deb");
    command.arg("--fsys-tarfile").arg(file);
    let output = command
        .output()
        .map_err(|e| Error::io("could not run dpkg-deb", &e))?;
    match output.status.success() {
        true => Ok(output.stdout),
        false => Err(Error::new(format!("{} failed", show(&command)))
            .note(String::from_utf8_lossy(&output.stderr).into_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::newest_glibc;

    #[test]
    fn the_newest_version_of_the_c_library() {
        let names = b"x\0GLIBC_2.2.5\0GLIBC_2.34\0GLIBC_2.9\0GLIBC_PRIVATE\0";
        assert_eq!(newest_glibc(names), Some((2, 34)));
        assert_eq!(newest_glibc(b"GLIBC_"), None);
    }
}
