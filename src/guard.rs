//! The one crossing point for errors.

use crate::error::{Error, Result};
use crate::ffi;
use std::ffi::c_void;
use std::mem::MaybeUninit;

/// Run server calls so that an ERROR of theirs comes back as a value.
///
/// One guard costs a few nanoseconds more than the calls in it; guard a region, not each call. After an
/// error inside a transaction, the transaction must be aborted: [`Transaction`](crate::Transaction) does that by itself.
///
/// # Safety
/// An ERROR jumps from the call that raised it straight out of this function. So the closure must not
/// own, at any such call, a value with a destructor, and must not call Rust code that does. `Copy` makes sure
/// of what it captures and returns; what it creates is the caller's promise. It runs on the server's main thread.
///
/// ```no_run
/// use postgres_bgworker::raw::{ffi, guard};
/// # fn example(_worker: &postgres_bgworker::Worker) -> postgres_bgworker::Result<()> {
/// // SAFETY: a worker's token proves the thread; the closure owns nothing.
/// let user = unsafe { guard(|| ffi::GetUserId()) }?;
/// # Ok(()) }
/// ```
#[doc(alias = "PG_TRY")]
#[inline]
pub unsafe fn guard<R: Copy, F: FnOnce() -> R + Copy>(body: F) -> Result<R> {
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
    let error = unsafe { ffi::shim::pgbgw_try(run::<R, F>, (&raw mut call).cast()) };
    if error.is_null() {
        // SAFETY: no error means that `run` came to its end, where it writes the result.
        Ok(unsafe { call.result.assume_init() })
    } else {
        Err(Error::from_server(error))
    }
}
