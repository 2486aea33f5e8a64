//! A copy of a server's installation, made of links, in which an extension is installed.
//!
//! Since 18, a setting lists directories of extensions. Before, the server looks in one directory,
//! which it finds relative to its program. A copy of the program with links to all other files has
//! a directory of its own, so nothing is installed into the server.

use crate::error::{Error, Result};
use crate::extension::Extension;
use crate::process::run_checked;
use crate::servers::Server;
use std::ffi::OsStr;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The first major with the setting `extension_control_path`.
const SETTING_SINCE: u32 = 180_000;

/// Returns whether this server reads extensions from a directory that a setting names.
pub(super) fn has_setting(server: &Server) -> bool {
    server.version.num >= SETTING_SINCE
}

/// Copies the files of an extension.
pub(super) fn copy(extension: &Extension, directory: &Path) -> Result<()> {
    std::fs::create_dir_all(directory).map_err(|e| Error::io(directory.display(), &e))?;
    for file in extension.files() {
        let target = directory.join(file.file_name().unwrap_or_default());
        // It may be a link to a file of the server.
        let _ = std::fs::remove_file(&target);
        std::fs::copy(file, &target).map_err(|e| Error::io(file.display(), &e))?;
    }
    Ok(())
}

/// Makes the copy in `root`, with the files of `extensions`, and links to the libraries in
/// `libraries`. Returns the server program.
pub(super) fn make(
    server: &Server,
    root: &Path,
    extensions: &[Extension],
    libraries: &Path,
) -> Result<PathBuf> {
    let [share, lib] = directories(server)?;
    let place = |path: &Path| place(server, &[&share, &lib], root, path);
    let fail = |e| {
        Error::io(
            format!("could not copy the server into {}", root.display()),
            &e,
        )
    };
    if root.exists() {
        std::fs::remove_dir_all(root).map_err(fail)?;
    }
    let work = || {
        link_all(&share, &place(&share), OsStr::new("extension"))?;
        let control = place(&share).join("extension");
        link_all(&share.join("extension"), &control, OsStr::new(""))?;
        link_all(&lib, &place(&lib), OsStr::new(""))?;
        link_all(libraries, &place(&lib), OsStr::new(""))?;
        let program = place(&server.bindir).join("postgres");
        std::fs::create_dir_all(place(&server.bindir))?;
        // The server follows links to its program, so this must be a copy.
        std::fs::copy(server.program("postgres"), &program)?;
        Ok((program, control))
    };
    let (program, control) = work().map_err(fail)?;
    for extension in extensions {
        copy(extension, &control)?;
    }
    Ok(program)
}

/// Returns the directory with the extensions of the copy in `root`.
pub(super) fn control_directory(server: &Server, root: &Path) -> Result<PathBuf> {
    let [share, lib] = directories(server)?;
    Ok(place(server, &[&share, &lib], root, &share).join("extension"))
}

/// Returns the place of a directory of the server in the copy in `root`.
fn place(server: &Server, others: &[&Path; 2], root: &Path, path: &Path) -> PathBuf {
    let common = common(&[&server.bindir, others[0], others[1]]);
    root.join(path.strip_prefix(&common).unwrap_or(path))
}

/// Removes the files of an extension from a directory.
pub(super) fn remove(extension: &Extension, directory: &Path) -> Result<()> {
    let fail = |e| Error::io(directory.display(), &e);
    for entry in std::fs::read_dir(directory).map_err(fail)? {
        let path = entry.map_err(fail)?.path();
        if extension.owns(&path) {
            std::fs::remove_file(path).map_err(fail)?;
        }
    }
    Ok(())
}

/// Asks for the directories of shared files and of libraries.
fn directories(server: &Server) -> Result<[PathBuf; 2]> {
    let mut command = Command::new(&server.pg_config);
    command.args(["--sharedir", "--pkglibdir"]);
    let text = run_checked(&mut command, "pg_config", Duration::from_secs(10))?;
    let lines: Vec<&str> = text.lines().collect();
    match *lines.as_slice() {
        [share, lib] => Ok([share.into(), lib.into()]),
        _ => Err(Error::new(format!(
            "{} does not say where its files are",
            server.pg_config.display()
        ))),
    }
}

/// Links each entry of a directory into another one. An entry that is there is replaced.
fn link_all(from: &Path, to: &Path, except: &OsStr) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_name() == except {
            continue;
        }
        let link = to.join(entry.file_name());
        let _ = std::fs::remove_file(&link);
        symlink(entry.path(), link)?;
    }
    Ok(())
}

/// Returns the longest path that all paths begin with.
fn common(paths: &[&Path]) -> PathBuf {
    let first = paths.first().copied().unwrap_or(Path::new("/"));
    let mut above = first.ancestors();
    let found = above.find(|candidate| paths.iter().all(|path| path.starts_with(candidate)));
    found.unwrap_or(Path::new("/")).to_owned()
}

#[cfg(test)]
mod tests {
    use super::common;
    use std::path::Path;

    #[test]
    fn the_common_directory() {
        let debian = [
            "/usr/lib/postgresql/15/bin",
            "/usr/share/postgresql/15",
            "/usr/lib/postgresql/15/lib",
        ];
        assert_eq!(common(&debian.map(Path::new)), Path::new("/usr"));
        let wheel = ["/opt/pg/bin", "/opt/pg/share", "/opt/pg/lib"];
        assert_eq!(common(&wheel.map(Path::new)), Path::new("/opt/pg"));
    }
}
