//! Rust values that the server's memory contexts own.

use crate::Result;
use crate::ffi::guard::catch;
use crate::ffi::{self, MemoryContext, MemoryContextCallback};
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Moves a value to the heap. It is dropped when the memory context is reset or deleted, which the
/// end of the statement or an error does.
///
/// # Safety
/// On the server's main thread. The context is valid.
pub unsafe fn own<T>(context: MemoryContext, value: T) -> Result<*mut T> {
    // SAFETY: the caller's promise; the closure owns nothing.
    let callback = unsafe {
        catch(|| {
            let size = size_of::<MemoryContextCallback>();
            ffi::MemoryContextAllocZero(context, size as _).cast::<MemoryContextCallback>()
        })
    }?;
    let value = Box::into_raw(Box::new(value));
    // SAFETY: the callback is in memory of the context, so it lives until it is called.
    // Registering it cannot raise: it links the callback into a list.
    unsafe {
        (*callback).func = Some(drop_value::<T>);
        (*callback).arg = value.cast();
        ffi::MemoryContextRegisterResetCallback(context, callback);
    }
    Ok(value)
}

unsafe extern "C-unwind" fn drop_value<T>(value: *mut c_void) {
    // A memory context is deleted while errors are handled, so a panic must end here.
    let _ = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: `own` made it from a box, and the server calls a callback once.
        drop(unsafe { Box::from_raw(value.cast::<T>()) })
    }));
}
