//! Whether a statement may run now, and the errors if it may not.

use crate::error::{Error, ErrorKind, Result, is_terminating};
use crate::ffi;
use crate::server::cancel;
use crate::server::interrupts::{check_terminating, refusal};
use crate::server::process::{self, Failure};
use crate::server::thread::ServerThread;

/// Reports that a statement has failed, and stops its timeout. A statement that was not begun has
/// not failed.
#[cold]
pub(crate) fn statement_failed(thread: ServerThread<'_>) {
    if thread.process().has_failed() {
        // SAFETY: token: `thread`; cannot raise.
        unsafe { ffi::shim::pgbgw_statement_failed() }
    }
}

/// Returns an error if a statement may not run.
#[inline]
pub(crate) fn check(thread: ServerThread<'_>) -> Result<()> {
    check_terminating(thread)?;
    check_failed(thread)?;
    if thread.process().in_copy() {
        return Err(copy_is_running());
    }
    cancel::check(thread)
}

#[cold]
fn copy_is_running() -> Error {
    Error::new(
        ErrorKind::Invalid,
        "a statement cannot run in code that a COPY calls",
    )
    .with_hint("Run the statement before or after the COPY.")
}

/// Returns the error of every later call if a call on this level has failed.
#[inline]
pub(super) fn check_failed(thread: ServerThread<'_>) -> Result<()> {
    if thread.process().has_failed() {
        return Err(after_failure(thread));
    }
    Ok(())
}

/// Returns an error if this process holds a lock in shared memory. A call of the server may wait,
/// with interrupts held off, for a process that waits for the lock. A statement cannot run while a
/// lock is held, but a value of the outer level can be read.
#[inline]
pub(super) fn check_lock(thread: ServerThread<'_>) -> Result<()> {
    process::check_no_lock(thread).map_err(|error| {
        error
            .with_detail(
                "Reading this value requires a call of the server, because it is compressed, \
             stored out of line, or of a type that must be looked up.",
            )
            .with_hint("Read the value before taking the lock, or after releasing it.")
    })
}

/// Returns the error of a call after a failed one.
#[cold]
fn after_failure(thread: ServerThread<'_>) -> Error {
    if is_terminating() {
        return refusal(thread);
    }
    failed(thread.process().failure())
}

/// Returns the error of a level that has failed. If it is not known with what, it was a panic or an
/// error of this crate.
pub(crate) fn failed(failure: Option<Failure>) -> Error {
    let error = Error::new(
        ErrorKind::TransactionFailed,
        "transaction or savepoint is aborted because an earlier statement failed",
    )
    .with_hint(
        "Return the error of the statement from the closure, and start a new \
             transaction or savepoint.",
    );
    match failure {
        Some(failure) => error
            .with_detail(format!("The statement failed with: {}", failure.message))
            .after(failure.sqlstate),
        None => error,
    }
}
