//! The one lock that this process holds: released once, whatever has passed by, with the count of held-off interrupts of before.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use crate::server::guard::guard;
use crate::server::process::{self, HeldLock};
use crate::server::thread::ServerThread;
use crate::server::tokens::{OnServerThread, Running};

/// A token whose exclusive borrow keeps everything else from calling the server meanwhile: a worker, a transaction.
///
/// As long as a lock is held, its token is borrowed. So nothing can wait, end a transaction or run SQL then (SQL may roll back to a savepoint,
/// and the server releases all LWLocks when it does), and no process holds two of these locks, so no order of locking can be wrong.
pub trait LockHolder: Running {}

/// What a guard owns. It borrows the token that it was made with.
pub(super) struct Held<'a> {
    thread: ServerThread<'a>,
}

impl<'a> Held<'a> {
    /// Take a lock in shared memory, by a function that makes one call of the server and says whether it has it.
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
                "this process holds the lock already",
            )
            .with_detail("Waiting for it would never end.")
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

/// Whoever borrows a token exclusively knows that no guard lives that was made with it. One that is still noted was leaked.
#[inline]
pub(crate) fn release_leaked(token: &impl OnServerThread) {
    if process::release_lock(token.server_thread()) {
        token.warning("a guard of a lock was leaked, and the lock is released now");
    }
}
