//! Statements outside a transaction block.

use crate::error::Result;
use crate::sql::{FromRow, Params, StatementResult, top_level};
use crate::worker::state::Connected;
use crate::worker::token::Worker;

impl Worker<'_, Connected> {
    /// Runs statements outside a transaction block, as a session does. Use it for the commands that
    /// cannot run inside a transaction: `VACUUM`, `CREATE INDEX CONCURRENTLY`, `REINDEX
    /// CONCURRENTLY`, `CREATE DATABASE`, `DROP DATABASE`, `ALTER SYSTEM`, `CLUSTER`, `COMMIT
    /// PREPARED`, and `CALL` or `DO` with a procedure that commits. Every other statement works,
    /// too.
    ///
    /// ```no_run
    /// # use postgres_bgworker::prelude::*;
    /// # fn example(worker: &mut Worker<Connected>) -> Result<()> {
    /// worker.run_top_level("vacuum (analyze) app.queue", ())?;
    /// worker.run_top_level("reindex index concurrently app.by_name; checkpoint", ())?;
    /// let results = worker.run_top_level("call app.archive($1, moved => null)", [30])?;
    /// let moved: Vec<(i64,)> = results[0].read(worker)?;
    /// # Ok(()) }
    /// ```
    ///
    /// The text may contain several statements. They run one after the other, each in a transaction
    /// of its own, as `psql --file` runs a script with `ON_ERROR_STOP`. (`psql --command` differs:
    /// it runs all statements of a text in one transaction.) `BEGIN` and `COMMIT` group statements.
    /// The result has one [`StatementResult`] per statement. The first error ends the run. The
    /// statements before it remain in effect, unless they belong to an open transaction block.
    ///
    /// `$1` is the first parameter. A text with parameters has exactly one statement. As in the
    /// server's protocol, only `SELECT`, `INSERT`, `UPDATE`, `DELETE`, `MERGE`, `VALUES`, `CALL`,
    /// `EXPLAIN`, `DECLARE` and `CREATE TABLE AS` take parameters.
    ///
    /// The statements run as the role of the connection, or as the role that an earlier statement
    /// has set: `SET`, `SET ROLE` and `PREPARE` last until the end of the worker, also for later
    /// [transactions](Worker::transaction). Do not run statements that another user has supplied;
    /// use [`Transaction::run_as`](crate::Transaction::run_as). A security-restricted operation
    /// cannot contain statements that commit.
    ///
    /// `statement_timeout` limits each statement, and the settings `log_statement` and
    /// `log_min_duration_statement` apply. SIGTERM and a query cancel end the running statement.
    ///
    /// Rows that the statements return stay in memory until their [`StatementResult`] is dropped.
    ///
    /// # Errors
    /// * Those of the server. Each has the text of the statement: with a position in
    ///   [`internal_query`](crate::Error::internal_query), otherwise in
    ///   [`context`](crate::Error::context). Before 10, it is the text of all statements.
    /// * A syntax error, before any statement runs.
    /// * SQLSTATE 0A000 (`feature_not_supported`), before any statement runs: `COPY FROM STDIN`,
    ///   `COPY TO STDOUT` and `LISTEN` need a client.
    /// * [`Invalid`](crate::ErrorKind::Invalid): a transaction block is open at the end, which is
    ///   then rolled back; or a text with parameters does not have exactly one statement.
    /// * [`Terminating`](crate::ErrorKind::Terminating) once SIGTERM has arrived.
    ///
    /// No transaction is open after an error, and the worker continues to work.
    #[doc(alias = "PortalRun")]
    #[doc(alias = "PortalStart")]
    #[doc(alias = "CreatePortal")]
    #[doc(alias = "pg_parse_query")]
    #[doc(alias = "pg_plan_queries")]
    #[doc(alias = "SPI_OPT_NONATOMIC")]
    pub fn run_top_level<P: Params>(
        &mut self,
        sql: impl AsRef<str>,
        params: P,
    ) -> Result<Vec<StatementResult>> {
        self.check_ready()?;
        self.state.unflushed.set(true);
        top_level::run(self, &self.state.sql, sql.as_ref(), &params)
    }
}

impl StatementResult {
    /// Reads the rows as tuples, or as structs that implement [`FromRow`], in a transaction of its
    /// own. A statement without a result has no rows.
    ///
    /// ```no_run
    /// # use postgres_bgworker::prelude::*;
    /// # fn example(worker: &mut Worker<Connected>) -> Result<()> {
    /// let results = worker.run_top_level("explain (costs off) select 1", ())?;
    /// for (line,) in results[0].read::<(String,)>(worker)? {
    ///     worker.log(line);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Like [`Worker::transaction`] and [`Rows::typed`](crate::sql::Rows::typed).
    pub fn read<T>(&self, worker: &mut Worker<'_, Connected>) -> Result<Vec<T>>
    where
        T: for<'r> FromRow<'r>,
    {
        worker.transaction(|tx| self.rows(tx)?.typed()?.collect())
    }
}
