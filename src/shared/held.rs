//! The one lock that this process holds: released once, whatever has passed by, with the count of held-off interrupts of before.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use crate::guard::guard;
use crate::report::Backend;
use std::cell::Cell;
use std::marker::PhantomData;
use std::ptr;

/// A token whose exclusive borrow keeps everything else from calling the server meanwhile: a worker, a transaction.
///
/// As long as a lock is held, its token is borrowed. So nothing can wait, end a transaction or run SQL then (SQL may roll back to a savepoint,
/// and the server releases all LWLocks when it does), and no process holds two of these locks, so no order of locking can be wrong.
pub trait LockHolder: Backend {}

/// A lock that is held, and the count of held-off interrupts from before.
#[derive(Debug, Clone, Copy)]
struct Record {
    lock: *mut ffi::LWLock,
    holdoff: u32,
}

/// The one lock that a guard of this process holds, or held when it was leaked. Each transaction and each wait looks at it, and
/// a thread-local is not cheap in a library that is loaded.
static HELD: OnMainThread = OnMainThread(Cell::new(None));

struct OnMainThread(Cell<Option<Record>>);

// SAFETY: token: whoever gets here has one, or a `Held` that borrows one, and neither leaves the main thread.
unsafe impl Sync for OnMainThread {}

/// What a guard owns. It borrows the token that it was made with.
pub(super) struct Held<'a> {
    record: Record,
    _token: PhantomData<(&'a mut (), *mut ())>,
}

impl<'a> Held<'a> {
    /// Take a lock in shared memory, by a function that makes one call of the server and says whether it has it.
    pub(super) fn take(
        holder: &'a mut impl LockHolder,
        lock: *mut ffi::LWLock,
        call: fn(*mut ffi::LWLock) -> bool,
    ) -> Result<Option<Self>> {
        release_leaked(holder);
        if held_by_me(lock) {
            return Err(Error::new(
                ErrorKind::Invalid,
                "this process holds the lock already",
            )
            .with_detail("Waiting for it would never end.")
            .with_hint(
                "Code that takes locks by calling the server directly must release them first.",
            ));
        }
        let record = Record {
            lock,
            holdoff: holdoff(),
        };
        // SAFETY: token: the holder; plain frames: a function pointer to one call.
        let taken = unsafe { guard(|| call(lock)) }?;
        Ok(taken.then(|| {
            HELD.0.set(Some(record));
            Held {
                record,
                _token: PhantomData,
            }
        }))
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        HELD.0.set(None);
        self.record.release();
    }
}

impl Record {
    /// The server may have released it already: it does when it aborts a transaction. And an error may have set the count to zero. So
    /// neither is taken for granted.
    fn release(self) {
        if held_by_me(self.lock) {
            set_holdoff(self.holdoff + 1);
            // SAFETY: cannot raise: it is held.
            unsafe { ffi::LWLockRelease(self.lock) };
        }
        set_holdoff(self.holdoff);
    }
}

/// Whoever borrows a token exclusively knows that no guard lives that was made with it. One that is still noted was leaked.
pub(crate) fn release_leaked(token: &impl Backend) {
    if let Some(record) = HELD.0.take() {
        record.release();
        token.warning("a guard of a lock was leaked, and the lock is released now");
    }
}

fn held_by_me(lock: *mut ffi::LWLock) -> bool {
    // SAFETY: cannot raise: compares pointers.
    i64::from(unsafe { ffi::LWLockHeldByMe(lock) }) != 0
}

fn holdoff() -> u32 {
    // SAFETY: cannot raise: reads a counter that changes on this thread only.
    unsafe { ptr::read_volatile(&raw const ffi::InterruptHoldoffCount) }
}

fn set_holdoff(count: u32) {
    // SAFETY: cannot raise: writes the counter.
    unsafe { ptr::write_volatile(&raw mut ffi::InterruptHoldoffCount, count) }
}
