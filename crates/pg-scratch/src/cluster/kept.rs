//! A directory that servers use one after another. A lock keeps two of them apart, and a marker
//! says that the first one has started.

use super::config::CONFIG;
use crate::error::{Error, Result};
use crate::process::Identity;
use crate::scratch;
use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};
use nix::sys::signal::kill;
use nix::unistd::Pid;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The file that is locked. It contains the PID of the process that uses the directory, and is the
/// first file in it.
const LOCK: &str = "lock";

/// The file that is written when the first server has started. Without it, the data are made again.
const COMPLETE: &str = "complete";

/// What the directory contains besides these files.
const CONTENTS: &[&str] = &["data", "lib", "s", "share", "server", "log"];

/// The time in which a server ends whose process was killed.
const LIMIT: Duration = Duration::from_secs(15);

/// A locked directory.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) path: PathBuf,
    /// Whether nothing is in it.
    pub(super) is_new: bool,
    _lock: Flock<File>,
}

impl Kept {
    /// Locks a directory that is empty, or that an earlier server has left. What an interrupted
    /// first start has left is removed.
    pub(super) fn lock(path: &Path) -> Result<Self> {
        let fail = |e| Error::io(format!("could not use {}", path.display()), &e);
        let is_empty = std::fs::read_dir(path).map_err(fail)?.next().is_none();
        let lock = path.join(LOCK);
        if !is_empty && !lock.is_file() {
            // Earlier versions of this crate wrote no marker.
            if !path.join("data").join(CONFIG).is_file() {
                return Err(Error::new(format!(
                    "{} has files that no scratch server has left",
                    path.display()
                ))
                .help("use an empty directory, or a new one"));
            }
            std::fs::write(path.join(COMPLETE), "").map_err(fail)?;
        }
        let mut options = File::options();
        let file = options.read(true).write(true).create(true).truncate(false);
        let file = file.open(&lock).map_err(fail)?;
        let mut locked = Flock::lock(file, FlockArg::LockExclusiveNonblock)
            .map_err(|(_, error)| not_locked(path, &lock, error))?;
        let pid = std::process::id().to_string();
        locked
            .set_len(0)
            .and_then(|()| locked.write_all(pid.as_bytes()))
            .map_err(fail)?;
        wait_for_end(path)?;
        let is_new = !path.join(COMPLETE).is_file();
        if is_new {
            remove_contents(path).map_err(fail)?;
        }
        Ok(Self {
            path: path.to_owned(),
            is_new,
            _lock: locked,
        })
    }

    /// Writes the marker.
    pub(super) fn complete(&self) -> Result<()> {
        let marker = self.path.join(COMPLETE);
        std::fs::write(&marker, "")
            .and_then(|()| scratch::own(&marker, Identity::unprivileged()))
            .map_err(|e| Error::io(marker.display(), &e))
    }
}

fn not_locked(path: &Path, lock: &Path, error: Errno) -> Error {
    if error != Errno::EWOULDBLOCK {
        return Error::io(lock.display(), &error.into());
    }
    let pid = std::fs::read_to_string(lock).unwrap_or_default();
    Error::new(format!(
        "{} is in use by another process, PID {}",
        path.display(),
        pid.trim()
    ))
    .help("stop that process, or use another directory")
}

/// Waits for the end of a server whose process was killed.
fn wait_for_end(path: &Path) -> Result<()> {
    let begin = Instant::now();
    while let Some(pid) = postmaster(path) {
        if begin.elapsed() > LIMIT {
            return Err(Error::new(format!(
                "a server still runs in {}, PID {pid}",
                path.display()
            ))
            .help(format!("stop it: kill -INT {pid}")));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

/// Returns the PID of the server, if it is alive.
fn postmaster(path: &Path) -> Option<i32> {
    let data = path.join("data");
    let text = std::fs::read_to_string(data.join("postmaster.pid")).ok()?;
    let pid: i32 = text.lines().next()?.trim().parse().ok()?;
    let process = PathBuf::from(format!("/proc/{pid}"));
    // A server works in its data directory. Another process may have the PID since then.
    let is_alive = match Path::new("/proc/self").exists() {
        true => process.join("cwd").read_link().is_ok_and(|cwd| cwd == data),
        false => pid > 0 && !matches!(kill(Pid::from_raw(pid), None), Err(Errno::ESRCH)),
    };
    is_alive.then_some(pid)
}

fn remove_contents(path: &Path) -> std::io::Result<()> {
    for name in CONTENTS {
        let path = path.join(name);
        match path.is_dir() {
            true => std::fs::remove_dir_all(path)?,
            false if path.exists() => std::fs::remove_file(path)?,
            false => {}
        }
    }
    Ok(())
}
