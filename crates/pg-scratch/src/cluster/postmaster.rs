//! The postmaster process, a child of this process that is always stopped.

use super::children;
use super::lifeline::Lifeline;
use super::logfile::LogFile;
use crate::error::{Error, Result};
use crate::process::{pid_of, wait_limited};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How a server is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopMode {
    /// Waits for clients to disconnect (SIGTERM).
    Smart,
    /// Terminates clients and workers, and writes a checkpoint (SIGINT).
    Fast,
    /// Stops at once, without a checkpoint (SIGQUIT).
    Immediate,
}

#[derive(Debug)]
pub(super) struct Postmaster {
    child: Child,
    _lifeline: Lifeline,
}

impl Postmaster {
    pub(super) fn spawn(
        mut command: Command,
        data: &Path,
        log: &LogFile,
        rescued: Option<&Path>,
    ) -> Result<Self> {
        let program = command.get_program().to_string_lossy().into_owned();
        let mut child = command
            .arg("-D")
            .arg(data)
            .stdin(Stdio::null())
            .stdout(log.writer()?)
            .stderr(log.writer()?)
            // The server does not receive Ctrl-C from the terminal. This process stops it.
            .process_group(0)
            .spawn()
            .map_err(|e| Error::io(format!("could not run {program}"), &e))?;
        match Lifeline::new(child.id(), rescued) {
            Ok(lifeline) => Ok(Self {
                child,
                _lifeline: lifeline,
            }),
            Err(e) => {
                let _ = child.kill();
                let _ = child.wait();
                Err(Error::io("could not run /bin/sh", &e))
            }
        }
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(super) fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    pub(super) fn signal(&self, signal: Signal) -> Result<()> {
        kill(pid_of(&self.child), signal)
            .map_err(|e| Error::new(format!("could not send {signal} to the postmaster: {e}")))
    }

    /// Waits for a killed process.
    pub(super) fn collect(&mut self) {
        let _ = self.child.wait();
    }

    pub(super) fn stop(&mut self, mode: StopMode, limit: Duration) -> Result<Duration> {
        let signal = match mode {
            StopMode::Smart => Signal::SIGTERM,
            StopMode::Fast => Signal::SIGINT,
            StopMode::Immediate => Signal::SIGQUIT,
        };
        let begin = Instant::now();
        self.signal(signal)?;
        let waited = wait_limited(&mut self.child, limit)
            .map_err(|e| Error::io("waiting for the postmaster", &e))?;
        let took = begin.elapsed();
        match waited {
            Some(status) if status.success() || mode == StopMode::Immediate => Ok(took),
            Some(status) => Err(Error::new(format!(
                "the server did not stop cleanly ({status})"
            ))),
            None => Err(self.still_there(mode, limit)),
        }
    }

    fn still_there(&self, mode: StopMode, limit: Duration) -> Error {
        let left: Vec<String> = children::of(self.pid())
            .into_iter()
            .map(|process| format!("{} {}", process.pid, process.title))
            .collect();
        let mode = format!("{mode:?}").to_lowercase();
        Error::new(format!(
            "the server did not stop ({mode}) within {} s",
            limit.as_secs_f32()
        ))
        .note(format!("processes still running:\n{}", left.join("\n")))
        .help("a worker that does not react to SIGTERM holds up the whole server")
    }
}

impl Drop for Postmaster {
    /// Sends SIGQUIT, then SIGKILL to processes that do not exit, so that no process remains.
    fn drop(&mut self) {
        if !self.is_running() {
            return;
        }
        let family = children::of(self.pid());
        let _ = self.signal(Signal::SIGQUIT);
        // Since 9.4, the postmaster itself kills its children after 5 s.
        if !matches!(
            wait_limited(&mut self.child, Duration::from_secs(7)),
            Ok(Some(_))
        ) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
        for process in family {
            // The title is compared, because the PID may have been reused.
            let id = process.pid;
            if children::title_of(id).is_some_and(|title| title == process.title) {
                let _ = kill(Pid::from_raw(id as i32), Signal::SIGKILL);
            }
        }
    }
}
