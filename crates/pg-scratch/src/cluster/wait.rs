//! Waits for events in a cluster, with time limits. The errors contain the end of the log.

use super::running::Cluster;
use super::session::Session;
use crate::error::{Error, Result};
use std::time::{Duration, Instant};

const STEP: Duration = Duration::from_millis(20);

/// The time after which a connection is tried even without the "ready" line, which a log level may
/// hide.
const PATIENCE: Duration = Duration::from_secs(3);

impl Cluster {
    /// Returns the whole server log.
    pub fn log(&self) -> String {
        self.log_after(0)
    }

    /// Returns the current end of the log, for [`wait_for_log_after`](Self::wait_for_log_after).
    pub fn log_mark(&self) -> u64 {
        self.log.mark()
    }

    /// Returns the log since `mark`.
    pub fn log_after(&self, mark: u64) -> String {
        String::from_utf8_lossy(&self.log.since(mark)).into_owned()
    }

    /// Returns the complete lines since `mark`, and the mark after them.
    pub fn log_lines_after(&self, mark: u64) -> (Vec<String>, u64) {
        let mut bytes = self.log.since(mark);
        bytes.truncate(
            bytes
                .iter()
                .rposition(|byte| *byte == b'\n')
                .map_or(0, |end| end + 1),
        );
        let lines = String::from_utf8_lossy(&bytes)
            .lines()
            .map(str::to_owned)
            .collect();
        (lines, mark + bytes.len() as u64)
    }

    /// Waits up to `timeout` for a line of the log that contains `needle`. Returns the first such
    /// line.
    pub fn wait_for_log(&self, needle: &str, timeout: Duration) -> Result<String> {
        self.wait_for_log_after(0, needle, timeout)
    }

    /// Like [`wait_for_log`](Self::wait_for_log), for the log since `mark`.
    pub fn wait_for_log_after(&self, mark: u64, needle: &str, timeout: Duration) -> Result<String> {
        self.poll_until(&format!("a log line with {needle:?}"), timeout, || {
            // A line without a line break may be incomplete.
            self.log_lines_after(mark)
                .0
                .into_iter()
                .find(|line| line.contains(needle))
        })
    }

    /// Calls `f` until it returns `Some`, for up to `timeout`. The error contains `what`.
    pub fn poll_until<T>(
        &self,
        what: &str,
        timeout: Duration,
        mut f: impl FnMut() -> Option<T>,
    ) -> Result<T> {
        let end = Instant::now() + timeout;
        loop {
            // Checked before `f` is called, so that `f` sees the last actions of a stopped server.
            let running = self.is_running();
            if let Some(found) = f() {
                return Ok(found);
            }
            let problem = if !running {
                "the server is not running".to_owned()
            } else if Instant::now() >= end {
                format!("not within {} s", timeout.as_secs_f32())
            } else {
                std::thread::sleep(STEP);
                continue;
            };
            return Err(Error::new(format!("waited for {what}: {problem}"))
                .note(format!("end of the server log:\n{}", self.log_tail())));
        }
    }

    /// Runs `sql` until its first row is `true`, for up to `timeout`. A failing query is tried
    /// again. The error contains the last failure.
    pub fn poll_query_until(&self, sql: &str, timeout: Duration) -> Result<()> {
        let mut session = None;
        let mut last = None;
        let result = self.poll_until(&format!("{sql:?} to be true"), timeout, || {
            let answer = ask(self, &mut session, sql);
            if answer.is_err() {
                // A crash of the server ends the session. The next attempt opens another one.
                session = None;
            }
            matches!(answer, Ok(true)).then_some(()).or_else(|| {
                last = Some(answer);
                None
            })
        });
        if result.is_err() && !self.is_running() {
            let what = format!("PostgreSQL {} did not start", self.server.version);
            let log = format!("end of the server log:\n{}", self.log_tail());
            return Err(Error::new(what).note(log));
        }
        result.map_err(|error| match last {
            Some(Err(e)) => error.note(format!("the last attempt: {e}")),
            _ => error,
        })
    }

    pub(super) fn wait_until_ready(&self, mark: u64) -> Result<()> {
        let begin = Instant::now();
        let what = format!("PostgreSQL {} to start", self.server.version);
        let mut last = None;
        let result = self.poll_until(&what, self.limit, || {
            // An attempt to connect too early would write an irrelevant FATAL line to the log.
            if begin.elapsed() < PATIENCE && !self.log_after(mark).contains("ready to accept") {
                return None;
            }
            match self.session("postgres") {
                Ok(_) => Some(()),
                Err(error) => {
                    last = Some(error);
                    None
                }
            }
        });
        if result.is_err() && !self.is_running() {
            let what = format!("PostgreSQL {} did not start", self.server.version);
            let log = format!("end of the server log:\n{}", self.log_tail());
            return Err(Error::new(what).note(log));
        }
        result.map_err(|error| match last {
            Some(e) => error.note(format!("the last attempt to connect: {e}")),
            None => error,
        })
    }
}

fn ask(cluster: &Cluster, session: &mut Option<Session>, sql: &str) -> Result<bool> {
    if session.is_none() {
        *session = Some(cluster.session("postgres")?);
    }
    let Some(open) = session else {
        return Ok(false);
    };
    let rows = open.query(sql)?;
    let first = rows.first().and_then(|row| row.first());
    Ok(first.is_some_and(|value| value.as_deref() == Some("t")))
}
