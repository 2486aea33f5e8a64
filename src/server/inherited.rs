//! Memory that the postmaster maps while it preloads the library, and that all of its children
//! share. It outlives a crash of the server, which the server's own shared memory does not.

use std::ptr;
use std::sync::atomic::{AtomicI32, AtomicU8, AtomicU32, AtomicU64};

/// A type whose values are in memory that several processes share.
///
/// # Safety
/// All zeros is a value, and the memory is changed only through the atomics in it. There is no
/// destructor.
pub(crate) unsafe trait Inherited: Sync + 'static {}

// SAFETY: zero is a value of an atomic.
unsafe impl Inherited for AtomicI32 {}
// SAFETY: as above.
unsafe impl Inherited for AtomicU8 {}
// SAFETY: as above.
unsafe impl Inherited for AtomicU32 {}
// SAFETY: as above.
unsafe impl Inherited for AtomicU64 {}
// SAFETY: like its elements.
unsafe impl<T: Inherited, const N: usize> Inherited for [T; N] {}

/// Maps memory for a value. Returns the error of the system if there is no memory.
pub(crate) fn map<T: Inherited>() -> std::io::Result<&'static T> {
    // SAFETY: cannot raise: libc maps new memory, which is never unmapped. It is zeroed, which
    // `Inherited` promises to be a value, and aligned to a page.
    unsafe {
        let place = libc::mmap(
            ptr::null_mut(),
            size_of::<T>(),
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_SHARED | libc::MAP_ANON,
            -1,
            0,
        );
        if place == libc::MAP_FAILED {
            return Err(std::io::Error::last_os_error());
        }
        Ok(&*place.cast())
    }
}
