//! A transaction is a closure. It commits on `Ok`, and aborts on `Err` and on panic. In all cases,
//! the worker can start the next transaction.

pub(crate) mod arguments;
pub(crate) mod check;
pub(crate) mod connection;
pub(crate) mod encoding;
mod limits;
mod mode;
pub(crate) mod role;

use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use crate::ffi::shim::Around;
use crate::server::activity::report_running;
use crate::server::cancel;
use crate::server::guard::{around, guard_ending};
use crate::server::log_line;
use crate::server::process::Failure;
use crate::server::status_writer;
use crate::server::thread::ServerThread;
use crate::server::tokens::{InTransaction, Launch, OnServerThread, Running, sealed};
#[cfg(pg_has = "named_lwlock_tranche")]
use crate::shmem::LockHolder;
use crate::wait::{Wait, Wake, wait_in_transaction};
use check::failed;
use connection::SqlConnection;
pub use mode::{Isolation, TransactionMode};
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr;
use std::time::Duration;

/// An open transaction, or an open savepoint in one. It exists only inside the closure passed to
/// [`Worker::transaction`](crate::Worker::transaction) or [`Transaction::savepoint`].
#[derive(Debug)]
pub struct Transaction<'t> {
    pub(crate) state: &'t SqlConnection,
    /// The number of savepoints that were open when this one began; 0 is the transaction itself.
    pub(crate) level: u32,
    pub(crate) _worker: PhantomData<(&'t mut (), *mut ())>,
}

impl sealed::Sealed for Transaction<'_> {}
impl OnServerThread for Transaction<'_> {
    fn server_thread(&self) -> ServerThread<'_> {
        self.state.thread
    }
}
impl Running for Transaction<'_> {}
impl InTransaction for Transaction<'_> {}
impl Launch for Transaction<'_> {}
#[cfg(pg_has = "named_lwlock_tranche")]
impl LockHolder for Transaction<'_> {}

impl Wait for Transaction<'_> {
    fn wait_for(&mut self, timeout: Duration, _: sealed::Internal) -> Result<Wake> {
        self.check()?;
        wait_in_transaction(self.state.thread, timeout)
    }
}

/// Runs a closure in a transaction, then commits or aborts it.
pub(crate) fn transaction<T, E: From<Error>>(
    state: &SqlConnection,
    mode: TransactionMode<'_>,
    body: impl FnOnce(&mut Transaction<'_>) -> Result<T, E>,
) -> Result<T, E> {
    state.reset();
    let outside = begin(state, mode)?;
    let transaction = Transaction {
        state,
        level: 0,
        _worker: PhantomData,
    };
    match transaction.run(body) {
        Ok(Ok(value)) => match commit(state, &outside) {
            Ok(()) => {
                status_writer::end_transaction(state.thread);
                Ok(value)
            }
            Err(error) => {
                failed_with(state, Some(&Failure::of(&error)));
                Err(error.into())
            }
        },
        Ok(Err(error)) => {
            let failure = state.thread.process().failure();
            abort(state, &outside);
            failed_with(state, failure.as_ref());
            Err(error)
        }
        Err(panic) => {
            abort(state, &outside);
            failed_with(state, None);
            resume_unwind(panic)
        }
    }
}

/// Shows other processes that the transaction has failed.
#[cold]
fn failed_with(state: &SqlConnection, failure: Option<&Failure>) {
    status_writer::end_transaction(state.thread);
    status_writer::transaction_failed(state.thread, failure);
}

impl Transaction<'_> {
    /// Runs the closure on this level. If it ignores the error of a statement, this returns an
    /// error, because the server does not ignore it. The value that is not returned then is dropped
    /// here, inside the catch, because its destructor is user code.
    pub(crate) fn run<T, E: From<Error>>(
        mut self,
        body: impl FnOnce(&mut Transaction<'_>) -> Result<T, E>,
    ) -> std::thread::Result<Result<T, E>> {
        let result = catch_unwind(AssertUnwindSafe(|| {
            let result = body(&mut self);
            let process = self.state.thread.process();
            if result.is_ok() && process.has_failed() {
                return Err(failed(process.failure()).into());
            }
            result
        }));
        // The end of the level may wait for other processes, which may wait for the lock of a
        // leaked guard.
        #[cfg(pg_has = "named_lwlock_tranche")]
        crate::shmem::held::release_leaked(&self);
        result
    }

    /// Reports `text` as the worker's activity between two statements, see
    /// [`Worker::report_activity`](crate::Worker::report_activity). Each statement is reported
    /// automatically.
    ///
    /// # Errors
    /// [`Encoding`](ErrorKind::Encoding) if the text contains a NUL.
    pub fn report_activity(&self, text: &str) -> Result<()> {
        report_running(self.state.thread, text)
    }

    /// Exports the snapshot of this transaction, and returns its identifier. Transactions of other
    /// processes see the same data with [`TransactionMode::snapshot`], as long as this transaction
    /// is open.
    ///
    /// # Errors
    /// Those of the server, for example in a savepoint.
    #[doc(alias = "ExportSnapshot")]
    #[doc(alias = "pg_export_snapshot")]
    pub fn export_snapshot(&self) -> Result<String> {
        self.query_scalar("select pg_catalog.pg_export_snapshot()", ())
    }

    /// Returns an error if a statement may not run now.
    #[inline]
    pub(crate) fn check(&self) -> Result<()> {
        check::check(self.state.thread)?;
        if self.state.level.get() != self.level {
            return Err(savepoint_is_open());
        }
        // No guard is alive on the innermost level: it would borrow this token, or one of an inner
        // level.
        #[cfg(pg_has = "named_lwlock_tranche")]
        crate::shmem::held::release_leaked(self);
        Ok(())
    }
}

#[cold]
fn savepoint_is_open() -> Error {
    Error::new(
        ErrorKind::Invalid,
        "the outer transaction cannot be used while a savepoint is open",
    )
    .with_hint("Use the argument of the savepoint's closure.")
}

/// Opens a transaction. Returns the memory context and the resource owner that were current before.
fn begin(state: &SqlConnection, mode: TransactionMode<'_>) -> Result<Around> {
    let limit = mode.limit();
    let mode = mode.characteristics()?;
    let outside = around(state.thread);
    let place = mode
        .as_ref()
        .map_or(ptr::null(), |mode| &raw const mode.characteristics);
    // SAFETY: token: `state.thread`, and the worker is borrowed mutably, so no transaction is open;
    // plain frames; what the pointers are to outlives the call.
    let result = unsafe { guard_ending(&outside, || ffi::shim::pgbgw_begin(place)) };
    if let Err(error) = result {
        abort(state, &outside);
        return Err(error);
    }
    state.thread.process().set_in_transaction(true);
    status_writer::begin_transaction(state.thread);
    if let Some(limit) = limit {
        cancel::set_limit(state.thread, Some(limit));
    }
    Ok(outside)
}

fn commit(state: &SqlConnection, outside: &Around) -> Result<()> {
    if let Err(error) = cancel::check(state.thread) {
        abort(state, outside);
        return Err(error);
    }
    state.thread.process().set_in_transaction(false);
    let (connected, cleanup) = (state.is_connected(), Cleanup::of(state, outside));
    let mut committed = false;
    let flag = &raw mut committed;
    // SAFETY: token: `state.thread`, and this closes what `begin` and
    // `SqlConnection::call_connected` have opened; plain frames; the flag outlives the call.
    let result = unsafe {
        guard_ending(outside, || {
            if connected {
                ffi::SPI_finish();
            }
            ffi::CommitTransactionCommand();
            flag.write(true);
            // Older servers do not notify the listeners when they commit.
            #[cfg(pg_has = "process_completed_notifies")]
            ffi::ProcessCompletedNotifies();
            cleanup.run();
        })
    };
    match result {
        Ok(()) => {
            cancel::end(state.thread);
            Ok(())
        }
        Err(error) => {
            abort(state, outside);
            // SAFETY: cannot raise; the flag is alive. The volatile read sees what was written
            // before a jump.
            if unsafe { flag.read_volatile() } {
                // The transaction is committed, whatever failed afterwards.
                Ok(())
            } else {
                // For example, a deferred constraint was violated.
                Err(error)
            }
        }
    }
}

/// Aborts the transaction, with savepoints that could not be rolled back. If that fails, nothing
/// can continue with an open transaction, so the process exits.
fn abort(state: &SqlConnection, outside: &Around) {
    state.thread.process().set_in_transaction(false);
    cancel::end(state.thread);
    let cleanup = Cleanup::of(state, outside);
    // SAFETY: token: `state.thread`; aborting is allowed in any state of a transaction; plain
    // frames.
    let result = unsafe {
        guard_ending(outside, || {
            ffi::shim::pgbgw_abort();
            cleanup.run();
        })
    };
    if let Err(error) = result {
        log_line::log_error(
            state.thread,
            &error.with_context("while aborting the transaction of a background worker"),
        );
        // SAFETY: token: `state.thread`. The frames below are abandoned, not unwound.
        unsafe { ffi::shim::pgbgw_exit(1) }
    }
}

/// The work after the end of every transaction.
#[derive(Clone, Copy)]
struct Cleanup {
    /// The memory context that was current before the transaction. It outlives the transaction.
    memory: ffi::MemoryContext,
    active: bool,
    statistics: bool,
}

impl Cleanup {
    fn of(state: &SqlConnection, outside: &Around) -> Self {
        Cleanup {
            memory: outside.memory,
            active: state.is_active(),
            statistics: state.statistics_due(),
        }
    }

    /// Restores the memory context, passes on statistics, and reports the worker as idle.
    ///
    /// # Safety
    /// The caller runs inside a guard, outside a transaction.
    unsafe fn run(self) {
        // SAFETY: the caller's promise; the context is alive.
        unsafe {
            ffi::shim::pgbgw_memory_context_switch_to(self.memory);
            if self.statistics {
                ffi::shim::pgbgw_report_stat(0);
            }
            if self.active {
                ffi::pgstat_report_activity(ffi::BackendState::STATE_IDLE, ptr::null());
            }
        }
    }
}
