//! Server errors as values.

use crate::ffi::{self, shim};
use std::ffi::{CStr, c_void};
use std::fmt;
use std::mem::MaybeUninit;

/// An error of the server, with its message.
#[derive(Debug)]
pub struct Error(pub String);

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

struct Call<F, R> {
    body: F,
    result: MaybeUninit<R>,
}

/// Runs `body` as `PG_TRY` does. `Copy` on both sides: the frame that an error jumps over owns
/// nothing.
///
/// # Safety
/// On the server's main thread; what `body` calls must be allowed there, and its frames own nothing
/// at such a call.
pub unsafe fn guard<F: FnOnce() -> R + Copy, R: Copy>(body: F) -> Result<R, Error> {
    let mut call = Call {
        body,
        result: MaybeUninit::uninit(),
    };
    // SAFETY: `enter` is made for this very type, and the caller vouches for the body.
    let error = unsafe { shim::pgbgw_try(enter::<F, R>, (&raw mut call).cast()) };
    if error.is_null() {
        // SAFETY: no error, so `enter` came to its end and has written the result.
        return Ok(unsafe { call.result.assume_init() });
    }
    Err(take(error))
}

unsafe extern "C-unwind" fn enter<F: FnOnce() -> R + Copy, R: Copy>(call: *mut c_void) {
    let call: *mut Call<F, R> = call.cast();
    // SAFETY: `guard` passes the address of such a value, which outlives this call and is not used
    // by other code.
    unsafe { (*call).result.write(((*call).body)()) };
}

fn take(error: *mut ffi::ErrorData) -> Error {
    // SAFETY: the shim's copy of an error, ours until it is freed; a message is NUL-terminated or
    // null.
    unsafe {
        let message = (*error).message;
        let text = if message.is_null() {
            String::new()
        } else {
            CStr::from_ptr(message).to_string_lossy().into_owned()
        };
        shim::pgbgw_free_error(error);
        Error(text)
    }
}
