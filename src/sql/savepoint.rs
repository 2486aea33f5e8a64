//! A savepoint is a closure in a transaction: it is released on `Ok`, rolled back on `Err` and on panic, and what is around
//! it goes on.

use crate::error::{Error, Result};
use crate::ffi;
use crate::ffi::shim::Around;
use crate::server::guard::{around, guard_ending};
use crate::sql::transaction::Transaction;
use std::marker::PhantomData;
use std::panic::resume_unwind;
use std::ptr;

impl Transaction<'_> {
    /// Run a part of the transaction on its own: `Ok` keeps what it did; `Err`, a panic and a failed statement undo it, and the
    /// transaction goes on as if it had not been there. Savepoints nest.
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
    /// Inside, statements run with the closure's argument only. Rows of what is around can be read.
    ///
    /// # Errors
    /// Those of the closure, of its statements (even where the closure swallows them: then the savepoint was rolled back), and of
    /// beginning and ending a savepoint; after a failed statement none begins.
    #[doc(alias = "SAVEPOINT")]
    #[doc(alias = "BeginInternalSubTransaction")]
    #[doc(alias = "ReleaseCurrentSubTransaction")]
    #[doc(alias = "RollbackAndReleaseCurrentSubTransaction")]
    pub fn savepoint<T>(&self, body: impl FnOnce(&mut Transaction<'_>) -> Result<T>) -> Result<T> {
        self.try_savepoint(body)
    }

    /// Runs a savepoint whose closure has an error type of its own; see [`Transaction::savepoint`] and
    /// [`Worker::try_transaction`](crate::Worker::try_transaction).
    ///
    /// # Errors
    /// Those of [`Transaction::savepoint`].
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
            read_only: self.read_only,
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
                    // Only now: its destructor is the user's.
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
                // Savepoints in savepoints are recursion.
                ffi::check_stack_depth();
                let around = around(thread);
                ffi::BeginInternalSubTransaction(ptr::null_mut());
                // As in a procedural language: statements use the memory of what is around.
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

    /// What failed inside is undone. If that fails, the level around has failed.
    fn roll_back(&self, around: Around) {
        self.state.thread.process().forget_failure();
        self.state.leave_savepoint(self.level, true);
        // SAFETY: token; plain frames; `begin_savepoint` has begun what this ends, and after an error this is what is allowed.
        let _ = unsafe {
            guard_ending(&around, || {
                ffi::RollbackAndReleaseCurrentSubTransaction();
                restore(around);
                #[cfg(pg_has = "spi_restore_connection")]
                ffi::SPI_restore_connection();
            })
        };
        self.close_dropped_cursors();
    }
}

/// # Safety
/// Inside a guard, behind a savepoint; this was current before it.
unsafe fn restore(around: Around) {
    // SAFETY: the caller's promise; cannot raise: sets two globals.
    unsafe {
        ffi::shim::pgbgw_memory_context_switch_to(around.memory);
        ffi::CurrentResourceOwner = around.owner;
    }
}
