//! Wait for another process to change something. Since 10.

use crate::error::{Error, Result, SqlState, is_terminating};
use crate::ffi;
use crate::server::guard::guard;
use crate::server::interrupts::refusal;
use crate::server::process;
use crate::server::thread::ServerThread;
use crate::server::tokens::sealed::Internal;
use crate::server::tokens::{OnServerThread, Running, sealed};
use crate::shmem::held::{self, LockHolder};
use crate::shmem::shareable::{InPlace, Shareable, layout_hash};
use crate::wait::Wait;
use std::cell::UnsafeCell;
use std::ffi::{c_int, c_long};
use std::fmt;
use std::mem::MaybeUninit;
use std::time::{Duration, Instant};

/// A condition variable in shared memory: who changes what others wait for, notifies; they look again.
///
/// ```no_run
/// use postgres_bgworker::prelude::*;
/// use postgres_bgworker::{shareable, shmem::{Condvar, LwLock, Shared}};
///
/// shareable! {
///     struct Queue { length: LwLock<u32>, changed: Condvar }
/// }
/// static QUEUE: Shared<Queue> =
///     Shared::new(c"my_queue", Queue { length: LwLock::new(0), changed: Condvar::new() });
///
/// fn put(worker: &mut Worker<NoDatabase>) -> Result<()> {
///     let queue = QUEUE.get(worker)?;
///     *queue.length.write(worker)? += 1;
///     queue.changed.notify_one(worker)
/// }
///
/// fn take(worker: &mut Worker<NoDatabase>) -> Result<bool> {
///     let queue = QUEUE.get(worker)?;
///     queue.changed.wait_until(worker, Duration::from_secs(60), |sleeping| {
///         let mut length = queue.length.write(sleeping)?;
///         let there_was_one = *length > 0;
///         *length = length.saturating_sub(1);
///         Ok(there_was_one)
///     })
/// }
/// ```
#[doc(alias = "ConditionVariable")]
#[repr(C)]
pub struct Condvar {
    variable: UnsafeCell<MaybeUninit<ffi::ConditionVariable>>,
    in_place: InPlace,
}

/// A worker that looks whether it must go on waiting: it may log and take locks, and not wait for anything else.
#[derive(Debug)]
pub struct CondvarWait<'a> {
    thread: ServerThread<'a>,
}

impl sealed::Sealed for CondvarWait<'_> {}
impl OnServerThread for CondvarWait<'_> {
    fn server_thread(&self) -> ServerThread<'_> {
        self.thread
    }
}
impl Running for CondvarWait<'_> {}
impl LockHolder for CondvarWait<'_> {}

impl Condvar {
    /// Nobody waits.
    pub const fn new() -> Self {
        Condvar {
            variable: UnsafeCell::new(MaybeUninit::zeroed()),
            in_place: InPlace::not_yet(),
        }
    }

    /// Wait until the closure says that what it waits for is there (`Ok(true)`), or the timeout has passed (`Ok(false)`).
    ///
    /// The closure runs before the first sleep, after each notification, and once a minute without one. Interrupts end a sleep; settings
    /// are read again between two runs of the closure.
    ///
    /// # Errors
    /// Those of the closure and of interrupts: in a transaction a cancel is an error, after which the transaction has failed.
    /// [`Terminating`](crate::ErrorKind::Terminating) once SIGTERM has come. The process is not in the list of those who wait any
    /// more, whatever the way out.
    #[doc(alias = "ConditionVariablePrepareToSleep")]
    #[doc(alias = "ConditionVariableSleep")]
    #[doc(alias = "ConditionVariableTimedSleep")]
    #[doc(alias = "ConditionVariableCancelSleep")]
    pub fn wait_until<W: Wait>(
        &self,
        worker: &mut W,
        timeout: Duration,
        mut is_met: impl FnMut(&mut CondvarWait<'_>) -> Result<bool>,
    ) -> Result<bool> {
        let start = Instant::now();
        loop {
            // Interrupts, settings, statistics: what waits do. It resets the latch, so it comes before the list is entered.
            if worker.wait_for(Duration::ZERO, Internal)?.terminating() {
                return Err(refusal(worker.server_thread()));
            }
            let thread = worker.server_thread();
            let listed = Listed::enter(thread, self)?;
            let mut sleeping = CondvarWait { thread };
            let met = is_met(&mut sleeping)?;
            // With it, interrupts are held off, and nothing could end the sleep.
            held::release_leaked(&sleeping);
            let left = timeout.saturating_sub(start.elapsed());
            if met || left.is_zero() {
                return Ok(met);
            }
            listed.sleep(left)?;
        }
    }

    /// Wakes one process that waits, the one that has waited longest.
    ///
    /// # Errors
    /// The condition variable does not lie in shared memory; [`Exiting`](crate::ErrorKind::Exiting) once the exit of this process has
    /// begun, because the server puts it into the list meanwhile.
    #[doc(alias = "ConditionVariableSignal")]
    pub fn notify_one(&self, process: &impl Running) -> Result<()> {
        let variable = self.usable(process.server_thread())?;
        // SAFETY: token: `process`; plain frames.
        unsafe {
            guard(|| {
                ffi::ConditionVariableSignal(variable);
            })
        }
    }

    /// Wakes all processes that wait.
    ///
    /// # Errors
    /// As [`Condvar::notify_one`].
    #[doc(alias = "ConditionVariableBroadcast")]
    pub fn notify_all(&self, process: &impl Running) -> Result<()> {
        let variable = self.usable(process.server_thread())?;
        // SAFETY: token: `process`; plain frames.
        unsafe {
            guard(|| {
                ffi::ConditionVariableBroadcast(variable);
            })
        }
    }

    /// The server's variable, where it can be used.
    fn usable(&self, thread: ServerThread<'_>) -> Result<*mut ffi::ConditionVariable> {
        process::check_running(thread)?;
        if !self.in_place.is_set() {
            return Err(Error::new(
                crate::ErrorKind::Invalid,
                "this condition variable does not lie in shared memory, so nobody could notify it",
            )
            .with_hint("Put it into a static of type Shared, and take it from Shared::get."));
        }
        Ok(self.variable.get().cast())
    }
}

impl Default for Condvar {
    fn default() -> Self {
        Condvar::new()
    }
}

/// This process stands in the list of those who wait, until this is dropped.
struct Listed<'a> {
    thread: ServerThread<'a>,
    variable: *mut ffi::ConditionVariable,
}

/// Settings are read again, and statistics sent, at least this often.
const LONGEST: Duration = Duration::from_secs(60);

impl<'a> Listed<'a> {
    fn enter(thread: ServerThread<'a>, condition: &Condvar) -> Result<Self> {
        let variable = condition.usable(thread)?;
        // SAFETY: token: `thread`; plain frames; the variable was initialised.
        unsafe { guard(|| ffi::ConditionVariablePrepareToSleep(variable)) }?;
        Ok(Listed { thread, variable })
    }

    fn sleep(&self, timeout: Duration) -> Result<()> {
        let variable = self.variable;
        let millis = timeout.min(LONGEST).as_nanos().div_ceil(1_000_000);
        let millis = c_long::try_from(millis).unwrap_or(c_long::MAX);
        // SAFETY: token: `self.thread`; plain frames.
        match unsafe { guard(|| ffi::shim::pgbgw_condition_sleep(variable, millis)) } {
            // Outside a transaction a cancel has nothing to cancel.
            Err(error)
                if error.sqlstate() == SqlState::QUERY_CANCELED
                    && !is_terminating()
                    && !self.thread.process().in_transaction() =>
            {
                Ok(())
            }
            result => result.map(drop),
        }
    }
}

impl Drop for Listed<'_> {
    fn drop(&mut self) {
        // SAFETY: token: `self.thread`; cannot raise: takes this process out of the list, if it is there.
        unsafe { ffi::shim::pgbgw_condition_cancel_sleep(self.variable) }
    }
}

// SAFETY: a spinlock and numbers of processes, which `start` initialises and the server changes.
unsafe impl Shareable for Condvar {
    const LAYOUT: u64 = layout_hash("Condvar", size_of::<Self>(), &[]);

    unsafe fn start(this: *mut Self, _tranche: c_int) {
        // SAFETY: the caller's promise; cannot raise.
        unsafe {
            ffi::ConditionVariableInit((*this).variable.get().cast());
            (*this).in_place.set();
        }
    }
}

impl fmt::Debug for Condvar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Condvar").finish_non_exhaustive()
    }
}
