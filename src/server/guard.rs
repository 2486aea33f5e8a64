//! Converting the server's errors into values. All calls that can raise go through this file.

use crate::error::{Error, Result};
use crate::ffi::{self, shim::Around};
use crate::server::cancel;
use crate::server::process;
use crate::server::thread::ServerThread;
use std::ffi::{CStr, c_void};
use std::mem::MaybeUninit;
use std::ptr;

/// Runs calls of the server and returns an ERROR that they raise as a value.
///
/// A guard costs a few nanoseconds, so guard a region instead of each call. After an error, the
/// memory context, the resource owner and the counts of held-off interrupts have their values from
/// before the call. Locks that the calls took are released, unless interrupts were held off before.
/// Inside a [`Transaction`](crate::Transaction), the innermost level fails: no later statement runs
/// on it, and it is rolled back when it ends.
///
/// # Safety
/// An ERROR jumps from the call that raised it directly to this function. Therefore, during such a
/// call the closure must not own a value with a destructor, and must not call Rust code that owns
/// one. The bound `Copy` ensures this for the values that the closure captures and returns. The
/// caller must ensure it for the values that the closure creates. The function must be called on
/// the server's main thread.
///
/// ```no_run
/// use postgres_bgworker::{ffi, raw::guard};
/// # fn example(_worker: &postgres_bgworker::Worker) -> postgres_bgworker::Result<()> {
/// // SAFETY: a worker's token proves the thread; the closure owns nothing.
/// let user = unsafe { guard(|| ffi::GetUserId()) }?;
/// # Ok(()) }
/// ```
#[doc(alias = "PG_TRY")]
#[inline]
pub unsafe fn guard<R: Copy, F: FnOnce() -> R + Copy>(body: F) -> Result<R> {
    // SAFETY: the caller's promise; the current context and owner outlive the body, which does not
    // end a transaction.
    unsafe { caught(ptr::null(), body) }
}

/// Like [`guard`], for a body that ends a transaction or a savepoint, and so deletes the current
/// context and owner. After an error, `around` is current.
///
/// # Safety
/// As [`guard`]. `around` must outlive what the body ends.
#[inline]
pub(crate) unsafe fn guard_ending<R: Copy, F: FnOnce() -> R + Copy>(
    around: &Around,
    body: F,
) -> Result<R> {
    // SAFETY: the caller's promise.
    unsafe { caught(around, body) }
}

/// Returns the current memory context and resource owner.
pub(crate) fn around(_thread: ServerThread<'_>) -> Around {
    // SAFETY: token: `_thread`; cannot raise: reads globals of that thread.
    unsafe {
        Around {
            memory: ffi::CurrentMemoryContext,
            owner: ffi::CurrentResourceOwner,
        }
    }
}

/// # Safety
/// As [`guard`] if `around` is null, otherwise as [`guard_ending`].
#[inline]
unsafe fn caught<R: Copy, F: FnOnce() -> R + Copy>(around: *const Around, body: F) -> Result<R> {
    struct Call<F, R> {
        body: F,
        result: MaybeUninit<R>,
    }
    unsafe extern "C-unwind" fn run<R: Copy, F: FnOnce() -> R + Copy>(call: *mut c_void) {
        // SAFETY: the pointer is to the caller's `call`, alive and not otherwise used during this
        // call.
        let call = unsafe { &mut *call.cast::<Call<F, R>>() };
        call.result.write((call.body)());
    }
    let mut call = Call {
        body,
        result: MaybeUninit::uninit(),
    };
    // SAFETY: plain frames: `run` owns nothing, and the caller promised the same of the closure.
    let error = unsafe { ffi::shim::pgbgw_try_around(run::<R, F>, (&raw mut call).cast(), around) };
    if error.is_null() {
        // SAFETY: without an error, `run` has returned, after it wrote the result.
        Ok(unsafe { call.result.assume_init() })
    } else {
        // SAFETY: the caller's promise.
        Err(from_server(unsafe { ServerThread::assume() }, error))
    }
}

#[cold]
fn from_server(thread: ServerThread<'_>, error: *mut ffi::ErrorData) -> Error {
    let mut error = cancel::explained(thread, Error::from_server(error));
    // SAFETY: cannot raise, server memory: null, or the text of the statement that runs. What runs
    // a statement resets it before the text is dropped.
    let statement = unsafe { ffi::debug_query_string };
    if !statement.is_null() {
        // SAFETY: as above; the text ends in NUL.
        error = error.in_statement(unsafe { CStr::from_ptr(statement) });
    }
    process::server_error(thread, &error);
    error
}
