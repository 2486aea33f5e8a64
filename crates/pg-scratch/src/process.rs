//! Runs child processes with a time limit and without root privileges.

use crate::error::{Error, Result};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::{Pid, User, geteuid};
use std::borrow::Cow;
use std::io::{Read, Seek, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Returns a command for the cargo that runs this process, without the variables that describe this
/// package.
pub fn cargo() -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"]
            .iter()
            .any(|p| name.starts_with(p))
        {
            command.env_remove(&*name);
        }
    }
    command
}

/// The exit status and output of a finished child process.
#[derive(Debug)]
pub struct Finished {
    /// The exit status.
    pub status: ExitStatus,
    /// The standard output.
    pub stdout: String,
    /// The standard error.
    pub stderr: String,
}

/// The reason why a child process did not finish.
#[derive(Debug)]
pub enum Unfinished {
    /// The system could not start the process or wait for it.
    CannotRun(std::io::Error),
    /// The process was killed because the time limit expired.
    TimedOut,
}

/// Runs `command` until it exits, or kills it after `limit`, with its process group if it leads
/// one.
///
/// Output goes to files, not pipes, so a grandchild that keeps a pipe open cannot block the caller.
pub fn run_limited(
    command: &mut Command,
    limit: Duration,
) -> std::result::Result<Finished, Unfinished> {
    run_reading(command, Stdio::null(), limit)
}

/// Like [`run_limited`], with standard input.
fn run_reading(
    command: &mut Command,
    input: Stdio,
    limit: Duration,
) -> std::result::Result<Finished, Unfinished> {
    let io = Unfinished::CannotRun;
    let mut out = tempfile::tempfile().map_err(io)?;
    let mut err = tempfile::tempfile().map_err(io)?;
    let mut child = command
        .stdin(input)
        .stdout(out.try_clone().map_err(io)?)
        .stderr(err.try_clone().map_err(io)?)
        .spawn()
        .map_err(io)?;
    let Some(status) = wait_limited(&mut child, limit).map_err(io)? else {
        // The process group, if the child leads one. It may be gone already, so errors are ignored.
        let _ = killpg(pid_of(&child), Signal::SIGKILL);
        let _ = child.kill();
        let _ = child.wait();
        return Err(Unfinished::TimedOut);
    };
    Ok(Finished {
        status,
        stdout: read_back(&mut out).map_err(io)?,
        stderr: read_back(&mut err).map_err(io)?,
    })
}

fn read_back(file: &mut std::fs::File) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Waits up to `limit` for `child` to exit. Returns `None` if it still runs.
pub fn wait_limited(child: &mut Child, limit: Duration) -> std::io::Result<Option<ExitStatus>> {
    let end = Instant::now() + limit;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if Instant::now() >= end {
            return Ok(None);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Converts a process ID to nix's type. A PID always fits: the kernel's limit is 2^22.
pub fn pid_of(child: &Child) -> Pid {
    Pid::from_raw(child.id() as i32)
}

/// The account that the server runs as when this process is root: server programs refuse to run as
/// root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The user ID.
    pub uid: u32,
    /// The group ID.
    pub gid: u32,
}

impl Identity {
    /// Returns `None` if this process is not root. The server then runs as the current user.
    pub fn unprivileged() -> Option<Self> {
        if !geteuid().is_root() {
            return None;
        }
        let account = User::from_name("postgres").ok().flatten();
        Some(match account {
            Some(user) if !user.uid.is_root() => Self {
                uid: user.uid.as_raw(),
                gid: user.gid.as_raw(),
            },
            // "nobody"; the account needs no name and no home.
            _ => Self {
                uid: 65534,
                gid: 65534,
            },
        })
    }
}

/// Runs a program until it exits and returns its output.
///
/// # Errors
///
/// A failed program is an error that contains the program's output.
pub fn run_checked(command: &mut Command, what: &str, limit: Duration) -> Result<String> {
    let done = run_limited(command, limit);
    checked(command, what, limit, done).map(|done| done.stdout)
}

/// Like [`run_checked`], for a program that reads `input`. Returns standard output and standard
/// error.
pub fn run_fed(command: &mut Command, input: &str, what: &str, limit: Duration) -> Result<String> {
    let file = || {
        let mut file = tempfile::tempfile()?;
        file.write_all(input.as_bytes())?;
        file.rewind()?;
        Ok(file)
    };
    let file = file().map_err(|e: std::io::Error| Error::io("a temporary file", &e))?;
    let done = run_reading(command, file.into(), limit);
    checked(command, what, limit, done).map(|done| done.stdout + &done.stderr)
}

fn checked(
    command: &Command,
    what: &str,
    limit: Duration,
    done: std::result::Result<Finished, Unfinished>,
) -> Result<Finished> {
    let shown = show(command);
    match done {
        Ok(done) if done.status.success() => Ok(done),
        Ok(done) => Err(Error::new(format!("{what} failed ({})", done.status))
            .note(format!("command: {shown}"))
            .note(tail(&format!("{}{}", done.stdout, done.stderr), 30))),
        Err(Unfinished::TimedOut) => Err(Error::new(format!(
            "{what} did not end within {} s",
            limit.as_secs()
        ))
        .note(format!("command: {shown}"))),
        Err(Unfinished::CannotRun(e)) => {
            Err(Error::new(format!("could not run {what}: {e}")).note(format!("command: {shown}")))
        }
    }
}

/// Formats a command line as a user would type it.
pub fn show(command: &Command) -> String {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| shell_quote(&word.to_string_lossy()))
        .collect::<Vec<_>>()
        .join(" ")
}

/// Quotes one word for a POSIX shell if it needs quotes.
pub fn shell_quote(word: &str) -> String {
    // A word with a NUL byte cannot be quoted for any shell.
    shlex::try_quote(word).map_or_else(|_| word.to_owned(), Cow::into_owned)
}

/// Returns the last `lines` lines of a text.
pub fn tail(text: &str, lines: usize) -> String {
    let all: Vec<&str> = text.trim_end().lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::CommandExt;

    #[test]
    fn words_are_quoted_only_when_needed() {
        assert_eq!(shell_quote("/tmp/a-b"), "/tmp/a-b");
        assert_eq!(shell_quote("it's"), r#""it's""#);
        assert_eq!(shell_quote(""), "''");
    }

    #[test]
    fn tail_keeps_the_last_lines() {
        assert_eq!(tail("a\nb\nc\n", 2), "b\nc");
        assert_eq!(tail("a", 2), "a");
    }

    #[test]
    fn a_child_that_hangs_is_killed_with_its_children() {
        let mut command = Command::new("sh");
        command.args(["-c", "sleep 60 & wait"]).process_group(0);
        let begin = Instant::now();
        let result = run_limited(&mut command, Duration::from_millis(100));
        assert!(matches!(result, Err(Unfinished::TimedOut)));
        assert!(begin.elapsed() < Duration::from_secs(10));
    }
}
