//! Two-phase commit.

use crate::error::{Error, Result};
use crate::sql::two_phase::{literal, prepared};
use crate::sql::{Transaction, TransactionMode};
use crate::worker::state::Connected;
use crate::worker::token::Worker;

/// Two-phase commit. A prepared transaction keeps its locks and survives a crash of the server,
/// until it is committed or rolled back by any session of the database. `pg_prepared_xacts` lists
/// them. A forgotten one blocks other sessions and `VACUUM`, so an external coordinator must
/// remember the identifiers. The server needs `max_prepared_transactions` greater than 0.
impl Worker<'_, Connected> {
    /// Runs a transaction that `Ok` prepares for a two-phase commit under this identifier, instead
    /// of committing it. `Err`, a panic and a failed statement abort it, like
    /// [`transaction`](Worker::transaction).
    ///
    /// ```no_run
    /// # use postgres_bgworker::prelude::*;
    /// # fn commit_elsewhere() -> bool { true }
    /// # fn example(worker: &mut Worker<Connected>) -> Result<()> {
    /// worker.prepare_transaction("transfer 7", |tx| {
    ///     tx.execute("update app.accounts set amount = amount - 5 where id = 7", ())
    /// })?;
    /// if commit_elsewhere() {
    ///     worker.commit_prepared("transfer 7")?;
    /// } else {
    ///     worker.rollback_prepared("transfer 7")?;
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Those of [`transaction`](Worker::transaction). Those of `PREPARE TRANSACTION`: SQLSTATE
    /// 42710 (`duplicate_object`) if the identifier is in use, 22023 (`invalid_parameter_value`) if
    /// it has 200 bytes or more, 55000 (`object_not_in_prerequisite_state`) if
    /// `max_prepared_transactions` is 0, and 0A000 (`feature_not_supported`) if the transaction has
    /// used temporary objects, notifications or an exported snapshot. After an error, the
    /// transaction is aborted.
    #[doc(alias = "PrepareTransactionBlock")]
    pub fn prepare_transaction<T>(
        &mut self,
        identifier: &str,
        body: impl FnOnce(&mut Transaction<'_>) -> Result<T>,
    ) -> Result<T> {
        self.try_prepare_transaction(TransactionMode::default(), identifier, body)
    }

    /// Like [`prepare_transaction`](Worker::prepare_transaction), in this mode, with a closure that
    /// may return another error type; see [`try_transaction`](Worker::try_transaction).
    pub fn try_prepare_transaction<T, E: From<Error>>(
        &mut self,
        mode: TransactionMode<'_>,
        identifier: &str,
        body: impl FnOnce(&mut Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.check_ready()?;
        self.state.unflushed.set(true);
        prepared(&self.state.sql, mode, identifier, body)
    }

    /// Commits a prepared transaction.
    ///
    /// # Errors
    /// SQLSTATE 42704 (`undefined_object`) if there is none with this identifier, 42501
    /// (`insufficient_privilege`) if another role has prepared it and this one is not a superuser,
    /// and 0A000 (`feature_not_supported`) if it belongs to another database.
    #[doc(alias = "FinishPreparedTransaction")]
    #[doc(alias = "COMMIT PREPARED")]
    pub fn commit_prepared(&mut self, identifier: &str) -> Result<()> {
        let statement = format!("commit prepared {}", literal(identifier));
        self.run_top_level(statement, ()).map(drop)
    }

    /// Rolls back a prepared transaction.
    ///
    /// # Errors
    /// Like [`commit_prepared`](Worker::commit_prepared).
    #[doc(alias = "FinishPreparedTransaction")]
    #[doc(alias = "ROLLBACK PREPARED")]
    pub fn rollback_prepared(&mut self, identifier: &str) -> Result<()> {
        let statement = format!("rollback prepared {}", literal(identifier));
        self.run_top_level(statement, ()).map(drop)
    }
}
