//! A job, at the side of the process that waits for its result.
#![forbid(unsafe_code)]

use super::jobs::Jobs;
use crate::channel::Call;
use crate::error::{Error, ErrorKind, Result};
use crate::message::Message;
use crate::server::thread::ServerThread;
use crate::shmem::LockHolder;
use crate::wait::Wait;
use std::fmt;
use std::time::Duration;

/// A job that was submitted to a [`Pool`](super::Pool), and whose result is fetched later.
///
/// It lives across transactions. If it is dropped, a worker does not begin the job; a job that runs
/// continues, and its result is lost. Fetch results soon, and in the order of the submissions: a
/// worker with a result of more than 64 KiB waits up to 60 s for its reader, and runs no other job
/// meanwhile.
#[must_use = "a job whose result nobody waits for may not run"]
pub struct Job<O> {
    pool: &'static Jobs,
    number: u64,
    call: Call<O>,
    thread: ServerThread<'static>,
}

impl<O: Message> Job<O> {
    pub(super) fn new(
        thread: ServerThread<'_>,
        pool: &'static Jobs,
        number: u64,
        call: Call<O>,
    ) -> Self {
        Job {
            pool,
            number,
            call,
            thread: thread.lasting(),
        }
    }

    /// Waits up to `timeout` for the result. Inside
    /// [`Transaction::notices`](crate::Transaction::notices), the notices of the job's statements
    /// arrive before the result.
    ///
    /// # Errors
    /// * [`Remote`](ErrorKind::Remote): the job has failed, or its panic. All fields are those of
    ///   the worker's error.
    /// * [`TimedOut`](ErrorKind::TimedOut): there is no result yet. A job that no worker has taken
    ///   is withdrawn.
    /// * [`PeerGone`](ErrorKind::PeerGone): the worker has ended without a result.
    /// * [`TypeMismatch`](ErrorKind::TypeMismatch) or [`TimedOut`](ErrorKind::TimedOut): the worker
    ///   runs another version of the library.
    pub fn finish(self, from: &mut (impl Wait + LockHolder), timeout: Duration) -> Result<O> {
        self.wait(from, timeout, timeout)
    }

    /// Waits for what is left of the timeout that the caller knows.
    pub(super) fn wait(
        mut self,
        from: &mut (impl Wait + LockHolder),
        left: Duration,
        timeout: Duration,
    ) -> Result<O> {
        let result = self.call.take_result(from, left);
        // A worker has taken it.
        if result.is_ok() || result.as_ref().is_err_and(has_run) {
            self.number = 0;
        }
        let name = self.pool.name().to_string_lossy();
        result.map_err(|error| match error.kind() {
            ErrorKind::Remote => error.with_context(format!("job of pool \"{name}\"")),
            ErrorKind::PeerGone => Error::new(
                ErrorKind::PeerGone,
                format!("pool \"{name}\": the worker that ran the job has ended"),
            )
            .with_hint("The server log shows why."),
            _ => {
                let was_taken = !self.withdraw();
                match error.kind() {
                    ErrorKind::TimedOut => Error::new(
                        ErrorKind::TimedOut,
                        format!("pool \"{name}\": the job did not finish within {timeout:?}"),
                    )
                    .with_detail(match was_taken {
                        true => "A worker runs it, and its result is lost.",
                        false => "No worker has taken it.",
                    }),
                    _ => error,
                }
            }
        })
    }
}

impl<O> Job<O> {
    /// Returns whether the job was still waiting.
    fn withdraw(&mut self) -> bool {
        let (number, mut was_there) = (std::mem::take(&mut self.number), false);
        if number != 0 {
            self.pool
                .in_drop(self.thread, |board| was_there = board.withdraw(number));
        }
        was_there
    }
}

impl<O> Drop for Job<O> {
    fn drop(&mut self) {
        self.withdraw();
    }
}

fn has_run(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Remote | ErrorKind::PeerGone)
}

impl<O> fmt::Debug for Job<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job")
            .field("pool", &self.pool.name())
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}
