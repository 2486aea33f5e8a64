//! SIGTERM makes calls fail. A loop that tries them again and again is ended where they are refused.

use crate::error::{Error, Result, is_terminating};
use crate::ffi;
use crate::server::guard::guard;
use crate::server::thread::ServerThread;

/// An error once SIGTERM has come; past the stop timeout it does not return.
///
/// # Errors
/// Of kind [`Terminating`](crate::ErrorKind::Terminating).
#[inline]
pub(crate) fn check_terminating(thread: ServerThread<'_>) -> Result<()> {
    if is_terminating() {
        return Err(refusal(thread));
    }
    Ok(())
}

/// The error of a call that is refused because SIGTERM has come. Interrupts are served first: past the stop timeout, the server's own
/// `die` ends the process here.
#[cold]
pub(crate) fn refusal(_thread: ServerThread<'_>) -> Error {
    // SAFETY: token: `_thread`; plain frames.
    match unsafe { guard(|| ffi::shim::pgbgw_check_before_refusal()) } {
        Ok(()) => Error::terminating(),
        Err(error) => error,
    }
}
