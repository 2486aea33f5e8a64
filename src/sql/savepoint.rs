//! A savepoint is a closure in a transaction: it is released on `Ok`, rolled back on `Err` and on panic, and what is around
//! it goes on.

use crate::error::Result;
use crate::ffi;
use crate::guard::guard;
use crate::sql::transaction::Transaction;
use std::marker::PhantomData;
use std::panic::resume_unwind;
use std::ptr;

/// What is current around a savepoint, and must be again behind it.
#[derive(Clone, Copy)]
struct Around {
    memory: ffi::MemoryContext,
    owner: ffi::ResourceOwner,
}

impl Transaction<'_> {
    /// Run a part of the transaction on its own: `Ok` keeps what it did; `Err`, a panic and a failed statement undo it, and the
    /// transaction goes on as if it had not been there. Savepoints nest.
    ///
    /// ```no_run
    /// # use postgres_bgworker::prelude::*;
    /// # fn example(worker: &mut Worker<Connected>) -> Result<()> {
    /// worker.transaction(|tx| {
    ///     if let Err(error) = tx.savepoint(|tx| tx.execute("insert into words values ('twice')", &[])) {
    ///         tx.execute("insert into failures values ($1)", &[&error.to_string()])?;
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
            Ok(Ok(value)) => self.release(around).map(|()| value),
            Ok(Err(error)) => Err(error),
            Err(panic) => {
                self.roll_back(around);
                resume_unwind(panic)
            }
        };
        match result {
            Ok(_) => self.state.level.set(self.level),
            Err(_) => self.roll_back(around),
        }
        result
    }

    fn begin_savepoint(&self) -> Result<Around> {
        // SAFETY: token: `self`, on the innermost level; plain frames.
        unsafe {
            self.state.call_connected(|| {
                let around = Around {
                    memory: ffi::CurrentMemoryContext,
                    owner: ffi::CurrentResourceOwner,
                };
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
            guard(|| {
                ffi::ReleaseCurrentSubTransaction();
                restore(around);
            })
        }
    }

    /// What failed inside is undone. If that fails, the level around has failed.
    fn roll_back(&self, around: Around) {
        self.state.failure.replace(None);
        self.state.level.set(self.level);
        self.state.forget_dropped();
        // SAFETY: token; plain frames; `begin_savepoint` has begun what this ends, and after an error this is what is allowed.
        let result = unsafe {
            guard(|| {
                ffi::RollbackAndReleaseCurrentSubTransaction();
                restore(around);
                #[cfg(pg_has = "spi_restore_connection")]
                ffi::SPI_restore_connection();
            })
        };
        let _ = self.state.note_failure(result);
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
