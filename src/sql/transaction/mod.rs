//! A transaction is a closure. It commits on `Ok`, and aborts on `Err` and on panic. In all cases,
//! the worker can start the next transaction.

pub(crate) mod arguments;
pub(crate) mod connection;
pub(crate) mod encoding;

use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use crate::ffi::shim::Around;
use crate::server::activity::report_running;
use crate::server::guard::{around, guard_ending};
use crate::server::log_line;
use crate::server::thread::ServerThread;
use crate::server::tokens::{Launch, OnServerThread, Running, sealed};
#[cfg(pg_has = "named_lwlock_tranche")]
use crate::shmem::LockHolder;
use crate::wait::{Wait, Wake, wait_in_transaction};
use connection::{SqlConnection, failed};
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
    pub(crate) read_only: bool,
    pub(crate) _worker: PhantomData<(&'t mut (), *mut ())>,
}

impl sealed::Sealed for Transaction<'_> {}
impl OnServerThread for Transaction<'_> {
    fn server_thread(&self) -> ServerThread<'_> {
        self.state.thread
    }
}
impl Running for Transaction<'_> {}
impl Launch for Transaction<'_> {}
#[cfg(pg_has = "named_lwlock_tranche")]
impl LockHolder for Transaction<'_> {}

impl Wait for Transaction<'_> {
    fn wait_for(&mut self, timeout: Duration, _: sealed::Internal) -> Result<Wake> {
        self.check()?;
        wait_in_transaction(self.state.thread, timeout)
    }
}

/// The characteristics of a transaction. The defaults are those of the server's settings.
#[derive(Debug, Clone, Copy, Default)]
#[must_use]
pub struct TransactionMode {
    read_only: bool,
    deferrable: bool,
    isolation: Option<Isolation>,
}

/// An isolation level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
#[doc(alias = "XactIsoLevel")]
#[non_exhaustive]
pub enum Isolation {
    ReadCommitted,
    RepeatableRead,
    Serializable,
}

impl TransactionMode {
    /// Uses the server's settings.
    pub fn new() -> Self {
        TransactionMode::default()
    }

    /// Rejects statements that write, and runs all statements with one snapshot. A transaction is
    /// read-only only by this call; it is never inferred from the statements.
    #[doc(alias = "XactReadOnly")]
    pub fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }

    /// Waits before the first statement for a snapshot that cannot cause a serialization failure,
    /// if the transaction is serializable and read-only.
    #[doc(alias = "XactDeferrable")]
    pub fn deferrable(mut self) -> Self {
        self.deferrable = true;
        self
    }

    /// Sets the isolation level.
    pub fn isolation(mut self, isolation: Isolation) -> Self {
        self.isolation = Some(isolation);
        self
    }
}

/// Runs a closure in a transaction, then commits or aborts it.
pub(crate) fn transaction<T, E: From<Error>>(
    state: &SqlConnection,
    mode: TransactionMode,
    body: impl FnOnce(&mut Transaction<'_>) -> Result<T, E>,
) -> Result<T, E> {
    state.reset();
    let outside = begin(state, mode)?;
    let transaction = Transaction {
        state,
        level: 0,
        read_only: mode.read_only,
        _worker: PhantomData,
    };
    match transaction.run(body) {
        Ok(Ok(value)) => {
            commit(state, &outside)?;
            Ok(value)
        }
        Ok(Err(error)) => {
            abort(state, &outside);
            Err(error)
        }
        Err(panic) => {
            abort(state, &outside);
            resume_unwind(panic)
        }
    }
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
            match (result.is_ok(), self.state.thread.process().failure()) {
                (true, Some(failure)) => Err(failed(&failure).into()),
                _ => result,
            }
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

    /// Returns an error if a statement may not run now.
    #[inline]
    pub(crate) fn check(&self) -> Result<()> {
        connection::check(self.state.thread)?;
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
fn begin(state: &SqlConnection, mode: TransactionMode) -> Result<Around> {
    let outside = around(state.thread);
    let isolation = mode.isolation.map(|level| match level {
        Isolation::ReadCommitted => ffi::XACT_READ_COMMITTED,
        Isolation::RepeatableRead => ffi::XACT_REPEATABLE_READ,
        Isolation::Serializable => ffi::XACT_SERIALIZABLE,
    });
    // SAFETY: token: `state.thread`, and the worker is borrowed mutably, so no transaction is open;
    // plain frames.
    let result = unsafe {
        guard_ending(&outside, || {
            ffi::SetCurrentStatementStartTimestamp();
            ffi::StartTransactionCommand();
            if mode.read_only {
                ffi::XactReadOnly = true.into();
            }
            if mode.deferrable {
                ffi::XactDeferrable = true.into();
            }
            if let Some(isolation) = isolation {
                ffi::XactIsoLevel = isolation;
            }
        })
    };
    if let Err(error) = result {
        abort(state, &outside);
        return Err(error);
    }
    state.thread.process().set_in_transaction(true);
    Ok(outside)
}

fn commit(state: &SqlConnection, outside: &Around) -> Result<()> {
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
                ffi::PopActiveSnapshot();
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
        Ok(()) => Ok(()),
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
    let cleanup = Cleanup::of(state, outside);
    // SAFETY: token: `state.thread`; aborting is allowed in any state of a transaction; plain
    // frames.
    let result = unsafe {
        guard_ending(outside, || {
            ffi::AbortOutOfAnyTransaction();
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
