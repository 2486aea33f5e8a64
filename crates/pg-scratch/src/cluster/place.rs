//! The directory of a scratch server.

use super::kept::Kept;
use crate::error::{Error, Result};
use crate::process::Identity;
use crate::scratch;
use crate::servers::Server;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The maximum length of the directory in bytes. `/s/.s.PGSQL.5432` follows it, and that path has
/// at most 107 bytes.
const LONGEST: usize = 90;

/// The directory of a server, with `data`, `lib`, `s` for the socket, and `log`.
#[derive(Debug)]
pub(super) enum Place {
    /// A new directory, which may be removed in the end.
    New { directory: TempDir, keep: bool },
    /// A directory that is used again.
    Kept(Kept),
}

impl Place {
    pub(super) fn new(keep: bool) -> Result<Self> {
        let mut directory = scratch::directory("bgw-")?;
        directory.disable_cleanup(keep);
        Ok(Self::New { directory, keep })
    }

    /// Uses a directory that is empty, or that an earlier server has left.
    pub(super) fn kept(path: &Path) -> Result<Self> {
        let path = std::path::absolute(path).map_err(|e| Error::io(path.display(), &e))?;
        if path.as_os_str().len() > LONGEST {
            return Err(Error::new(format!(
                "{} is too long for the path of a socket",
                path.display()
            ))
            .help(format!("use a path of at most {LONGEST} bytes")));
        }
        let fail = |e| Error::io(format!("could not use {}", path.display()), &e);
        std::fs::create_dir_all(&path).map_err(fail)?;
        let kept = Kept::lock(&path)?;
        if kept.is_new {
            let mode = std::fs::Permissions::from_mode(0o700);
            std::fs::set_permissions(&path, mode).map_err(fail)?;
            scratch::own(&path, Identity::unprivileged()).map_err(fail)?;
        }
        match Identity::unprivileged() {
            Some(account) if !reaches(account, &path).map_err(fail)? => Err(Error::new(format!(
                "UID {}, which the server runs as, cannot reach {}",
                account.uid,
                path.display()
            ))
            .help("use a directory below /var/lib or /tmp")),
            _ => Ok(Self::Kept(kept)),
        }
    }

    pub(super) fn path(&self) -> &Path {
        match self {
            Self::New { directory, .. } => directory.path(),
            Self::Kept(kept) => &kept.path,
        }
    }

    /// Returns the directory if it is removed in the end.
    pub(super) fn removed(&self) -> Option<&Path> {
        match self {
            Self::New {
                directory,
                keep: false,
            } => Some(directory.path()),
            _ => None,
        }
    }

    /// Returns a directory in this one. A new one is made if there is none.
    pub(super) fn below(&self, name: &str) -> Result<PathBuf> {
        let path = self.path().join(name);
        match path.is_dir() {
            true => Ok(path),
            false => scratch::subdirectory(self.path(), name),
        }
    }

    /// Notes that a server has started on the data, which are used again from now on.
    pub(super) fn complete(&self) -> Result<()> {
        match self {
            Self::New { .. } => Ok(()),
            Self::Kept(kept) => kept.complete(),
        }
    }

    /// Returns whether there is a data directory, which must be of this server's major.
    pub(super) fn has_data(&self, server: &Server) -> Result<bool> {
        let Ok(major) = std::fs::read_to_string(self.path().join("data/PG_VERSION")) else {
            return Ok(false);
        };
        if major.trim() == server.version.major {
            return Ok(true);
        }
        let (major, path) = (major.trim(), self.path().display());
        Err(Error::new(format!(
            "{path} has data of PostgreSQL {major}, and this is PostgreSQL {}",
            server.version
        ))
        .help(format!(
            "use PostgreSQL {major} (cargo bgworker run --pg {major}); or another directory; or remove this one"
        )))
    }
}

/// Returns whether the account may enter each directory of this path.
fn reaches(account: Identity, path: &Path) -> std::io::Result<bool> {
    for directory in path.ancestors() {
        let meta = std::fs::metadata(directory)?;
        let bit = match (meta.uid() == account.uid, meta.gid() == account.gid) {
            (true, _) => 0o100,
            (false, true) => 0o010,
            (false, false) => 0o001,
        };
        if meta.mode() & bit == 0 {
            return Ok(false);
        }
    }
    Ok(true)
}
