//! The result of a statement that ran outside a transaction block.

use crate::error::Result;
use crate::ffi::shim;
use crate::server::guard::guard;
use crate::server::memory::MemoryContext;
use crate::server::tokens::OnServerThread;
use crate::sql::rows::Rows;
use crate::sql::transaction::Transaction;
use std::ffi::CStr;
use std::ptr;

/// The result of a statement of [`Worker::run_top_level`](crate::Worker::run_top_level). It owns
/// its rows, so it does not depend on a transaction.
///
/// Reading values requires a transaction, because types are looked up in the catalogs: use
/// [`read`](StatementResult::read), or [`rows`](StatementResult::rows) in a transaction.
#[derive(Debug)]
#[doc(alias = "QueryCompletion")]
pub struct StatementResult {
    outcome: *mut shim::Outcome,
    /// All of the outcome.
    _memory: MemoryContext,
}

impl StatementResult {
    pub(super) fn new(worker: &impl OnServerThread) -> Result<Self> {
        let memory = MemoryContext::new(worker, c"result of run_top_level")?;
        let context = memory.as_ptr();
        // SAFETY: token: `worker`; plain frames; the context is alive.
        let outcome = unsafe { guard(|| shim::pgbgw_outcome_create(context)) }?;
        Ok(StatementResult {
            outcome,
            _memory: memory,
        })
    }

    /// Returns the server's outcome, which lives as long as this.
    pub(super) fn raw(&mut self) -> *mut shim::Outcome {
        self.outcome
    }

    fn outcome(&self) -> &shim::Outcome {
        // SAFETY: server memory: the outcome lives as long as this, and changes only while the
        // statement runs, before this value has been returned.
        unsafe { &*self.outcome }
    }

    /// Returns the command tag, as `psql` prints it: `VACUUM`, `INSERT 0 5`.
    pub fn command_tag(&self) -> &str {
        // SAFETY: server memory: the tag ends with a NUL.
        let tag = unsafe { CStr::from_ptr(self.outcome().tag.as_ptr()) };
        tag.to_str().unwrap_or_default()
    }

    /// Returns the number of rows that the statement inserted, updated, deleted, merged, copied or
    /// returned. It is 0 for a statement that does not count rows.
    #[doc(alias = "SPI_processed")]
    pub fn processed(&self) -> u64 {
        self.outcome().processed
    }

    /// Returns the rows, to be read in this transaction. They are empty if the statement has no
    /// result.
    ///
    /// ```no_run
    /// # use postgres_bgworker::prelude::*;
    /// # fn example(worker: &mut Worker<Connected>) -> Result<()> {
    /// let results = worker.run_top_level("show server_version; show wal_level", ())?;
    /// worker.transaction(|tx| {
    ///     for result in &results {
    ///         for row in &result.rows(tx)? {
    ///             tx.log(row.get::<&str>(0)?);
    ///         }
    ///     }
    ///     Ok(())
    /// })?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Like [`Transaction::execute`]: no rows can be read after a failed statement.
    pub fn rows<'r>(&'r self, transaction: &'r Transaction<'_>) -> Result<Rows<'r>> {
        transaction.check()?;
        let outcome = self.outcome();
        if outcome.descriptor.is_null() {
            return Ok(Rows::new(transaction, ptr::null_mut(), 0, 0));
        }
        let raw = self.outcome.cast_const();
        // SAFETY: token: the transaction; plain frames; the outcome is alive.
        let table = unsafe { transaction.state.call(|| shim::pgbgw_outcome_table(raw)) }?;
        let rows = Rows::new(transaction, table, outcome.rows, outcome.made);
        Ok(rows)
    }
}
