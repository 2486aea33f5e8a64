//! Scratch directories. Their paths are short, because a socket path has at most 107 bytes. Only
//! the account of the server can access them.

use crate::error::{Error, Result};
use crate::process::Identity;
use nix::sys::statvfs::FsFlags;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The maximum length of a base directory in bytes. `/bgw-XXXXXX/s/.s.PGSQL.5432` follows it, and
/// library paths have at most 95 bytes before PostgreSQL 17.
const LONGEST_BASE: usize = 40;

/// The variable that names another base directory than that for temporary files: a directory in
/// memory, for example.
const VARIABLE: &str = "BGWORKER_SCRATCH";

/// A new directory that belongs to the account that the server runs as. A client that reaches the
/// socket is superuser, so no other account may access the socket, the data and the log.
pub fn directory(prefix: &str) -> Result<TempDir> {
    let base = base()?;
    let identity = Identity::unprivileged();
    let fail = |e| {
        Error::io(
            format!("could not create a scratch directory in {}", base.display()),
            &e,
        )
        .help(format!(
            "set {VARIABLE} or TMPDIR to a short path on a disk with space"
        ))
    };
    let directory = tempfile::Builder::new()
        .prefix(prefix)
        .tempdir_in(&base)
        .map_err(fail)?;
    let mode = std::fs::Permissions::from_mode(0o700);
    std::fs::set_permissions(directory.path(), mode).map_err(fail)?;
    own(directory.path(), identity).map_err(fail)?;
    Ok(directory)
}

/// Makes a directory below a scratch directory.
pub fn subdirectory(parent: &Path, name: &str) -> Result<PathBuf> {
    let path = parent.join(name);
    // The mode is set regardless of the umask: this directory contains libraries that the server
    // loads.
    std::fs::DirBuilder::new()
        .mode(0o700)
        .create(&path)
        .and_then(|()| own(&path, Identity::unprivileged()))
        .map_err(|e| Error::io(path.display(), &e))?;
    Ok(path)
}

/// Changes the owner of a file to this account. The account is `None` unless this process is root.
pub fn own(path: &Path, identity: Option<Identity>) -> std::io::Result<()> {
    match identity {
        Some(id) => chown(path, Some(id.uid), Some(id.gid)),
        None => Ok(()),
    }
}

/// Returns the directory of `BGWORKER_SCRATCH`, or else that for temporary files if a server can
/// use it.
fn base() -> Result<PathBuf> {
    if let Some(named) = std::env::var_os(VARIABLE).filter(|name| !name.is_empty()) {
        let named = PathBuf::from(named);
        return match unusable(&named) {
            None => Ok(named),
            Some(why) => Err(Error::new(format!(
                "{VARIABLE} names {}, which {why}",
                named.display()
            ))
            .help("unset it, or name another directory")),
        };
    }
    let temporary = std::env::temp_dir();
    Ok(match unusable(&temporary) {
        None => temporary,
        Some(_) => PathBuf::from("/tmp"),
    })
}

/// Returns why a server cannot have its files below this directory.
fn unusable(base: &Path) -> Option<&'static str> {
    if !base.is_absolute() {
        return Some("is not an absolute path");
    }
    if base.as_os_str().len() > LONGEST_BASE {
        return Some("is longer than 40 bytes");
    }
    let has = |flag| nix::sys::statvfs::statvfs(base).is_ok_and(|it| it.flags().contains(flag));
    if has(FsFlags::ST_NOEXEC) {
        return Some("is mounted with noexec, so that servers cannot load libraries from it");
    }
    // As root, the directory belongs to another user, who must be able to reach it.
    if Identity::unprivileged().is_some() && !open_to_all(base) {
        return Some("the account of the server cannot reach");
    }
    None
}

fn open_to_all(path: &Path) -> bool {
    path.ancestors()
        .all(|dir| std::fs::metadata(dir).is_ok_and(|meta| meta.permissions().mode() & 0o001 != 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_and_long_paths_are_not_used() {
        assert!(unusable(Path::new("relative")).is_some());
        assert!(unusable(Path::new(&format!("/{}", "x".repeat(40)))).is_some());
        assert!(unusable(Path::new("/tmp")).is_none());
    }

    #[test]
    fn a_closed_directory_is_seen() {
        let dir = tempfile::tempdir().unwrap();
        let inner = dir.path().join("inner");
        std::fs::create_dir(&inner).unwrap();
        std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
        assert!(!open_to_all(&inner));
        assert!(open_to_all(Path::new("/")));
    }

    #[test]
    fn other_accounts_cannot_enter() {
        let directory = directory("bgw-").unwrap();
        let below = subdirectory(directory.path(), "lib").unwrap();
        for path in [directory.path(), &below] {
            let mode = std::fs::metadata(path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o700, "{}", path.display());
        }
    }

    #[test]
    fn socket_paths_stay_below_the_limit() {
        let path = directory("bgw-").unwrap().path().join("s/.s.PGSQL.5432");
        assert!(path.as_os_str().len() < 108 - 1, "{}", path.display());
    }
}
