//! Pinned and locked buffers of the server.

use crate::{Result, ffi};
use ffi::guard::catch;
use ffi::{ForkNumber, ReadBufferMode, Relation};
use std::ptr::null_mut;

/// `P_NEW`: grows the file.
const NEW: u32 = u32::MAX;

/// A page of an index that this process has locked.
pub(crate) struct Buffer(ffi::Buffer);

impl Buffer {
    /// # Safety
    /// On the server's main thread, in a transaction. The relation is open.
    pub(crate) unsafe fn read(
        relation: Relation,
        fork: ForkNumber,
        block: u32,
        is_exclusive: bool,
    ) -> Result<Self> {
        // SAFETY: the caller's promise; the closure owns nothing. An error releases pin and lock.
        let buffer = unsafe {
            catch(|| {
                let normal = ReadBufferMode::RBM_NORMAL;
                let buffer = ffi::ReadBufferExtended(relation, fork, block, normal, null_mut());
                lock(buffer, is_exclusive);
                buffer
            })
        }?;
        Ok(Buffer(buffer))
    }

    /// Adds a page at the end of the file, and locks it.
    ///
    /// # Safety
    /// As for `read`.
    pub(crate) unsafe fn extend(relation: Relation, fork: ForkNumber) -> Result<Self> {
        // SAFETY: as above.
        let buffer = unsafe {
            catch(|| {
                let mode = ffi::ExclusiveLock as ffi::LOCKMODE;
                ffi::LockRelationForExtension(relation, mode);
                let normal = ReadBufferMode::RBM_NORMAL;
                let buffer = ffi::ReadBufferExtended(relation, fork, NEW, normal, null_mut());
                lock(buffer, true);
                ffi::UnlockRelationForExtension(relation, mode);
                buffer
            })
        }?;
        Ok(Buffer(buffer))
    }

    pub(crate) fn number(&self) -> ffi::Buffer {
        self.0
    }

    pub(crate) fn block(&self) -> u32 {
        // SAFETY: this value has a pin. Cannot raise then.
        unsafe { ffi::BufferGetBlockNumber(self.0) }
    }

    /// `BufferGetPage`. A negative number is a buffer of this process, for a temporary index.
    pub(crate) fn page(&self) -> *mut u8 {
        // SAFETY: this value has a pin, so the number is one of an array's elements.
        unsafe {
            if self.0 < 0 {
                let at = usize::try_from(-self.0 - 1).unwrap_or_default();
                return (*ffi::LocalBufferBlockPointers.add(at)).cast();
            }
            let at = usize::try_from(self.0 - 1).unwrap_or_default();
            ffi::BufferBlocks.add(at * ffi::BLCKSZ as usize).cast()
        }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let buffer = self.0;
        // SAFETY: this value has the pin and the lock. After an error, the transaction that is
        // aborted releases what is left.
        let _ = unsafe { catch(|| ffi::UnlockReleaseBuffer(buffer)) };
    }
}

/// `LockBuffer`, inline since 19, with other numbers.
///
/// # Safety
/// The buffer is pinned. May raise.
unsafe fn lock(buffer: ffi::Buffer, is_exclusive: bool) {
    #[cfg(pg_since = "19")]
    // SAFETY: the caller's promise.
    unsafe {
        use ffi::BufferLockMode;
        let mode = match is_exclusive {
            true => BufferLockMode::BUFFER_LOCK_EXCLUSIVE,
            false => BufferLockMode::BUFFER_LOCK_SHARE,
        };
        ffi::LockBufferInternal(buffer, mode);
    }
    #[cfg(not(pg_since = "19"))]
    // SAFETY: the caller's promise.
    unsafe {
        let mode = match is_exclusive {
            true => ffi::BUFFER_LOCK_EXCLUSIVE,
            false => ffi::BUFFER_LOCK_SHARE,
        };
        ffi::LockBuffer(buffer, mode as _);
    }
}
