//! The format deb, for the servers of Debian, Ubuntu and PGDG. `dpkg-deb` writes it.

use super::shlibs;
use super::stage::put;
use super::tree::{Kind, Tree};
use md5::{Digest, Md5};
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
        .map_err(|error| {
            error.help("--format deb needs dpkg-deb: dnf install dpkg; or use --format tar")
        })
}

/// Writes the package.
pub(super) fn write(tree: &Tree, output: &Path) -> Result<PathBuf> {
    let directory = tempfile::tempdir().map_err(|e| Error::io("a temporary directory", &e))?;
    let root = directory.path().join("root");
    let package = package_name(tree);
    let depends = depends(tree)?;
    stage(tree, &root, &package, &depends).map_err(|e| Error::io(root.display(), &e))?;
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

/// A file, by its directory and its name.
type Staged<'a> = (String, &'a str, &'a [u8]);

fn stage(tree: &Tree, root: &Path, package: &str, depends: &[String]) -> std::io::Result<()> {
    let major = &tree.major;
    let doc = format!("usr/share/doc/{package}");
    let license = tree.license.as_deref();
    let license = license.unwrap_or("see the files in this directory");
    let copyright = format!("License: {license}\n");
    let mut files: Vec<Staged<'_>> = vec![(doc.clone(), "copyright", copyright.as_bytes())];
    for file in &tree.files {
        let directory = match file.kind {
            Kind::Library => format!("usr/lib/postgresql/{major}/lib"),
            Kind::Extension => format!("usr/share/postgresql/{major}/extension"),
            Kind::Text => doc.clone(),
        };
        files.push((directory, &file.name, &file.content));
    }
    files.sort();
    for (directory, name, content) in &files {
        // Debian's libraries are not executable.
        put(root, directory, name, content, 0o644)?;
    }
    let size: usize = files.iter().map(|(_, _, content)| content.len()).sum();
    let control = control(tree, package, size.div_ceil(1024), depends);
    put(root, "DEBIAN", "control", control.as_bytes(), 0o644)?;
    put(root, "DEBIAN", "md5sums", md5sums(&files).as_bytes(), 0o644)
}

/// The format of `md5sum`, with which `dpkg --verify` compares the files.
fn md5sums(files: &[Staged<'_>]) -> String {
    let line = |(directory, name, content): &Staged<'_>| {
        let sum = Md5::digest(content);
        let hex: String = sum.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{hex}  {directory}/{name}\n")
    };
    files.iter().map(line).collect()
}

fn control(tree: &Tree, package: &str, size: usize, depends: &[String]) -> String {
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
        depends.join(", "),
    )
}

/// Returns the server, and what has the libraries that the library needs.
fn depends(tree: &Tree) -> Result<Vec<String>> {
    let mut all = vec![format!("postgresql-{}", tree.major)];
    for file in tree.files.iter().filter(|file| file.kind == Kind::Library) {
        all.extend(shlibs::depends(Path::new(&file.name), &file.content)?);
    }
    Ok(all)
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
