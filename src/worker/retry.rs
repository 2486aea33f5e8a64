//! Running a transaction again after a conflict with another one.

use crate::error::{Error, Result};
use crate::server::interrupts;
use crate::server::tokens::OnServerThread;
use crate::sql::{Transaction, TransactionMode};
use crate::wait::Deadline;
use crate::worker::state::Connected;
use crate::worker::token::Worker;
use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, SystemTime};

/// How often and when [`Worker::transaction_retrying`] runs a transaction again.
///
/// The delay doubles from attempt to attempt. Each wait is a random part of the delay, between half
/// of it and all of it, so that transactions that conflicted do not meet again.
#[derive(Debug, Clone, Copy)]
#[must_use]
pub struct Retry {
    attempts: u32,
    first: Duration,
    longest: Duration,
    mode: TransactionMode<'static>,
}

impl Default for Retry {
    fn default() -> Self {
        Retry::new()
    }
}

impl Retry {
    /// At most 5 attempts, with delays from 10 ms to 1 s.
    pub fn new() -> Self {
        Retry {
            attempts: 5,
            first: Duration::from_millis(10),
            longest: Duration::from_secs(1),
            mode: TransactionMode::default(),
        }
    }

    /// Sets the number of attempts, including the first one. 0 means 1.
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }

    /// Sets the delay after the first attempt, and the longest delay.
    pub fn delays(mut self, first: Duration, longest: Duration) -> Self {
        self.first = first;
        self.longest = longest;
        self
    }

    /// Sets the mode of each transaction.
    pub fn mode(mut self, mode: TransactionMode<'static>) -> Self {
        self.mode = mode;
        self
    }

    /// Returns the delay after this attempt, counted from 1, without its random part.
    fn delay(&self, attempt: u32) -> Duration {
        let doublings = attempt.saturating_sub(1).min(31);
        self.first.saturating_mul(1 << doublings).min(self.longest)
    }

    /// Returns the time to wait after this attempt.
    fn pause(&self, attempt: u32) -> Duration {
        let half = self.delay(attempt) / 2;
        half + half.mul_f64(random())
    }
}

/// Returns a random number from 0 to 1. The keys of the hasher may be those of the postmaster,
/// which all workers inherit, so the process and the time are hashed.
fn random() -> f64 {
    let hash = RandomState::new().hash_one((std::process::id(), SystemTime::now()));
    (hash >> 11) as f64 / (1_u64 << 53) as f64
}

impl Worker<'_, Connected> {
    /// Runs a transaction, and runs it again after an error that
    /// [may not occur again](Error::is_retryable): a serialization failure, a deadlock, or a
    /// conflict with recovery on a standby. An error of a statement counts also if the closure
    /// ignores it. All other errors are returned at once.
    ///
    /// The closure runs once per attempt, so it must not have effects outside the transaction that
    /// cannot be repeated. Between two attempts the worker waits like [`wait`](Worker::wait).
    ///
    /// ```no_run
    /// # use postgres_bgworker::prelude::*;
    /// use postgres_bgworker::{sql::Isolation, worker::Retry};
    ///
    /// # fn example(worker: &mut Worker<Connected>) -> Result<()> {
    /// let serializable = TransactionMode::new().isolation(Isolation::Serializable);
    /// worker.transaction_retrying(Retry::new().mode(serializable), |tx| {
    ///     tx.execute("insert into app.sums select sum(amount) from app.accounts", ())
    /// })?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Those of [`transaction`](Worker::transaction). The error of an attempt after the first one,
    /// and of the last one, says in its [context](Error::context) which attempt it was.
    /// [`Terminating`](crate::ErrorKind::Terminating) once SIGTERM has arrived: no attempt begins
    /// after it.
    pub fn transaction_retrying<T>(
        &mut self,
        retry: Retry,
        body: impl FnMut(&mut Transaction<'_>) -> Result<T>,
    ) -> Result<T> {
        let mut last = 0;
        let result = self.retrying(retry, |error| Some(error), body, &mut last);
        result.map_err(|error| {
            if last > 1 || error.is_retryable() {
                error.with_context(format!(
                    "attempt {last} of {} to run a transaction",
                    retry.attempts
                ))
            } else {
                error
            }
        })
    }

    /// Like [`transaction_retrying`](Worker::transaction_retrying), for a closure that returns
    /// another error type. `cause` returns the [`Error`] of this crate that such an error contains.
    /// The error does not say which attempt it was.
    ///
    /// ```no_run
    /// # use postgres_bgworker::prelude::*;
    /// use postgres_bgworker::worker::Retry;
    ///
    /// type AnyError = Box<dyn std::error::Error + Send + Sync>;
    ///
    /// fn count(worker: &mut Worker<Connected>, text: &str) -> Result<i64, AnyError> {
    ///     worker.try_transaction_retrying(Retry::new(), |error: &AnyError| error.downcast_ref(), |tx| {
    ///         let first: i32 = text.parse()?;
    ///         Ok(tx.query_scalar("select count(*) from app.queue where id >= $1", [first])?)
    ///     })
    /// }
    /// ```
    ///
    /// # Errors
    /// Those of [`transaction_retrying`](Worker::transaction_retrying).
    pub fn try_transaction_retrying<T, E: From<Error>>(
        &mut self,
        retry: Retry,
        cause: impl Fn(&E) -> Option<&Error>,
        body: impl FnMut(&mut Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.retrying(retry, cause, body, &mut 0)
    }

    /// Counts the attempts in `attempt`.
    fn retrying<T, E: From<Error>>(
        &mut self,
        retry: Retry,
        cause: impl Fn(&E) -> Option<&Error>,
        mut body: impl FnMut(&mut Transaction<'_>) -> Result<T, E>,
        attempt: &mut u32,
    ) -> Result<T, E> {
        loop {
            *attempt += 1;
            let error = match self.try_transaction(retry.mode, &mut body) {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            if *attempt >= retry.attempts || !cause(&error).is_some_and(Error::is_retryable) {
                return Err(error);
            }
            self.pause(retry.pause(*attempt))?;
        }
    }

    fn pause(&mut self, time: Duration) -> Result<()> {
        let deadline = Deadline::after(time);
        while !deadline.is_over() {
            if self.wait_in_between(deadline.left())?.terminating() {
                return Err(interrupts::refusal(self.server_thread()));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_the_longest() {
        let retry = Retry::new().delays(Duration::from_millis(10), Duration::from_millis(35));
        let delays: Vec<u128> = [1, 2, 3, 40].map(|at| retry.delay(at).as_millis()).into();
        assert_eq!(delays, [10, 20, 35, 35]);
        let none = Retry::new().delays(Duration::ZERO, Duration::MAX);
        assert_eq!(none.pause(40), Duration::ZERO);
        let endless = Retry::new().delays(Duration::MAX, Duration::MAX);
        assert!(endless.pause(2) <= Duration::MAX);
    }

    #[test]
    fn a_pause_is_between_half_of_the_delay_and_all_of_it() {
        let retry = Retry::new().delays(Duration::from_secs(8), Duration::from_secs(8));
        let pauses: Vec<Duration> = (0..100).map(|_| retry.pause(1)).collect();
        let allowed = Duration::from_secs(4)..=Duration::from_secs(8);
        assert!(pauses.iter().all(|pause| allowed.contains(pause)));
        assert!(pauses.iter().any(|pause| *pause != pauses[0]));
    }
}
