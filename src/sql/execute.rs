//! Running SQL in a transaction. The executor runs a query, as in a session. The Server Programming
//! Interface (SPI) runs other statements, and those of a function.

use crate::error::{Error, ErrorKind, Result, SqlState, to_utf8};
use crate::ffi::{self, shim};
use crate::sql::from_row::FromRow;
use crate::sql::params::Params;
use crate::sql::rows::{Rows, SingleRow};
use crate::sql::source::Source;
use crate::sql::statement::Statement;
use crate::sql::transaction::Transaction;
use crate::sql::transaction::check::statement_failed;
use crate::sql::value::FromDatum;
use std::ffi::{CStr, c_int};

impl Transaction<'_> {
    /// Runs a statement and returns the number of rows that it processed. `$1` is the first
    /// parameter. Without parameters, the text may contain several statements, separated by
    /// semicolons; the number is that of the last one. A [`Plan`](crate::sql::Plan) can be passed
    /// instead of text.
    ///
    /// ```no_run
    /// # use postgres_bgworker::prelude::*;
    /// # fn example(worker: &mut Worker<Connected>) -> Result<()> {
    /// worker.transaction(|tx| tx.execute("delete from app.queue where id = $1", [42]))?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Those of the server, after which the transaction can only be aborted. Statements that begin
    /// or end a transaction, and COPY from or to a client, are rejected. See
    /// [`Transaction::copy_in`].
    #[doc(alias = "SPI_execute")]
    #[doc(alias = "SPI_execute_with_args")]
    #[doc(alias = "SPI_execute_plan")]
    pub fn execute<P: Params>(&self, sql: impl Statement<P>, params: P) -> Result<u64> {
        let source = sql.source(self)?;
        self.run_source(&source, &params)
    }

    /// Runs a query and returns its rows.
    ///
    /// ```no_run
    /// # use postgres_bgworker::prelude::*;
    /// # fn example(worker: &mut Worker<Connected>) -> Result<()> {
    /// worker.transaction(|tx| {
    ///     for row in &tx.query("select id, note from app.queue where id > $1", [10])? {
    ///         let id: i32 = row.get("id")?;
    ///         let note: Option<&str> = row.get(1)?;
    ///         tx.log(format!("{id}: {note:?}"));
    ///     }
    ///     Ok(())
    /// })?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Like [`Transaction::execute`].
    #[doc(alias = "SPI_tuptable")]
    pub fn query<P: Params>(&self, sql: impl Statement<P>, params: P) -> Result<Rows<'_>> {
        let source = sql.source(self)?;
        self.rows(&source, &params)
    }

    /// Runs a query and returns its only row.
    ///
    /// ```no_run
    /// # use postgres_bgworker::prelude::*;
    /// # fn example(tx: &Transaction<'_>) -> Result<()> {
    /// let row = tx.query_one("select count(*), min(note) from app.notes", ())?;
    /// let (count, first) = row.read::<(i64, Option<&str>)>()?;
    /// tx.log(format!("{count} notes, the first is {first:?}"));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Like [`Transaction::execute`]. [`NotFound`](ErrorKind::NotFound) if the query returns no
    /// row, and [`TooManyRows`](ErrorKind::TooManyRows) if it returns more than one.
    pub fn query_one<P: Params>(&self, sql: impl Statement<P>, params: P) -> Result<SingleRow<'_>> {
        let source = sql.source(self)?;
        let rows = self.at_most_one(&source, &params)?;
        if rows.is_empty() {
            return Err(no_row(&source));
        }
        Ok(SingleRow::new(rows))
    }

    /// Runs a query and returns its only row, or `None` if it returns no row.
    ///
    /// # Errors
    /// Like [`Transaction::execute`]. [`TooManyRows`](ErrorKind::TooManyRows) if the query returns
    /// more than one row.
    pub fn query_opt<P: Params>(
        &self,
        sql: impl Statement<P>,
        params: P,
    ) -> Result<Option<SingleRow<'_>>> {
        let source = sql.source(self)?;
        let rows = self.at_most_one(&source, &params)?;
        Ok((!rows.is_empty()).then(|| SingleRow::new(rows)))
    }

    /// Runs a query and returns the first column of its only row.
    ///
    /// ```no_run
    /// # use postgres_bgworker::prelude::*;
    /// # fn example(tx: &Transaction<'_>) -> Result<()> {
    /// let count: i64 = tx.query_scalar("select count(*) from app.notes", ())?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Like [`Transaction::query_one`] and [`Row::get`](crate::sql::Row::get).
    pub fn query_scalar<T, P: Params>(&self, sql: impl Statement<P>, params: P) -> Result<T>
    where
        T: for<'r> FromDatum<'r>,
    {
        self.query_one(sql, params)?.get(0)
    }

    /// Runs a query and returns the first column of its only row, or `None` if it returns no row. A
    /// NULL is an error unless `T` is an `Option`.
    ///
    /// # Errors
    /// Like [`Transaction::query_opt`] and [`Row::get`](crate::sql::Row::get).
    pub fn query_scalar_opt<T, P: Params>(
        &self,
        sql: impl Statement<P>,
        params: P,
    ) -> Result<Option<T>>
    where
        T: for<'r> FromDatum<'r>,
    {
        self.query_opt(sql, params)?
            .map(|row| row.get(0))
            .transpose()
    }

    /// Runs a query and returns its rows as tuples, or as structs that implement [`FromRow`]. To
    /// read borrowed values, use [`Rows::typed`].
    ///
    /// ```no_run
    /// # use postgres_bgworker::prelude::*;
    /// # fn example(tx: &Transaction<'_>) -> Result<()> {
    /// let sql = "select id, note from app.notes";
    /// for (id, note) in tx.query_as::<(i32, Option<String>), _>(sql, ())? {
    ///     tx.log(format!("{id}: {note:?}"));
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Like [`Transaction::execute`] and [`Rows::typed`].
    pub fn query_as<T, P: Params>(&self, sql: impl Statement<P>, params: P) -> Result<Vec<T>>
    where
        T: for<'r> FromRow<'r>,
    {
        self.query(sql, params)?.typed()?.collect()
    }

    /// Runs a statement and returns the number of rows that it processed.
    pub(crate) fn run_source(&self, source: &Source<'_>, params: &impl Params) -> Result<u64> {
        let mut statement = shim::Statement::of(source.text());
        statement.keeps_rows = false.into();
        self.run_statement(source, params, &mut statement)?;
        Ok(statement.processed)
    }

    #[inline]
    fn rows(&self, source: &Source<'_>, params: &impl Params) -> Result<Rows<'_>> {
        let mut statement = shim::Statement::of(source.text());
        self.run_statement(source, params, &mut statement)?;
        let (table, processed) = (statement.table, statement.processed);
        Ok(Rows::new(self, table, processed, statement.made))
    }

    #[inline]
    fn at_most_one(&self, source: &Source<'_>, params: &impl Params) -> Result<Rows<'_>> {
        let rows = self.rows(source, params)?;
        if rows.len() > 1 {
            return Err(too_many_rows(rows.len(), source));
        }
        Ok(rows)
    }

    /// Encodes the parameters in reused memory, and makes the call. The statement stays in its
    /// place, because moving it takes a noticeable part of the time of a short statement.
    #[inline]
    pub(crate) fn with_call(
        &self,
        source: &Source<'_>,
        parameters: &impl Params,
        statement: &mut shim::Statement,
        run: impl FnOnce(*mut shim::Statement) -> Result<()>,
    ) -> Result<()> {
        self.check()?;
        // Borrowed until the end of the call: nothing that the call runs has access to this
        // transaction.
        let mut arguments = self.state.arguments.borrow_mut();
        let result = source
            .bind(self, parameters, &mut arguments, statement)
            .and_then(|()| run(statement));
        if parameters.count() > 0 {
            arguments.clear();
        }
        drop(arguments);
        // SAFETY: token: `self`; the call has consumed its values.
        unsafe { self.state.reset_scratch() }?;
        result.map_err(|error| error.in_statement(source.text()))
    }

    fn run_statement(
        &self,
        source: &Source<'_>,
        parameters: &impl Params,
        statement: &mut shim::Statement,
    ) -> Result<()> {
        self.with_call(source, parameters, statement, |place| {
            // SAFETY: token: `self`, inside a transaction; what the statement points to is owned by
            // the caller.
            unsafe { self.state.execute(place) }.map_err(|error| hint_at_top_level(error, source))
        })?;
        if statement.code < 0 {
            return Err(self.refused(statement.code, source));
        }
        Ok(())
    }

    /// Records that SPI has refused a statement, and returns the error.
    #[cold]
    fn refused(&self, code: c_int, source: &Source<'_>) -> Error {
        let error = refusal(code, source);
        self.state.thread.process().record_failure(&error);
        statement_failed(self.state.thread);
        error
    }
}

#[cold]
fn no_row(source: &Source<'_>) -> Error {
    Error::new(ErrorKind::NotFound, "query returned no rows").with_context(context(source))
}

#[cold]
fn too_many_rows(count: usize, source: &Source<'_>) -> Error {
    Error::new(
        ErrorKind::TooManyRows,
        format!("query returned {count} rows instead of one"),
    )
    .with_context(context(source))
}

/// Adds a hint to the error of a statement that cannot run in a transaction.
#[cold]
fn hint_at_top_level(error: Error, source: &Source<'_>) -> Error {
    let is_set = || {
        let text = source.text().to_bytes().trim_ascii_start();
        text.get(..3)
            .is_some_and(|word| word.eq_ignore_ascii_case(b"set"))
    };
    let refused = match error.sqlstate() {
        SqlState::INVALID_TRANSACTION_TERMINATION => true,
        SqlState::ACTIVE_SQL_TRANSACTION => !is_set(),
        _ => false,
    };
    if !refused || error.hint().is_some() {
        return error;
    }
    error.with_hint("Worker::run_top_level runs statements outside a transaction block.")
}

fn context(source: &Source<'_>) -> String {
    format!("SQL statement \"{}\"", to_utf8(source.text()))
}

fn refusal(code: c_int, source: &Source<'_>) -> Error {
    // SAFETY: cannot raise: looks up a number in a table of static strings.
    let name = unsafe { CStr::from_ptr(ffi::SPI_result_code_string(code)) };
    let error = Error::new(
        ErrorKind::Invalid,
        format!("cannot run statement: {}", name.to_string_lossy()),
    )
    .with_context(context(source));
    match code {
        ffi::SPI_ERROR_TRANSACTION => error.with_hint(
            "Use Worker::transaction and Transaction::savepoint instead of \
         transaction commands, or Worker::run_top_level for COMMIT PREPARED.",
        ),
        ffi::SPI_ERROR_COPY => error.with_hint(
            "A background worker has no client to copy from or to; \
         use Transaction::copy_in or Transaction::copy_out.",
        ),
        _ => error,
    }
}
