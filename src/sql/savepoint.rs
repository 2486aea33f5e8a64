//! A savepoint is a closure in a transaction. It is released on `Ok`, and rolled back on `Err` and
//! on panic. The outer transaction continues in both cases.

use crate::error::{Error, Result};
use crate::ffi;
use crate::ffi::shim::Around;
use crate::server::guard::{around, guard_ending};
use crate::sql::transaction::Transaction;
use std::marker::PhantomData;
use std::panic::resume_unwind;
use std::ptr;

impl Transaction<'_> {
    /// Runs a closure in a savepoint: `Ok` keeps its changes; `Err`, a panic, and a failed
    /// statement roll them back, and the transaction continues as before. Savepoints can be nested.
    ///
    /// ```no_run
    /// # use postgres_bgworker::prelude::*;
    /// # fn example(worker: &mut Worker<Connected>) -> Result<()> {
    /// worker.transaction(|tx| {
    ///     if let Err(error) = tx.savepoint(|tx| tx.execute("insert into words values ('twice')", ())) {
    ///         tx.execute("insert into failures values ($1)", [&error.to_string()])?;
    ///     }
    ///     Ok(())
    /// })?;
    /// # Ok(()) }
    /// ```
    ///
    /// In the closure, only its argument can run statements. Rows of the outer transaction can be
    /// read.
    ///
    /// # Errors
    /// Those of the closure; those of its statements, even if the closure ignores them, in which
    /// case the savepoint was rolled back; and those of beginning and ending a savepoint. No
    /// savepoint can begin after a failed statement.
    #[doc(alias = "SAVEPOINT")]
    #[doc(alias = "BeginInternalSubTransaction")]
    #[doc(alias = "ReleaseCurrentSubTransaction")]
    #[doc(alias = "RollbackAndReleaseCurrentSubTransaction")]
    pub fn savepoint<T>(&self, body: impl FnOnce(&mut Transaction<'_>) -> Result<T>) -> Result<T> {
        self.try_savepoint(body)
    }

    /// Like [`Transaction::savepoint`], for a closure with its own error type. See also
    /// [`Worker::try_transaction`](crate::Worker::try_transaction).
    ///
    /// # Errors
    /// Like [`Transaction::savepoint`].
    pub fn try_savepoint<T, E: From<Error>>(
        &self,
        body: impl FnOnce(&mut Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.check()?;
        let around = self.begin_savepoint()?;
        self.state.level.set(self.level + 1);
        let inside = Transaction {
            state: self.state,
            level: self.level + 1,
            _worker: PhantomData,
        };
        let result = match inside.run(body) {
            Ok(Ok(value)) => match self.release(around) {
                Ok(()) => {
                    self.state.leave_savepoint(self.level, false);
                    return Ok(value);
                }
                Err(error) => {
                    self.roll_back(around);
                    // Dropped after the rollback, because its destructor is user code.
                    drop(value);
                    return Err(error.into());
                }
            },
            Ok(Err(error)) => Ok(error),
            Err(panic) => Err(panic),
        };
        self.roll_back(around);
        result.map_or_else(|panic| resume_unwind(panic), Err)
    }

    fn begin_savepoint(&self) -> Result<Around> {
        let thread = self.state.thread;
        // SAFETY: token: `self`, on the innermost level; plain frames.
        unsafe {
            self.state.call_connected(|| {
                // Nested savepoints can be recursive.
                ffi::check_stack_depth();
                let around = around(thread);
                ffi::BeginInternalSubTransaction(ptr::null_mut());
                // Like in a procedural language, statements use the memory context of the outer
                // level.
                ffi::shim::pgbgw_memory_context_switch_to(around.memory);
                around
            })
        }
    }

    fn release(&self, around: Around) -> Result<()> {
        // SAFETY: token; plain frames; `begin_savepoint` has begun what this ends.
        unsafe {
            guard_ending(&around, || {
                ffi::ReleaseCurrentSubTransaction();
                restore(around);
            })
        }
    }

    /// Rolls back the savepoint. If that fails, the outer level has failed.
    fn roll_back(&self, around: Around) {
        let process = self.state.thread.process();
        let was_reported = process.has_failed() && !process.in_call();
        process.forget_failure();
        self.state.leave_savepoint(self.level, true);
        // SAFETY: token; plain frames; `begin_savepoint` has begun what this ends, and a rollback
        // is allowed after an error.
        let _ = unsafe {
            guard_ending(&around, || {
                ffi::RollbackAndReleaseCurrentSubTransaction();
                restore(around);
                #[cfg(pg_has = "spi_restore_connection")]
                ffi::SPI_restore_connection();
                if was_reported {
                    let state = ffi::BackendState::STATE_IDLEINTRANSACTION;
                    ffi::pgstat_report_activity(state, ptr::null());
                }
            })
        };
        self.close_dropped_cursors();
    }
}

/// # Safety
/// The caller runs inside a guard, after the end of a savepoint; `around` was current before it.
unsafe fn restore(around: Around) {
    // SAFETY: the caller's promise; cannot raise: sets two globals.
    unsafe {
        ffi::shim::pgbgw_memory_context_switch_to(around.memory);
        ffi::CurrentResourceOwner = around.owner;
    }
}
