//! The state of this process: which transaction it has open, which lock, and whether it exits.
//!
//! All of it belongs to the server's thread. A server that ran its sessions as threads would need one of these for each.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use std::cell::{Cell, RefCell};
use std::ptr;

/// State that only the server's thread uses.
pub(crate) struct OnServerThread<T>(T);

// SAFETY: token: every function below is called with one, or from a callback of the server, so on the server's thread. References
// to what is inside do not leave this file.
unsafe impl<T> Sync for OnServerThread<T> {}

struct Process {
    /// A transaction of this crate is open.
    in_transaction: Cell<bool>,
    /// The first error on the innermost level of the open transaction. Nothing more runs on that level.
    failure: RefCell<Option<String>>,
    /// The lock that a guard holds, or held when it was leaked.
    #[cfg(pg_has = "named_lwlock_tranche")]
    lock: Cell<Option<HeldLock>>,
    /// An error left locks of the server behind, which are released with the lock above.
    #[cfg(pg_has = "named_lwlock_tranche")]
    locks_left: Cell<bool>,
}

static PROCESS: OnServerThread<Process> = OnServerThread(Process {
    in_transaction: Cell::new(false),
    failure: RefCell::new(None),
    #[cfg(pg_has = "named_lwlock_tranche")]
    lock: Cell::new(None),
    #[cfg(pg_has = "named_lwlock_tranche")]
    locks_left: Cell::new(false),
});

/// Whether the exit of this process has begun: the server lets go of shared memory, locks and the process's own entry in it.
#[inline]
pub(crate) fn is_exiting() -> bool {
    // SAFETY: cannot raise: reads a flag.
    i64::from(unsafe { (&raw const ffi::proc_exit_inprogress).read_volatile() }) != 0
}

/// An error once the exit of this process has begun.
///
/// # Errors
/// Of kind [`Exiting`](ErrorKind::Exiting).
#[inline]
pub(crate) fn check_running() -> Result<()> {
    if is_exiting() {
        return Err(exiting());
    }
    Ok(())
}

#[cold]
pub(crate) fn exiting() -> Error {
    Error::new(
        ErrorKind::Exiting,
        "this call is not possible while the process exits",
    )
    .with_detail("The server lets go of shared memory and locks when a process exits.")
}

/// A transaction begins or ends; nothing has failed in it.
pub(crate) fn set_in_transaction(open: bool) {
    PROCESS.0.in_transaction.set(open);
    forget_failure();
}

/// Whether a transaction is open in which a cancel means something.
pub(crate) fn in_transaction() -> bool {
    PROCESS.0.in_transaction.get()
}

/// Whether the innermost level of the transaction has failed.
#[inline]
pub(crate) fn has_failed() -> bool {
    PROCESS.0.failure.borrow().is_some()
}

/// The message of the error that the innermost level has failed with.
pub(crate) fn failure() -> Option<String> {
    PROCESS.0.failure.borrow().clone()
}

/// A level is left: the one around it has not failed, because it could not have begun this one otherwise.
pub(crate) fn forget_failure() {
    PROCESS.0.failure.replace(None);
}

/// Record that the innermost level of the open transaction has failed.
#[cold]
pub(crate) fn record_failure(error: &Error) {
    if in_transaction() {
        PROCESS
            .0
            .failure
            .borrow_mut()
            .get_or_insert_with(|| error.message().to_string());
    }
}

/// The server has raised an error, and a guard has caught it. An open transaction has failed with it. Locks of the server that were
/// taken in the guard are released, because nobody else knows of them: outside a transaction nothing ends that would.
///
/// The server can only release all of them. Who held one before the guard holds interrupts off as well, so then it is not done: what was
/// left is released with the lock of a guard of this crate, or by whoever holds one by raw calls.
#[cold]
pub(crate) fn server_error(error: &Error) {
    record_failure(error);
    if holdoff() == 0 {
        return release_all_locks();
    }
    #[cfg(pg_has = "named_lwlock_tranche")]
    PROCESS.0.locks_left.set(PROCESS.0.lock.get().is_some());
}

fn release_all_locks() {
    // SAFETY: cannot raise: each lock is one that this process holds. No guard of this crate holds one, and interrupts are not held off, so
    // nobody else does.
    unsafe { ffi::LWLockReleaseAll() }
}

fn holdoff() -> u32 {
    // SAFETY: cannot raise: reads a counter that changes on this thread only.
    unsafe { ptr::read_volatile(&raw const ffi::InterruptHoldoffCount) }
}

/// An error while a guard holds a lock of shared memory, or has leaked it. The locks that an error of the server leaves behind could not be
/// released then, and the same call again would wait for this process itself.
///
/// # Errors
/// Of kind [`Invalid`](ErrorKind::Invalid).
#[inline]
pub(crate) fn check_no_lock() -> Result<()> {
    #[cfg(pg_has = "named_lwlock_tranche")]
    if has_lock() {
        return Err(lock_is_held());
    }
    Ok(())
}

#[cfg(pg_has = "named_lwlock_tranche")]
#[cold]
fn lock_is_held() -> Error {
    Error::new(
        ErrorKind::Invalid,
        "the server cannot be called while a lock of shared memory is held",
    )
    .with_detail("This call takes locks of the server.")
    .with_hint("Make the call before the lock is taken, or after it is released.")
}

#[cfg(pg_has = "named_lwlock_tranche")]
pub(crate) use lock::{HeldLock, has_lock, held_by_me, release_lock};

/// The lock of a guard. Since 9.6.
#[cfg(pg_has = "named_lwlock_tranche")]
mod lock {
    use super::{PROCESS, holdoff, release_all_locks};
    use crate::ffi;
    use std::ptr;

    /// A lock that is held, and the count of held-off interrupts from before.
    #[derive(Debug, Clone, Copy)]
    pub(crate) struct HeldLock {
        lock: *mut ffi::LWLock,
        holdoff: u32,
    }

    impl HeldLock {
        /// What to do when this lock, which is not held yet, is released.
        pub(crate) fn before(lock: *mut ffi::LWLock) -> Self {
            HeldLock {
                lock,
                holdoff: holdoff(),
            }
        }

        /// A guard holds it now.
        pub(crate) fn keep(self) {
            PROCESS.0.lock.set(Some(self));
        }

        /// The server may have released it already: it does when it aborts a transaction and when the process exits. An error may have
        /// set the count to zero. So neither is taken for granted.
        fn release(self) {
            if held_by_me(self.lock) {
                set_holdoff(self.holdoff + 1);
                // SAFETY: cannot raise: it is held.
                unsafe { ffi::LWLockRelease(self.lock) };
            }
            set_holdoff(self.holdoff);
            if PROCESS.0.locks_left.replace(false) && self.holdoff == 0 {
                release_all_locks();
            }
        }
    }

    /// Whether a guard holds a lock, or has leaked it.
    #[inline]
    pub(crate) fn has_lock() -> bool {
        PROCESS.0.lock.get().is_some()
    }

    /// Release the lock that a guard holds or has leaked; whether there was one.
    pub(crate) fn release_lock() -> bool {
        match PROCESS.0.lock.take() {
            Some(held) => {
                held.release();
                true
            }
            None => false,
        }
    }

    /// Whether this process holds the lock.
    pub(crate) fn held_by_me(lock: *mut ffi::LWLock) -> bool {
        // SAFETY: cannot raise: compares pointers.
        i64::from(unsafe { ffi::LWLockHeldByMe(lock) }) != 0
    }

    fn set_holdoff(count: u32) {
        // SAFETY: cannot raise: writes the counter.
        unsafe { ptr::write_volatile(&raw mut ffi::InterruptHoldoffCount, count) }
    }
}
