//! Installs a server at `<directory>/<major>` atomically.

use crate::error::{Error, Result};
use crate::process::run_checked;
use crate::servers::Server;
use nix::fcntl::{Flock, FlockArg};
use std::fs::{File, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;

/// Marks a directory as made by this crate. It may be replaced while it is incomplete.
const OURS: &str = ".cargo-bgworker";
const COMPLETE: &str = ".complete";

/// The staging directory of one server.
#[derive(Debug)]
pub(super) struct Stage {
    target: PathBuf,
    staging: TempDir,
    // Of two concurrent installations, the second one waits and finds the server installed.
    _lock: Flock<File>,
}

impl Stage {
    pub(super) fn open(directory: &Path, major: &str) -> Result<Self> {
        let fail = |e: std::io::Error| {
            Error::io(format!("could not write to {}", directory.display()), &e)
                .help("set BGWORKER_SERVERS to a writable directory")
        };
        std::fs::create_dir_all(directory).map_err(fail)?;
        // Symbolic links are resolved first, because patchelf writes the path into the programs.
        let directory = directory.canonicalize().map_err(fail)?;
        let lock = File::create(directory.join(format!(".lock-{major}"))).map_err(fail)?;
        let lock = Flock::lock(lock, FlockArg::LockExclusive)
            .map_err(|(_, errno)| fail(std::io::Error::from(errno)))?;
        let prefix = format!(".staging-{major}-");
        remove_stale(&directory, &prefix);
        let staging = tempfile::Builder::new()
            .prefix(&prefix)
            .tempdir_in(&directory)
            .map_err(fail)?;
        std::fs::set_permissions(staging.path(), Permissions::from_mode(0o755)).map_err(fail)?;
        std::fs::create_dir(staging.path().join("tree")).map_err(fail)?;
        Ok(Self {
            target: directory.join(major),
            staging,
            _lock: lock,
        })
    }

    /// The directory that files are staged in. See [`final_path`](Self::final_path).
    pub(super) fn tree(&self) -> PathBuf {
        self.staging.path().join("tree")
    }

    /// Returns the installed path of a path below [`tree`](Self::tree).
    pub(super) fn final_path(&self, staged: &Path) -> PathBuf {
        let below = staged
            .strip_prefix(self.staging.path().join("tree"))
            .unwrap_or(staged);
        self.target.join("tree").join(below)
    }

    /// A directory for downloads, removed on drop.
    pub(super) fn scratch(&self, name: &str) -> Result<PathBuf> {
        let path = self.staging.path().join(name);
        std::fs::create_dir_all(&path).map_err(|e| Error::io(path.display(), &e))?;
        Ok(path)
    }

    /// Returns the server that is installed already. A directory that this crate did not make is
    /// used if it works, and is never replaced.
    pub(super) fn present(&self) -> Result<Option<Server>> {
        let target = &self.target;
        if target.symlink_metadata().is_err() {
            return Ok(None);
        }
        let ours = target.join(OURS).is_file();
        if ours && !target.join(COMPLETE).is_file() {
            std::fs::remove_dir_all(target).map_err(|e| Error::io(target.display(), &e))?;
            return Ok(None);
        }
        Server::from_pg_config(target.join("bin/pg_config"))
            .map(Some)
            .map_err(|error| {
                error
                    .context(format!(
                        "{} exists, but is not a working server",
                        target.display()
                    ))
                    .help(format!(
                        "remove it and try again: rm -r {}",
                        target.display()
                    ))
            })
    }

    /// Makes the staged tree readable for the server's user and renames it to its final path.
    pub(super) fn finish(&self, bin: &Path) -> Result<Server> {
        let whole = self.scratch("whole")?;
        let tree = self.tree();
        let limit = Duration::from_secs(120);
        run_checked(
            Command::new("chmod").args(["-R", "a+rX,u+w"]).arg(&tree),
            "chmod",
            limit,
        )?;
        let below = bin.strip_prefix(&tree).unwrap_or(bin);
        let place = || {
            std::fs::rename(&tree, whole.join("tree"))?;
            symlink(Path::new("tree").join(below), whole.join("bin"))?;
            File::create(whole.join(OURS))?;
            std::fs::set_permissions(&whole, Permissions::from_mode(0o755))?;
            std::fs::rename(&whole, &self.target)
        };
        place().map_err(|e| Error::io(self.target.display(), &e))?;
        Server::from_pg_config(self.target.join("bin/pg_config"))
    }

    /// Removes a server that does not work, so that no search finds it.
    pub(super) fn discard(&self) {
        if self.target.join(OURS).is_file() && !self.target.join(COMPLETE).is_file() {
            // If this fails the next installation tries again.
            let _ = std::fs::remove_dir_all(&self.target);
        }
    }

    pub(super) fn mark_complete(&self) -> Result<()> {
        let path = self.target.join(COMPLETE);
        File::create(&path)
            .map(drop)
            .map_err(|e| Error::io(path.display(), &e))
    }
}

/// Removes the files of an interrupted installation. The caller holds the lock, so no other process
/// uses them.
fn remove_stale(directory: &Path, prefix: &str) {
    let Ok(entries) = std::fs::read_dir(directory) else {
        return;
    };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(prefix) {
            // A directory that cannot be removed does no harm.
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_ours_and_unfinished_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("18");
        std::fs::create_dir(&target).unwrap();
        let foreign = Stage::open(dir.path(), "18")
            .unwrap()
            .present()
            .unwrap_err()
            .to_string();
        assert!(
            foreign.contains("not a working server") && target.exists(),
            "{foreign}"
        );
        File::create(target.join(OURS)).unwrap();
        std::fs::create_dir(dir.path().join(".staging-18-old")).unwrap();
        let stage = Stage::open(dir.path(), "18").unwrap();
        assert!(stage.present().unwrap().is_none() && !target.exists());
        assert!(!dir.path().join(".staging-18-old").exists());
        std::fs::create_dir(&target).unwrap();
        File::create(target.join("theirs")).unwrap();
        stage.discard();
        assert!(target.exists(), "not ours");
        File::create(target.join(OURS)).unwrap();
        stage.discard();
        assert!(!target.exists());
        assert_eq!(
            stage.final_path(&stage.tree().join("a/b")),
            stage.target.join("tree/a/b")
        );
    }
}
