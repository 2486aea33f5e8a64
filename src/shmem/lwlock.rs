//! Data protected by an LWLock. Since 9.6.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use crate::shmem::held::{Held, LockHolder};
use crate::shmem::shareable::{InPlace, Shareable, layout_hash};
use std::cell::UnsafeCell;
use std::ffi::c_int;
use std::fmt;
use std::mem::MaybeUninit;
use std::ops::{Deref, DerefMut};

/// Data in shared memory, protected by one of the server's lightweight locks: many readers or one
/// writer.
///
/// Keep the critical sections short: neither SIGTERM nor a cancel request is served while the
/// process holds the lock or waits for it.
///
/// * Dropping the guard releases the lock, also when `?` or a panic drops it. There is no
///   poisoning: what was written before a panic or an error stays, as under the server's own locks.
///   Modify a copy and assign it if readers must not see a partial change.
/// * After an error of the server, the guard still knows whether it holds the lock, and the
///   interrupt hold-off count is the same as before the lock was taken.
/// * If a guard is leaked (`mem::forget`), the lock is released, with a warning, when its token is
///   used for the next lock, wait, or transaction.
/// * When the process exits, the server releases the lock. When the process crashes, the server
///   restarts all processes, and the data has its initial value.
///
/// Since 9.6. Corresponds to `LWLock` in `storage/lwlock.h`.
#[doc(alias = "LWLock")]
#[doc(alias = "LWLockRelease")]
#[repr(C)]
pub struct LwLock<T> {
    lock: UnsafeCell<MaybeUninit<ffi::LWLock>>,
    in_place: InPlace,
    data: UnsafeCell<T>,
}

impl<T: Shareable + Copy> LwLock<T> {
    /// Creates a lock with initial data. The lock can be used once it is in shared memory, see
    /// [`Shared`](crate::shmem::Shared).
    pub const fn new(data: T) -> Self {
        LwLock {
            lock: UnsafeCell::new(MaybeUninit::zeroed()),
            in_place: InPlace::not_yet(),
            data: UnsafeCell::new(data),
        }
    }

    /// Waits for a shared lock and returns a guard for reading.
    ///
    /// # Errors
    /// Returns an error if the lock is not in shared memory, if unsafe code of this process already
    /// holds it (the process would wait indefinitely), or if the process holds too many locks.
    #[doc(alias = "LWLockAcquire")]
    #[doc(alias = "LW_SHARED")]
    pub fn read<'a>(&'a self, holder: &'a mut impl LockHolder) -> Result<LwLockReadGuard<'a, T>> {
        let held = self.acquire(holder, |lock| {
            // SAFETY: plain frames; a lock in shared memory. Runs in the guard of `acquire`.
            unsafe { ffi::LWLockAcquire(lock, ffi::LWLockMode::LW_SHARED) };
            true
        })?;
        held.map(|held| LwLockReadGuard {
            data: &self.data,
            _held: held,
        })
        .ok_or_else(unreachable_without_waiting)
    }

    /// Takes a shared lock and returns a copy of the data.
    ///
    /// # Errors
    /// Like [`LwLock::read`].
    pub fn get(&self, holder: &mut impl LockHolder) -> Result<T> {
        Ok(*self.read(holder)?)
    }

    /// Waits for an exclusive lock and returns a guard for writing.
    ///
    /// # Errors
    /// Like [`LwLock::read`].
    #[doc(alias = "LWLockAcquire")]
    #[doc(alias = "LW_EXCLUSIVE")]
    pub fn write<'a>(&'a self, holder: &'a mut impl LockHolder) -> Result<LwLockWriteGuard<'a, T>> {
        let held = self.acquire(holder, |lock| {
            // SAFETY: as in `read`.
            unsafe { ffi::LWLockAcquire(lock, ffi::LWLockMode::LW_EXCLUSIVE) };
            true
        })?;
        held.map(|held| LwLockWriteGuard {
            data: &self.data,
            _held: held,
        })
        .ok_or_else(unreachable_without_waiting)
    }

    /// Takes a shared lock without waiting. Returns `None` if another process holds the lock
    /// exclusively.
    ///
    /// # Errors
    /// Like [`LwLock::read`].
    #[doc(alias = "LWLockConditionalAcquire")]
    pub fn try_read<'a>(
        &'a self,
        holder: &'a mut impl LockHolder,
    ) -> Result<Option<LwLockReadGuard<'a, T>>> {
        let held = self.acquire(holder, |lock| {
            // SAFETY: as in `read`.
            i64::from(unsafe { ffi::LWLockConditionalAcquire(lock, ffi::LWLockMode::LW_SHARED) })
                != 0
        })?;
        Ok(held.map(|held| LwLockReadGuard {
            data: &self.data,
            _held: held,
        }))
    }

    /// Takes an exclusive lock without waiting. Returns `None` if another process holds the lock.
    ///
    /// # Errors
    /// Like [`LwLock::read`].
    #[doc(alias = "LWLockConditionalAcquire")]
    pub fn try_write<'a>(
        &'a self,
        holder: &'a mut impl LockHolder,
    ) -> Result<Option<LwLockWriteGuard<'a, T>>> {
        let held = self.acquire(holder, |lock| {
            // SAFETY: as in `read`.
            i64::from(unsafe { ffi::LWLockConditionalAcquire(lock, ffi::LWLockMode::LW_EXCLUSIVE) })
                != 0
        })?;
        Ok(held.map(|held| LwLockWriteGuard {
            data: &self.data,
            _held: held,
        }))
    }

    fn acquire<'a>(
        &'a self,
        holder: &'a mut impl LockHolder,
        call: fn(*mut ffi::LWLock) -> bool,
    ) -> Result<Option<Held<'a>>> {
        if !self.in_place.is_set() {
            return Err(
                Error::new(ErrorKind::Invalid, "lock is not in shared memory").with_hint(
                    "Put it into a static of type Shared, and access it through Shared::get.",
                ),
            );
        }
        Held::take(holder, self.lock.get().cast(), call)
    }
}

fn unreachable_without_waiting() -> Error {
    Error::new(
        ErrorKind::Other,
        "could not take the lock after waiting for it",
    )
}

macro_rules! guards {
    ($(#[$doc:meta] $guard:ident),*) => {$(
        #[$doc]
        #[must_use = "the lock is released when this is dropped"]
        #[doc(alias = "LWLockRelease")]
        pub struct $guard<'a, T> {
            data: &'a UnsafeCell<T>,
            _held: Held<'a>,
        }

        impl<T> Deref for $guard<'_, T> {
            type Target = T;

            fn deref(&self) -> &T {
                // SAFETY: the lock is held as long as the guard lives: no call that could make the
                // server release it is possible while the token is borrowed. Other processes do not
                // write meanwhile.
                unsafe { &*self.data.get() }
            }
        }

        impl<T: fmt::Debug> fmt::Debug for $guard<'_, T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                (**self).fmt(f)
            }
        }
    )*};
}

guards!(
    /// A guard for reading the data of an [`LwLock`]. Dropping it releases the lock.
    LwLockReadGuard,
    /// A guard for reading and writing the data of an [`LwLock`]. Dropping it releases the lock.
    LwLockWriteGuard
);

impl<T> DerefMut for LwLockWriteGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as above, and no other process reads; in this one, the guard is borrowed
        // exclusively.
        unsafe { &mut *self.data.get() }
    }
}

// SAFETY: plain data and a lock that `start` initializes; the data changes only under the lock.
unsafe impl<T: Shareable + Copy> Shareable for LwLock<T> {
    const LAYOUT: u64 = layout_hash("LwLock", size_of::<Self>(), &[T::LAYOUT]);
    const LOCKS: bool = true;

    unsafe fn start(this: *mut Self, tranche: c_int) {
        // SAFETY: the caller's promise; cannot raise.
        unsafe {
            ffi::LWLockInitialize((*this).lock.get().cast(), tranche);
            (*this).in_place.set();
        }
    }
}

impl<T> fmt::Debug for LwLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LwLock").finish_non_exhaustive()
    }
}
