//! SIGTERM makes calls fail. A loop that tries them again and again is ended where they are refused.

use crate::error::{Error, Result, is_terminating};
use crate::ffi;
use crate::server::guard::guard;

/// An error once SIGTERM has come; past the stop timeout it does not return. The caller's token proves the thread.
///
/// # Errors
/// Of kind [`Terminating`](crate::ErrorKind::Terminating).
#[inline]
pub(crate) fn check_terminating() -> Result<()> {
    if is_terminating() {
        return Err(refusal());
    }
    Ok(())
}

/// The error of a call that is refused because SIGTERM has come. Interrupts are served first: past the stop timeout, the server's own
/// `die` ends the process here.
#[cold]
pub(crate) fn refusal() -> Error {
    // SAFETY: token: the callers have one; plain frames.
    match unsafe { guard(|| ffi::shim::pgbgw_check_before_refusal()) } {
        Ok(()) => Error::terminating(),
        Err(error) => error,
    }
}
