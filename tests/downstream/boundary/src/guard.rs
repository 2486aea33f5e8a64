//! Errors of the server as values.

use crate::ffi::{self, shim};
use crate::{Error, Result};
use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::ptr;

struct Call<F, R> {
    body: F,
    result: MaybeUninit<R>,
}

/// Runs `body` as `PG_TRY` does. Whatever has caught an error must return it to the server: nothing
/// has been rolled back.
///
/// # Safety
/// On the server's main thread. What `body` calls must be allowed there. During such a call, its
/// frames own no value with a destructor.
pub unsafe fn guard<F: FnOnce() -> R + Copy, R: Copy>(body: F) -> Result<R> {
    let mut call = Call {
        body,
        result: MaybeUninit::uninit(),
    };
    // SAFETY: `enter` is made for this very type, and the caller vouches for the body.
    let error = unsafe { shim::pgbgw_try(enter::<F, R>, (&raw mut call).cast()) };
    if error.is_null() {
        // SAFETY: no error, so `enter` has returned after it wrote the result.
        return Ok(unsafe { call.result.assume_init() });
    }
    // SAFETY: it was returned just now.
    Err(unsafe { Error::take(error) })
}

unsafe extern "C-unwind" fn enter<F: FnOnce() -> R + Copy, R: Copy>(call: *mut c_void) {
    let call: *mut Call<F, R> = call.cast();
    // SAFETY: `guard` passes the address of such a value, which outlives this call and is not used
    // by other code. The callers' lines of CONTEXT are added when the error is raised again, after
    // what Rust code adds. `pgbgw_try` restores the stack.
    unsafe {
        ffi::error_context_stack = ptr::null_mut();
        (*call).result.write(((*call).body)());
    }
}
