//! Waiting for another process to change shared data. Since 10.

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

/// A condition variable in shared memory: a process that changes a condition notifies the processes
/// that wait for it, and they check the condition again.
///
/// Since 10. Corresponds to `ConditionVariable` in `storage/condition_variable.h`.
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

/// The token of a process that waits for a [`Condvar`] and checks whether its condition is met. It
/// allows logging and taking locks, but no other wait.
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
    /// Creates a condition variable that no process waits for.
    pub const fn new() -> Self {
        Condvar {
            variable: UnsafeCell::new(MaybeUninit::zeroed()),
            in_place: InPlace::not_yet(),
        }
    }

    /// Waits up to `timeout` until `is_met` returns `Ok(true)`. Returns whether it did; `Ok(false)`
    /// means that the timeout elapsed.
    ///
    /// The closure runs before the first sleep, after each notification, and at least once a
    /// minute. Interrupts end a sleep, and the settings are read again between two runs of the
    /// closure.
    ///
    /// # Errors
    /// Returns the closure's errors, and errors that interrupts raise: in a transaction, a cancel
    /// request is an error, after which the transaction has failed. Returns
    /// [`Terminating`](crate::ErrorKind::Terminating) after SIGTERM. In all cases, the process is
    /// removed from the list of waiting processes.
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
            // Serves interrupts and reloads settings, as every wait does. It resets the latch, so
            // it runs before this process enters the list.
            if worker.wait_for(Duration::ZERO, Internal)?.terminating() {
                return Err(refusal(worker.server_thread()));
            }
            let thread = worker.server_thread();
            let listed = Listed::enter(thread, self)?;
            let mut sleeping = CondvarWait { thread };
            let met = is_met(&mut sleeping)?;
            // A leaked lock would hold off interrupts, and nothing could end the sleep.
            held::release_leaked(&sleeping);
            let left = timeout.saturating_sub(start.elapsed());
            if met || left.is_zero() {
                return Ok(met);
            }
            listed.sleep(left)?;
        }
    }

    /// Wakes one waiting process, the one that has waited longest.
    ///
    /// # Errors
    /// Returns an error if the condition variable is not in shared memory, and
    /// [`Exiting`](crate::ErrorKind::Exiting) once the exit of this process has begun, because the
    /// server adds the process to the list during the call.
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

    /// Wakes all waiting processes.
    ///
    /// # Errors
    /// Like [`Condvar::notify_one`].
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

    /// Returns the server's variable, or an error if it cannot be used.
    fn usable(&self, thread: ServerThread<'_>) -> Result<*mut ffi::ConditionVariable> {
        process::check_running(thread)?;
        if !self.in_place.is_set() {
            return Err(Error::new(
                crate::ErrorKind::Invalid,
                "condition variable is not in shared memory",
            )
            .with_hint("Put it into a static of type Shared, and access it through Shared::get."));
        }
        Ok(self.variable.get().cast())
    }
}

impl Default for Condvar {
    fn default() -> Self {
        Condvar::new()
    }
}

/// An entry of this process in the list of waiting processes. Dropping it removes the entry.
struct Listed<'a> {
    thread: ServerThread<'a>,
    variable: *mut ffi::ConditionVariable,
}

/// The longest sleep, after which settings are read again and statistics are sent.
const MAX_SLEEP: Duration = Duration::from_secs(60);

impl<'a> Listed<'a> {
    fn enter(thread: ServerThread<'a>, condition: &Condvar) -> Result<Self> {
        let variable = condition.usable(thread)?;
        // SAFETY: token: `thread`; plain frames; the variable was initialized.
        unsafe { guard(|| ffi::ConditionVariablePrepareToSleep(variable)) }?;
        Ok(Listed { thread, variable })
    }

    fn sleep(&self, timeout: Duration) -> Result<()> {
        let variable = self.variable;
        let millis = timeout.min(MAX_SLEEP).as_nanos().div_ceil(1_000_000);
        let millis = c_long::try_from(millis).unwrap_or(c_long::MAX);
        // SAFETY: token: `self.thread`; plain frames.
        match unsafe { guard(|| ffi::shim::pgbgw_condition_sleep(variable, millis)) } {
            // Outside a transaction, there is nothing to cancel.
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
        // SAFETY: token: `self.thread`; cannot raise: removes this process from the list, if it is
        // present.
        unsafe { ffi::shim::pgbgw_condition_cancel_sleep(self.variable) }
    }
}

// SAFETY: a spinlock and process numbers, which `start` initializes and the server changes.
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
