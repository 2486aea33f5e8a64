//! Transactions of a worker.

use crate::error::{Error, Result};
use crate::sql::{self, Transaction, TransactionMode};
use crate::worker::state::Connected;
use crate::worker::token::Worker;

impl Worker<'_, Connected> {
    /// Runs a transaction. `Ok` commits it. `Err`, a panic and a failed statement abort it.
    ///
    /// A transaction that only reads is not assigned a transaction id.
    ///
    /// # Errors
    /// The errors of the closure, of its statements (even if the closure ignores them, because the
    /// transaction is then aborted) and of the commit;
    /// [`Terminating`](crate::ErrorKind::Terminating) once SIGTERM has arrived.
    #[doc(alias = "StartTransactionCommand")]
    #[doc(alias = "CommitTransactionCommand")]
    #[doc(alias = "AbortOutOfAnyTransaction")]
    pub fn transaction<T>(
        &mut self,
        body: impl FnOnce(&mut Transaction<'_>) -> Result<T>,
    ) -> Result<T> {
        self.try_transaction(TransactionMode::default(), body)
    }

    /// Runs a transaction in this mode; see [`Worker::transaction`].
    pub fn transaction_with<T>(
        &mut self,
        mode: TransactionMode<'_>,
        body: impl FnOnce(&mut Transaction<'_>) -> Result<T>,
    ) -> Result<T> {
        self.try_transaction(mode, body)
    }

    /// Runs a transaction whose closure returns another error type, such as `anyhow::Error`; see
    /// [`Worker::transaction`]. An [`Error`] of this crate is converted into that type by [`From`].
    ///
    /// [`Worker::transaction`] has a fixed error type, so the compiler can infer it in a closure
    /// that ends with `Ok(())`. Here the closure must name the type.
    ///
    /// ```no_run
    /// # use postgres_bgworker::prelude::*;
    /// type AnyError = Box<dyn std::error::Error + Send + Sync>;
    ///
    /// fn record(worker: &mut Worker<Connected>, peer: &str) -> Result<(), AnyError> {
    ///     worker.try_transaction(TransactionMode::new(), |tx| -> Result<(), AnyError> {
    ///         let peer: std::net::SocketAddr = peer.parse()?;
    ///         tx.execute("insert into peers values ($1)", (peer.ip().to_string(),))?;
    ///         Ok(())
    ///     })
    /// }
    /// ```
    ///
    /// # Errors
    /// Those of [`Worker::transaction`].
    pub fn try_transaction<T, E: From<Error>>(
        &mut self,
        mode: TransactionMode<'_>,
        body: impl FnOnce(&mut Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.check_ready()?;
        self.state.unflushed.set(true);
        sql::transaction(&self.state.sql, mode, body)
    }
}
