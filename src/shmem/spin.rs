//! Small values protected by a spinlock.

use crate::ffi;
use crate::shmem::shareable::{InPlace, Shareable, layout_hash};
use std::cell::UnsafeCell;
use std::ffi::{c_int, c_void};
use std::fmt;

/// A value of at most 128 bytes that is read and written as a whole, protected by one of the
/// server's spinlocks.
///
/// While the lock is held, only the value is copied: no call of the server, no panic, and no user
/// code. Therefore it can be used anywhere, also while an LWLock is held. It costs little more than
/// an atomic operation.
///
/// Corresponds to `slock_t` in `storage/spin.h`.
#[doc(alias = "slock_t")]
#[doc(alias = "SpinLockAcquire")]
#[doc(alias = "SpinLockRelease")]
#[repr(C)]
pub struct SpinCell<T> {
    lock: UnsafeCell<[u64; ffi::shim::SPIN_LOCK_ROOM / 8]>,
    in_place: InPlace,
    state: UnsafeCell<State<T>>,
}

#[repr(C)]
struct State<T> {
    /// The number of writes.
    version: u64,
    value: T,
}

impl<T: Shareable + Copy> SpinCell<T> {
    /// Creates a cell with an initial value.
    ///
    /// # Panics
    /// Panics if the type is larger than 128 bytes. In a `static`, this is a compile error.
    pub const fn new(value: T) -> Self {
        assert!(
            size_of::<T>() <= 128,
            "a SpinCell holds at most 128 bytes; use LwLock"
        );
        SpinCell {
            lock: UnsafeCell::new([0; ffi::shim::SPIN_LOCK_ROOM / 8]),
            in_place: InPlace::not_yet(),
            state: UnsafeCell::new(State { version: 0, value }),
        }
    }

    /// Returns a copy of the value.
    pub fn get(&self) -> T {
        // SAFETY: a copy, under the lock.
        self.locked(|state| unsafe { (*state).value })
    }

    /// Sets the value.
    pub fn set(&self, value: T) {
        self.replace(value);
    }

    /// Sets the value and returns the previous one.
    pub fn replace(&self, value: T) -> T {
        // SAFETY: two copies and a wrapping addition, under the lock.
        self.locked(|state| unsafe {
            let before = (*state).value;
            (*state).value = value;
            (*state).version = (*state).version.wrapping_add(1);
            before
        })
    }

    /// Replaces the value by the result of `change` and returns it. The closure runs without the
    /// lock, and runs again if another process has written meanwhile.
    pub fn update(&self, mut change: impl FnMut(T) -> T) -> T {
        loop {
            // SAFETY: a copy, under the lock.
            let (version, before) =
                self.locked(|state| unsafe { ((*state).version, (*state).value) });
            let after = change(before);
            // SAFETY: as in `replace`.
            let done = self.locked(|state| unsafe {
                let unchanged = (*state).version == version;
                if unchanged {
                    (*state).value = after;
                    (*state).version = version.wrapping_add(1);
                }
                unchanged
            });
            if done {
                return after;
            }
        }
    }

    /// Runs `copy` under the lock. It must do nothing but copy.
    fn locked<R>(&self, copy: impl FnOnce(*mut State<T>) -> R) -> R {
        let lock = self.lock.get().cast::<c_void>();
        // A cell outside shared memory has one user, because it is not `Sync`.
        let shared = self.in_place.is_set();
        // SAFETY: cannot raise: the lock was initialized, and no process holds it for longer than a
        // copy takes. This is the server's main thread, because a token is needed to find a cell in
        // shared memory, and a reference to it is not `Send`.
        unsafe {
            if shared {
                ffi::macros::pgbgw_spin_lock_acquire(lock);
            }
            let result = copy(self.state.get());
            if shared {
                ffi::macros::pgbgw_spin_lock_release(lock);
            }
            result
        }
    }
}

// SAFETY: plain data and a lock that `start` initializes; the value changes only under the lock.
unsafe impl<T: Shareable + Copy> Shareable for SpinCell<T> {
    const LAYOUT: u64 = layout_hash("SpinCell", size_of::<Self>(), &[T::LAYOUT]);

    unsafe fn start(this: *mut Self, _tranche: c_int) {
        // SAFETY: the caller's promise; cannot raise.
        unsafe {
            ffi::macros::pgbgw_spin_lock_init((*this).lock.get().cast());
            (*this).in_place.set();
        }
    }
}

impl<T> fmt::Debug for SpinCell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpinCell").finish_non_exhaustive()
    }
}
