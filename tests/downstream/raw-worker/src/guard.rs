//! `PG_TRY`, by way of the shim.

use core::ffi::{CStr, c_void};
use core::mem::MaybeUninit;
use postgres_bgworker_sys as ffi;
use postgres_bgworker_sys::shim;

/// The server's own copy of an error; freed when dropped.
pub(crate) struct Error(*mut ffi::ErrorData);

impl Error {
    pub(crate) fn message(&self) -> &str {
        // SAFETY: the copy is valid until `drop`; its message is null or NUL-terminated.
        unsafe {
            let message = (*self.0).message;
            if message.is_null() {
                return "";
            }
            CStr::from_ptr(message).to_str().unwrap_or("(not UTF-8)")
        }
    }
}

impl Drop for Error {
    fn drop(&mut self) {
        // SAFETY: it came from `pgbgw_try`, and no other code frees it.
        unsafe { shim::pgbgw_free_error(self.0) }
    }
}

struct Call<F, R> {
    body: F,
    result: MaybeUninit<R>,
}

/// Runs `body`, and returns an ERROR that it raises as a value. `Copy` keeps owners out of what the
/// error jumps over.
///
/// # Safety
/// On the server's main thread; what `body` calls must be allowed there, and its frames own nothing
/// at such a call.
pub(crate) unsafe fn guard<F: FnOnce() -> R + Copy, R: Copy>(body: F) -> Result<R, Error> {
    let mut call = Call {
        body,
        result: MaybeUninit::uninit(),
    };
    // SAFETY: `enter` is made for this very type, and the caller vouches for the body.
    let error = unsafe { shim::pgbgw_try(enter::<F, R>, (&raw mut call).cast()) };
    if error.is_null() {
        // SAFETY: no error, so `enter` came to its end and has written the result.
        Ok(unsafe { call.result.assume_init() })
    } else {
        Err(Error(error))
    }
}

unsafe extern "C-unwind" fn enter<F: FnOnce() -> R + Copy, R: Copy>(call: *mut c_void) {
    let call: *mut Call<F, R> = call.cast();
    // SAFETY: `guard` passes the address of such a value, which outlives this call and is not used
    // by other code.
    unsafe { (*call).result.write(((*call).body)()) };
}
