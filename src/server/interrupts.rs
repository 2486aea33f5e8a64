//! SIGTERM makes calls fail. A loop that retries such calls is ended by these functions after the
//! stop timeout.

use crate::error::{Error, Result, is_terminating};
use crate::ffi;
use crate::server::guard::guard;
use crate::server::thread::ServerThread;

/// Returns an error once SIGTERM has arrived. After the stop timeout it ends the process instead of
/// returning.
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

/// Returns the error of a call that fails because SIGTERM has arrived. Serves interrupts first:
/// after the stop timeout, the server's own `die` ends the process here.
#[cold]
pub(crate) fn refusal(_thread: ServerThread<'_>) -> Error {
    // SAFETY: token: `_thread`; plain frames.
    match unsafe { guard(|| ffi::shim::pgbgw_check_before_refusal()) } {
        Ok(()) => Error::terminating(),
        Err(error) => error,
    }
}
