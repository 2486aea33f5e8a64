//! The LWLock that this process holds. Its release restores the interrupt hold-off count.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use crate::server::guard::guard;
use crate::server::process::{self, HeldLock};
use crate::server::thread::ServerThread;
use crate::server::tokens::{OnServerThread, Running};

/// A token whose exclusive borrow prevents all other calls of the server: a worker or a
/// transaction.
///
/// While a lock is held, its token is borrowed. Therefore the process cannot wait, end a
/// transaction, or run SQL (which may roll back to a savepoint, when the server releases all
/// LWLocks). A process holds at most one of these locks, so deadlocks by lock order are impossible.
pub trait LockHolder: Running {}

/// The lock that a guard owns. It borrows the token that it was taken with.
pub(super) struct Held<'a> {
    thread: ServerThread<'a>,
}

impl<'a> Held<'a> {
    /// Takes a lock in shared memory. `call` makes one call of the server and returns whether it
    /// took the lock.
    pub(super) fn take(
        holder: &'a mut impl LockHolder,
        lock: *mut ffi::LWLock,
        call: fn(*mut ffi::LWLock) -> bool,
    ) -> Result<Option<Self>> {
        process::check_running(holder.server_thread())?;
        release_leaked(holder);
        let thread = holder.server_thread();
        if process::held_by_me(thread, lock) {
            return Err(Error::new(
                ErrorKind::Invalid,
                "lock is already held by this process",
            )
            .with_detail("The process would wait for itself indefinitely.")
            .with_hint(
                "Code that takes locks by calling the server directly must release them first.",
            ));
        }
        let held = HeldLock::before(thread, lock);
        // SAFETY: token: `thread`; plain frames: a function pointer to one call.
        let taken = unsafe { guard(|| call(lock)) }?;
        Ok(taken.then(|| {
            held.keep(thread);
            Held { thread }
        }))
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        process::release_lock(self.thread);
    }
}

/// Releases a lock whose guard was leaked. An exclusive borrow of a token proves that no guard made
/// with the token is alive.
#[inline]
pub(crate) fn release_leaked(token: &impl OnServerThread) {
    if process::release_lock(token.server_thread()) {
        token.warning("releasing an LWLock whose guard was leaked");
    }
}
