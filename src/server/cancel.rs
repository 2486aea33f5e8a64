//! Canceling a transaction: when its time limit is over, or from another thread.

use crate::error::{Error, ErrorKind, Result, SqlState, is_terminating};
use crate::ffi::shim;
use crate::server::thread::ServerThread;
use std::ffi::c_int;
use std::time::{Duration, Instant};

/// A time limit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limit {
    /// The length, for messages.
    length: Duration,
    /// `None` if it is too far away to be represented.
    end: Option<Instant>,
}

impl Limit {
    /// Returns a limit that begins now.
    pub(crate) fn after(length: Duration) -> Self {
        Limit {
            length,
            end: Instant::now().checked_add(length),
        }
    }

    /// Returns the limit that ends first.
    pub(crate) fn nearest(self, other: Option<Limit>) -> Limit {
        match other {
            Some(other)
                if other
                    .end
                    .is_some_and(|end| self.end.is_none_or(|own| end < own)) =>
            {
                other
            }
            _ => self,
        }
    }

    /// Returns the milliseconds that are left, rounded up. `None` if it is longer than the server's
    /// timers allow.
    fn left(self) -> Option<c_int> {
        let left = self.end?.saturating_duration_since(Instant::now());
        c_int::try_from(left.as_micros().div_ceil(1000)).ok()
    }
}

/// Makes this the limit of the open transaction, instead of the previous one.
pub(crate) fn set_limit(thread: ServerThread<'_>, limit: Option<Limit>) {
    let milliseconds = limit.and_then(Limit::left).unwrap_or(-1);
    thread.process().limit.set(limit);
    thread.process().has_limits.set(true);
    // SAFETY: token: `thread`; cannot raise, except FATAL, which ends the process.
    unsafe { shim::pgbgw_set_limit(milliseconds) }
}

/// Ends limits and handles with the transaction.
pub(crate) fn end(thread: ServerThread<'_>) {
    thread.process().limit.set(None);
    // SAFETY: token: `thread`; cannot raise, except FATAL, which ends the process.
    unsafe { shim::pgbgw_end_cancelable() }
}

/// Returns an error if the open transaction is canceled. Nothing more may run in it.
///
/// # Errors
/// Of kind [`TimedOut`](ErrorKind::TimedOut) or [`Canceled`](ErrorKind::Canceled).
#[inline]
pub(crate) fn check(thread: ServerThread<'_>) -> Result<()> {
    match reason(thread) {
        shim::NOT_CANCELED => Ok(()),
        reason => Err(refusal(thread, reason)),
    }
}

#[inline]
fn reason(_thread: ServerThread<'_>) -> c_int {
    // SAFETY: token: `_thread`; cannot raise: reads flags.
    unsafe { shim::pgbgw_cancel_reason() }
}

#[cold]
fn refusal(thread: ServerThread<'_>, reason: c_int) -> Error {
    let error = described(thread, reason);
    thread.process().record_failure(&error);
    error
}

fn described(thread: ServerThread<'_>, reason: c_int) -> Error {
    match thread.process().limit.get() {
        Some(limit) if reason == shim::LIMIT_IS_OVER => Error::new(
            ErrorKind::TimedOut,
            format!(
                "canceling statement due to the time limit of {} ms",
                limit.length.as_millis()
            ),
        ),
        _ => Error::new(
            ErrorKind::Canceled,
            "transaction was canceled by its cancel handle",
        ),
    }
}

/// Returns the error to report for an error of the server. The server reports every cancel in the
/// same way.
pub(crate) fn explained(thread: ServerThread<'_>, error: Error) -> Error {
    if error.sqlstate() != SqlState::QUERY_CANCELED || is_terminating() {
        return error;
    }
    let reason = reason(thread);
    if reason == shim::NOT_CANCELED {
        return error;
    }
    let described = described(thread, reason);
    match error.context() {
        Some(context) => described.with_context(context),
        None => described,
    }
}

/// Cancels a transaction, from any thread. Made by
/// [`Transaction::cancel_handle`](crate::Transaction::cancel_handle).
#[derive(Debug, Clone)]
pub struct CancelHandle {
    transaction: u64,
}

impl CancelHandle {
    /// Creates a handle for the open transaction.
    pub(crate) fn new(thread: ServerThread<'_>) -> Self {
        thread.process().has_limits.set(true);
        CancelHandle {
            // SAFETY: token: `thread`; cannot raise.
            transaction: unsafe { shim::pgbgw_make_cancelable() },
        }
    }

    /// Cancels the transaction: its running statement or wait ends with an error of kind
    /// [`Canceled`](ErrorKind::Canceled), no further statement runs in it, and it is not committed.
    /// If the worker is not in a call of the server, its next call in the transaction fails. Never
    /// blocks.
    ///
    /// Returns whether the transaction was still open. A transaction that is being committed can
    /// still succeed. After the end of the transaction, this does nothing: it never cancels
    /// anything in a later transaction.
    #[doc(alias = "pg_cancel_backend")]
    pub fn cancel(&self) -> bool {
        // SAFETY: cannot raise. It sends a signal to the main thread, which exists as long as the
        // process.
        unsafe { shim::pgbgw_cancel(self.transaction) != 0 }
    }
}
