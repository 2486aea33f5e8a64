//! A transaction is a closure: it commits on `Ok`, aborts on `Err` and on panic, and leaves the worker able to
//! start the next one.

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

/// An open transaction, or an open savepoint in one. Exists only inside the closure given to [`Worker::transaction`](crate::Worker::transaction) or
/// [`Transaction::savepoint`].
#[derive(Debug)]
pub struct Transaction<'t> {
    pub(crate) state: &'t SqlConnection,
    /// How many savepoints were open when this one had begun: 0 is the transaction itself.
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

/// How a transaction runs. The default is what the settings of the server say.
#[derive(Debug, Clone, Copy, Default)]
#[must_use]
pub struct TransactionMode {
    read_only: bool,
    deferrable: bool,
    isolation: Option<Isolation>,
}

/// Isolation levels, as SQL names them.
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
    /// As the settings say.
    pub fn new() -> Self {
        TransactionMode::default()
    }

    /// Statements that write are refused, and all statements see one snapshot. Never inferred: this is the only way to get it.
    #[doc(alias = "XactReadOnly")]
    pub fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }

    /// Where it is serializable and read-only: wait, before the first statement, for a snapshot that no serialization failure can befall.
    #[doc(alias = "XactDeferrable")]
    pub fn deferrable(mut self) -> Self {
        self.deferrable = true;
        self
    }

    /// At this isolation level.
    pub fn isolation(mut self, isolation: Isolation) -> Self {
        self.isolation = Some(isolation);
        self
    }
}

/// Run a transaction: the closure in it, then its end.
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
    /// Run the closure, on this level. It may swallow the error of a statement; the server cannot, so that is an error too. The value
    /// that is not returned then is dropped here, because its destructor is the user's.
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
        // The end of the level may wait for others, who may wait for the lock of a guard that was leaked.
        #[cfg(pg_has = "named_lwlock_tranche")]
        crate::shmem::held::release_leaked(&self);
        result
    }

    /// Show this text as what the worker does between two statements; see [`Worker::report_activity`](crate::Worker::report_activity). Each statement shows itself.
    ///
    /// # Errors
    /// The text contains a NUL.
    pub fn report_activity(&self, text: &str) -> Result<()> {
        report_running(self.state.thread, text)
    }

    /// Whether a statement may run now.
    #[inline]
    pub(crate) fn check(&self) -> Result<()> {
        connection::check(self.state.thread)?;
        if self.state.level.get() != self.level {
            return Err(savepoint_is_open());
        }
        // On the innermost level no guard lives: it would borrow this token, or one of a level inside.
        #[cfg(pg_has = "named_lwlock_tranche")]
        crate::shmem::held::release_leaked(self);
        Ok(())
    }
}

#[cold]
fn savepoint_is_open() -> Error {
    Error::new(
        ErrorKind::Invalid,
        "a savepoint is open: statements run in it, not in what is around it",
    )
    .with_hint("Use the argument of the savepoint's closure.")
}

/// Open a transaction; what is current outside of it.
fn begin(state: &SqlConnection, mode: TransactionMode) -> Result<Around> {
    let outside = around(state.thread);
    let isolation = mode.isolation.map(|level| match level {
        Isolation::ReadCommitted => ffi::XACT_READ_COMMITTED,
        Isolation::RepeatableRead => ffi::XACT_REPEATABLE_READ,
        Isolation::Serializable => ffi::XACT_SERIALIZABLE,
    });
    // SAFETY: token: `state.thread`, and the worker is borrowed mutably, so no transaction is open; plain frames.
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
    let (connected, settled) = (state.is_connected(), Settled::of(state, outside));
    let mut committed = false;
    let flag = &raw mut committed;
    // SAFETY: token: `state.thread`, and this closes what `begin` and `SqlConnection::call_connected` have opened; plain frames; the flag outlives the call.
    let result = unsafe {
        guard_ending(outside, || {
            if connected {
                ffi::SPI_finish();
                ffi::PopActiveSnapshot();
            }
            ffi::CommitTransactionCommand();
            flag.write(true);
            // Where committing does not yet tell the listeners.
            #[cfg(pg_has = "process_completed_notifies")]
            ffi::ProcessCompletedNotifies();
            settled.settle();
        })
    };
    match result {
        Ok(()) => Ok(()),
        Err(error) => {
            abort(state, outside);
            // SAFETY: cannot raise; the flag is alive. It is read where it was written, behind a jump.
            if unsafe { flag.read_volatile() } {
                // Whatever failed behind it, what was done is committed.
                Ok(())
            } else {
                // A deferred constraint, for example.
                Err(error)
            }
        }
    }
}

/// Abort must succeed: with a transaction left open nothing can go on, so then the process leaves. Savepoints that could not
/// be rolled back by themselves go with it.
fn abort(state: &SqlConnection, outside: &Around) {
    state.thread.process().set_in_transaction(false);
    let settled = Settled::of(state, outside);
    // SAFETY: token: `state.thread`; aborting is allowed in any state of a transaction; plain frames.
    let result = unsafe {
        guard_ending(outside, || {
            ffi::AbortOutOfAnyTransaction();
            settled.settle();
        })
    };
    if let Err(error) = result {
        log_line::log_error(
            state.thread,
            &error.with_context("while aborting the transaction of a background worker"),
        );
        // SAFETY: token: `state.thread`. Frames below are left, not unwound.
        unsafe { ffi::shim::pgbgw_exit(1) }
    }
}

/// What there is to do behind every transaction.
#[derive(Clone, Copy)]
struct Settled {
    /// Was current before the transaction, and outlives it.
    memory: ffi::MemoryContext,
    active: bool,
    counts: bool,
}

impl Settled {
    fn of(state: &SqlConnection, outside: &Around) -> Self {
        Settled {
            memory: outside.memory,
            active: state.is_active(),
            counts: state.counts_now(),
        }
    }

    /// Back to the memory context of before, counted, shown as idle.
    ///
    /// # Safety
    /// Inside a guard, outside a transaction.
    unsafe fn settle(self) {
        // SAFETY: the caller's promise; the context is alive.
        unsafe {
            ffi::shim::pgbgw_memory_context_switch_to(self.memory);
            if self.counts {
                ffi::shim::pgbgw_report_stat(0);
            }
            if self.active {
                ffi::pgstat_report_activity(ffi::BackendState::STATE_IDLE, ptr::null());
            }
        }
    }
}
