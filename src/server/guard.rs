//! The one crossing point for errors.

use crate::error::{Error, Result};
use crate::ffi::{self, shim::Around};
use crate::server::process;
use crate::server::thread::ServerThread;
use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::ptr;

/// Run server calls so that an ERROR of theirs comes back as a value.
///
/// One guard costs a few nanoseconds more than the calls in it; guard a region, not each call. After an
/// error the memory context, the resource owner and the counts of held-off interrupts are what they were before the call, and
/// locks that the calls took are released, unless interrupts were held off before. Inside a [`Transaction`](crate::Transaction) the innermost level has failed then:
/// no later statement runs on it, and its end undoes it.
///
/// # Safety
/// An ERROR jumps from the call that raised it straight out of this function. So the closure must not
/// own, at any such call, a value with a destructor, and must not call Rust code that does. `Copy` makes sure
/// of what it captures and returns; what it creates is the caller's promise. It runs on the server's main thread.
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
    // SAFETY: the caller's promise; what is current outlives the body, which does not end a transaction.
    unsafe { caught(ptr::null(), body) }
}

/// [`guard`] for a body that ends a transaction or a savepoint, and deletes what is current inside: after an error, `around` is current.
///
/// # Safety
/// As [`guard`]; `around` outlives what the body ends.
#[inline]
pub(crate) unsafe fn guard_ending<R: Copy, F: FnOnce() -> R + Copy>(
    around: &Around,
    body: F,
) -> Result<R> {
    // SAFETY: the caller's promise.
    unsafe { caught(around, body) }
}

/// What is current now.
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
/// As [`guard`] where `around` is null, and else as [`guard_ending`].
#[inline]
unsafe fn caught<R: Copy, F: FnOnce() -> R + Copy>(around: *const Around, body: F) -> Result<R> {
    struct Call<F, R> {
        body: F,
        result: MaybeUninit<R>,
    }
    unsafe extern "C-unwind" fn run<R: Copy, F: FnOnce() -> R + Copy>(call: *mut c_void) {
        // SAFETY: the pointer is to the caller's `call`, alive and not otherwise used during this call.
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
        // SAFETY: no error means that `run` came to its end, where it writes the result.
        Ok(unsafe { call.result.assume_init() })
    } else {
        // SAFETY: the caller's promise.
        Err(from_server(unsafe { ServerThread::assume() }, error))
    }
}

#[cold]
fn from_server(thread: ServerThread<'_>, error: *mut ffi::ErrorData) -> Error {
    let error = Error::from_server(error);
    process::server_error(thread, &error);
    error
}
