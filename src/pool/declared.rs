//! A pool, its memory, and the start of a job.
#![forbid(unsafe_code)]

use super::job::Job;
use super::jobs::Jobs;
use crate::channel::Call;
use crate::error::{ErrorKind, Result};
use crate::message::Message;
use crate::server::datum::Oid;
use crate::server::process_signals::{own_database, wake_process};
use crate::settings::IntSetting;
use crate::shmem::LockHolder;
use crate::wait::Wait;
use crate::worker::child::wake_supervisor;
use std::ffi::CStr;
use std::fmt;
use std::marker::PhantomData;
use std::time::{Duration, Instant};

/// A set of workers that run jobs with input `I` and result `O`; see the [module](super). Since
/// 9.6.
pub struct Pool<I, O> {
    pub(super) jobs: Jobs,
    _types: PhantomData<fn(I) -> O>,
}

impl<I: Message, O: Message> Pool<I, O> {
    /// Declares a pool with this name (1 to 47 bytes, unique in the server). The settings are the
    /// smallest and the largest number of its workers; more than 64 are not used.
    ///
    /// # Panics
    /// Panics if the name is empty or too long. In a `static`, this is a compile error.
    pub const fn new(
        name: &'static CStr,
        fewest: &'static IntSetting,
        most: &'static IntSetting,
    ) -> Self {
        Pool {
            jobs: Jobs::new(name, fewest, most),
            _types: PhantomData,
        }
    }

    /// Sets the time after which a worker without a job ends; 10 s by default.
    pub const fn linger(mut self, time: Duration) -> Self {
        self.jobs.rules.linger = millis(time);
        self
    }

    /// Sets the time after which a worker leaves its database if other databases wait for a worker;
    /// 1 s by default. It first finishes its job.
    pub const fn turn(mut self, time: Duration) -> Self {
        self.jobs.rules.turn = millis(time);
        self
    }

    /// Submits a job for the database of this process, and waits up to `timeout` for its result.
    ///
    /// A job cannot see what the transaction of the caller has not committed. If it waits for a
    /// lock of that transaction, both wait, and the server does not detect it.
    ///
    /// # Errors
    /// Those of [`Pool::submit`] and of [`Job::finish`].
    pub fn run(
        &'static self,
        from: &mut (impl Wait + LockHolder),
        input: &I,
        timeout: Duration,
    ) -> Result<O> {
        let start = Instant::now();
        let job = self.submit(from, input)?;
        job.wait(from, timeout.saturating_sub(start.elapsed()), timeout)
    }

    /// Submits a job for the database of this process.
    ///
    /// # Errors
    /// Those of [`Pool::submit_to`]. [`Invalid`](ErrorKind::Invalid) if this process is not connected
    /// to a database.
    pub fn submit(&'static self, from: &mut (impl Wait + LockHolder), input: &I) -> Result<Job<O>> {
        let database = own_database(from.server_thread());
        if database == Oid::INVALID {
            return Err(self
                .jobs
                .error(
                    ErrorKind::Invalid,
                    "this process is not connected to a database",
                )
                .with_hint("Name the database with Pool::submit_to."));
        }
        self.submit_to(from, database, input)
    }

    /// Submits a job for this database. Does not wait for a worker.
    ///
    /// # Errors
    /// * [`WouldBlock`](ErrorKind::WouldBlock): 256 jobs of this database wait already, or 1024 jobs of
    ///   all databases.
    /// * [`NotPreloading`](ErrorKind::NotPreloading): no supervisor of this library has started the
    ///   pool.
    /// * Those of the server if it has no shared memory left.
    pub fn submit_to(
        &'static self,
        from: &mut (impl Wait + LockHolder),
        database: Oid,
        input: &I,
    ) -> Result<Job<O>> {
        let jobs = &self.jobs;
        jobs.board.get(from)?;
        let name = jobs.name().to_string_lossy();
        let (call, handle, nonce) = Call::post(from, input, &name)?;
        let mut board = jobs.lock(from)?;
        let number = board.add(database.0, handle, nonce);
        let idle = board.idle_for(database.0);
        drop(board);
        let Some(number) = number else {
            return Err(jobs
                .error(ErrorKind::WouldBlock, "too many jobs wait")
                .with_hint("Try again later, or raise the number of workers."));
        };
        let thread = from.server_thread();
        if let Some(process) = idle {
            wake_process(thread, process);
        }
        if let Some(family) = jobs.family(thread) {
            wake_supervisor(thread, family);
        }
        Ok(Job::new(thread, jobs, number, call))
    }

    /// Returns the number of jobs that no worker has taken yet.
    ///
    /// # Errors
    /// [`NotPreloading`](ErrorKind::NotPreloading): no supervisor of this library has started the
    /// pool.
    pub fn depth(&'static self, process: &mut impl LockHolder) -> Result<usize> {
        Ok(self.jobs.lock(process)?.waiting())
    }
}

const fn millis(time: Duration) -> u64 {
    let millis = time.as_millis();
    // Fewer than one would let a worker leave before its first job.
    if millis == 0 {
        1
    } else if millis > u32::MAX as u128 {
        u32::MAX as u64
    } else {
        millis as u64
    }
}

impl<I, O> fmt::Debug for Pool<I, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("name", &self.jobs.name())
            .finish_non_exhaustive()
    }
}
