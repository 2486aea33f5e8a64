//! Waiting for things to happen in a cluster, with limits, and errors that carry the log.

use super::running::Cluster;
use crate::error::{Error, Result};
use std::time::{Duration, Instant};

const STEP: Duration = Duration::from_millis(20);

/// After this long without the "ready" line (a log level may hide it) connecting is tried anyway.
const PATIENCE: Duration = Duration::from_secs(3);

impl Cluster {
    /// The whole server log so far.
    pub fn log(&self) -> String {
        self.log_after(0)
    }

    /// The position where the log ends now, for [`wait_for_log_after`](Self::wait_for_log_after).
    pub fn log_mark(&self) -> u64 {
        self.log.mark()
    }

    /// The log since `mark`.
    pub fn log_after(&self, mark: u64) -> String {
        String::from_utf8_lossy(&self.log.since(mark)).into_owned()
    }

    /// The complete lines since `mark`, and the mark after them.
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

    /// Waits until a line of the log contains `needle`, and returns the first such line.
    pub fn wait_for_log(&self, needle: &str, timeout: Duration) -> Result<String> {
        self.wait_for_log_after(0, needle, timeout)
    }

    /// Like [`wait_for_log`](Self::wait_for_log), in what was written since `mark`.
    pub fn wait_for_log_after(&self, mark: u64, needle: &str, timeout: Duration) -> Result<String> {
        self.poll_until(&format!("a log line with {needle:?}"), timeout, || {
            // A line without its end may still be growing.
            self.log_lines_after(mark)
                .0
                .into_iter()
                .find(|line| line.contains(needle))
        })
    }

    /// Calls `f` until it gives something. The error says `what` was waited for.
    pub fn poll_until<T>(
        &self,
        what: &str,
        timeout: Duration,
        mut f: impl FnMut() -> Option<T>,
    ) -> Result<T> {
        let end = Instant::now() + timeout;
        loop {
            // Asked first: what the server did last must still be seen.
            let running = self.is_running();
            if let Some(found) = f() {
                return Ok(found);
            }
            let problem = if !running {
                "the server is gone".to_owned()
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

    /// Runs `sql` until its first row is `true`. Errors of the query count as "not yet", but the last one
    /// is reported.
    pub fn poll_query_until(&self, sql: &str, timeout: Duration) -> Result<()> {
        let mut client = None;
        let mut last = None;
        let result = self.poll_until(&format!("{sql:?} to be true"), timeout, || {
            let answer = ask(self, &mut client, sql);
            if answer.is_err() {
                // A crash of the server ends the session; the next turn opens another.
                client = None;
            }
            matches!(answer, Ok(true)).then_some(()).or_else(|| {
                last = Some(answer);
                None
            })
        });
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
            // Connecting too early would leave a FATAL in the log that is of no one's interest.
            if begin.elapsed() < PATIENCE && !self.log_after(mark).contains("ready to accept") {
                return None;
            }
            match self.connect() {
                Ok(_) => Some(()),
                Err(error) => {
                    last = Some(error);
                    None
                }
            }
        });
        result.map_err(|error| match last {
            Some(e) => error.note(format!("the last attempt to connect: {e}")),
            None => error,
        })
    }
}

fn ask(cluster: &Cluster, client: &mut Option<postgres::Client>, sql: &str) -> Result<bool> {
    if client.is_none() {
        *client = Some(cluster.connect()?);
    }
    let Some(open) = client else { return Ok(false) };
    let rows = open.query(sql, &[])?;
    match rows.first() {
        Some(row) => Ok(row.try_get::<_, Option<bool>>(0)?.unwrap_or(false)),
        None => Ok(false),
    }
}
