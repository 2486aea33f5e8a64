//! Data under an LWLock. Since 9.6.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use crate::shmem::held::{Held, LockHolder};
use crate::shmem::shareable::{InPlace, Shareable, layout_hash};
use std::cell::UnsafeCell;
use std::ffi::c_int;
use std::fmt;
use std::mem::MaybeUninit;
use std::ops::{Deref, DerefMut};

/// Data in shared memory under one of the server's lightweight locks: many read, or one writes.
///
/// For short sections: neither SIGTERM nor a cancel is served while the lock is held or waited for.
///
/// * A lock is released when its guard is dropped: also by `?`, and by a panic. There is no poison: what was written before a panic or an error
///   stays, as under the server's own locks. What must not be seen half done is made in a copy, and assigned.
/// * After an error of the server that passed by, the guard still knows whether it holds the lock, and the count of
///   held-off interrupts is as it was before the lock was taken.
/// * A guard that is leaked (`mem::forget`) is released, with a warning, when its token is used for the next lock, wait or transaction.
/// * The process ends: the server releases it. It crashes: all processes are restarted, with the initial values.
#[doc(alias = "LWLock")]
#[doc(alias = "LWLockRelease")]
#[repr(C)]
pub struct LwLock<T> {
    lock: UnsafeCell<MaybeUninit<ffi::LWLock>>,
    in_place: InPlace,
    data: UnsafeCell<T>,
}

impl<T: Shareable + Copy> LwLock<T> {
    /// The data as they are in the beginning. The lock exists when they lie in shared memory, see [`Shared`](crate::shmem::Shared).
    pub const fn new(data: T) -> Self {
        LwLock {
            lock: UnsafeCell::new(MaybeUninit::zeroed()),
            in_place: InPlace::not_yet(),
            data: UnsafeCell::new(data),
        }
    }

    /// Read, with others who read.
    ///
    /// # Errors
    /// The data do not lie in shared memory; unsafe code of this process holds the lock already, which would be a wait without an end; the
    /// process holds too many locks.
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

    /// A copy, read under the lock.
    ///
    /// # Errors
    /// As [`LwLock::read`].
    pub fn get(&self, holder: &mut impl LockHolder) -> Result<T> {
        Ok(*self.read(holder)?)
    }

    /// Write, alone.
    ///
    /// # Errors
    /// As [`LwLock::read`].
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

    /// Read if nobody writes now.
    ///
    /// # Errors
    /// As [`LwLock::read`].
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

    /// Write if nobody reads or writes now.
    ///
    /// # Errors
    /// As [`LwLock::read`].
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
            return Err(Error::new(
                ErrorKind::Invalid,
                "these data do not lie in shared memory, so nobody could share the lock",
            )
            .with_hint("Put them into a static of type Shared, and take them from Shared::get."));
        }
        Held::take(holder, self.lock.get().cast(), call)
    }
}

fn unreachable_without_waiting() -> Error {
    Error::new(ErrorKind::Other, "a lock was waited for and not taken")
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
                // SAFETY: the lock is held as long as the guard lives: nothing that could make the server release it can be called while the
                // token is borrowed. Other processes do not write meanwhile.
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
    /// Data that can be read until this is dropped.
    LwLockReadGuard,
    /// Data that can be read and written until this is dropped.
    LwLockWriteGuard
);

impl<T> DerefMut for LwLockWriteGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as above, and no other process reads; in this one, the guard is borrowed exclusively.
        unsafe { &mut *self.data.get() }
    }
}

// SAFETY: plain data and a lock that `start` initialises; it changes under the lock only.
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
