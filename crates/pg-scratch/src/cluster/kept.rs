//! A directory that servers use one after another. A lock keeps two of them apart, and a marker
//! says that the first one has started.

use crate::error::{Error, Result};
use crate::process::Identity;
use crate::scratch;
use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};
use nix::sys::signal::kill;
use nix::unistd::Pid;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// The file that is locked. It contains [`WORD`] and the PID of the process that uses the
/// directory, and is the first file in it.
const LOCK: &str = "lock";

/// The first line of the file that is locked. No other program writes it, so everything in the
/// directory may be removed.
const WORD: &str = "directory of a pg-scratch server\n";

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
    /// Whether a server has started with the data.
    is_complete: AtomicBool,
    _lock: Flock<File>,
}

impl Kept {
    /// Locks a directory that is empty, or that an earlier server has left. What an interrupted
    /// first start has left is removed. A directory with other files is left as it is.
    pub(super) fn lock(path: &Path) -> Result<Self> {
        let fail = |e| Error::io(format!("could not use {}", path.display()), &e);
        let lock = path.join(LOCK);
        let is_empty = check(path)?;
        let locked = open(path, &lock, is_empty)?;
        let text = format!("{WORD}{}\n", std::process::id());
        // The first line is there all the time.
        locked
            .write_all_at(text.as_bytes(), 0)
            .and_then(|()| locked.set_len(text.len() as u64))
            .map_err(fail)?;
        wait_for_end(path)?;
        let is_new = !path.join(COMPLETE).is_file();
        if is_new {
            remove_contents(path).map_err(fail)?;
        }
        Ok(Self {
            path: path.to_owned(),
            is_new,
            is_complete: AtomicBool::new(!is_new),
            _lock: locked,
        })
    }

    /// Writes the marker.
    pub(super) fn complete(&self) -> Result<()> {
        let marker = self.path.join(COMPLETE);
        self.is_complete.store(true, Ordering::Relaxed);
        std::fs::write(&marker, "")
            .and_then(|()| scratch::own(&marker, Identity::unprivileged()))
            .map_err(|e| Error::io(marker.display(), &e))
    }
}

impl Drop for Kept {
    /// Removes what a first start has made that failed.
    fn drop(&mut self) {
        if !self.is_complete.load(Ordering::Relaxed) && remove_contents(&self.path).is_ok() {
            let _ = std::fs::remove_file(self.path.join(LOCK));
        }
    }
}

/// Returns whether the directory is empty, without a change to it. If it is not, an earlier server
/// has left it.
fn check(path: &Path) -> Result<bool> {
    let fail = |e| Error::io(format!("could not use {}", path.display()), &e);
    let entries = std::fs::read_dir(path).map_err(fail)?;
    let entries = entries.map(|entry| entry.map(|entry| entry.file_name()));
    let names: BTreeSet<OsString> = entries.collect::<std::io::Result<_>>().map_err(fail)?;
    let is_ours = |name: &OsString| {
        let mut all = CONTENTS.iter().chain(&[LOCK, COMPLETE]);
        all.any(|own| name == own)
    };
    let foreign = |name: &str| {
        Error::new(format!(
            "{} has files that no scratch server has left",
            path.display()
        ))
        .note(format!("one of them: {name}"))
        .help("use an empty directory, or a new one")
    };
    if let Some(name) = names.iter().find(|name| !is_ours(name)) {
        return Err(foreign(&name.to_string_lossy()));
    }
    if names.is_empty() {
        return Ok(true);
    }
    let lock = path.join(LOCK);
    match lock.symlink_metadata() {
        // The process that made it has written nothing else before it was killed.
        Ok(meta) if meta.is_file() && meta.len() == 0 && names.len() == 1 => Ok(false),
        Ok(meta) if meta.is_file() => {
            let text = std::fs::read(&lock).map_err(fail)?;
            match text.starts_with(WORD.as_bytes()) {
                true => Ok(false),
                false => Err(foreign(LOCK)),
            }
        }
        Ok(_) => Err(foreign(LOCK)),
        Err(_) => Err(foreign(
            &names.first().cloned().unwrap_or_default().to_string_lossy(),
        )),
    }
}

/// Opens the file, or makes it, and locks it.
fn open(path: &Path, lock: &Path, make: bool) -> Result<Flock<File>> {
    let fail = |e| Error::io(format!("could not use {}", path.display()), &e);
    let mut options = File::options();
    let file = options.read(true).write(true).create(make).truncate(false);
    let file = file.open(lock).map_err(fail)?;
    let locked = Flock::lock(file, FlockArg::LockExclusiveNonblock)
        .map_err(|(_, error)| not_locked(path, lock, error))?;
    // A process whose first start has failed may have removed the file meanwhile.
    let own = locked.metadata().map_err(fail)?.ino();
    match lock.metadata().is_ok_and(|meta| meta.ino() == own) {
        true => Ok(locked),
        false => Err(not_locked(path, lock, Errno::EWOULDBLOCK)),
    }
}

fn not_locked(path: &Path, lock: &Path, error: Errno) -> Error {
    if error != Errno::EWOULDBLOCK {
        return Error::io(lock.display(), &error.into());
    }
    let text = std::fs::read_to_string(lock).unwrap_or_default();
    let pid = text.strip_prefix(WORD).unwrap_or("unknown");
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
    is_server(pid, &data).then_some(pid)
}

/// Returns whether the process is a server with these data. Another process may have the PID since
/// the server's end.
fn is_server(pid: i32, data: &Path) -> bool {
    if pid <= 0 {
        return false;
    }
    let place = data.canonicalize();
    // A server works in its data directory.
    match (Path::new(&format!("/proc/{pid}/cwd")).read_link(), place) {
        (Ok(cwd), Ok(data)) => cwd == data,
        (Err(error), _) if error.kind() == ErrorKind::NotFound && has_proc() => false,
        // The system does not tell, for example for a process of another account.
        _ => !matches!(kill(Pid::from_raw(pid), None), Err(Errno::ESRCH)),
    }
}

fn has_proc() -> bool {
    Path::new("/proc/self").exists()
}

fn remove_contents(path: &Path) -> std::io::Result<()> {
    for name in CONTENTS {
        let path = path.join(name);
        match path.symlink_metadata() {
            Ok(meta) if meta.is_dir() => std::fs::remove_dir_all(path)?,
            Ok(_) => std::fs::remove_file(path)?,
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    #[test]
    fn a_server_is_found_by_its_directory() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        std::fs::create_dir(&data).unwrap();
        let link = dir.path().join("link");
        std::os::unix::fs::symlink(dir.path(), &link).unwrap();
        let mut process = Command::new("cat")
            .current_dir(&data)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let pid = i32::try_from(process.id()).unwrap();
        for place in [dir.path(), &link] {
            let file = place.join("data/postmaster.pid");
            std::fs::write(file, format!("{pid}\n")).unwrap();
            assert_eq!(postmaster(place), Some(pid));
        }
        drop(process.stdin.take());
        process.wait().unwrap();
        assert_eq!(postmaster(&link), None);
        let other = i32::try_from(std::process::id()).unwrap();
        if has_proc() {
            assert!(!is_server(other, &data));
        }
    }
}
