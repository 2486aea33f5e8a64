//! Running SQL in a transaction, through the Server Programming Interface (SPI).

use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use crate::sql::from_row::FromRow;
use crate::sql::params::Params;
use crate::sql::rows::{Rows, SingleRow};
use crate::sql::source::{Call, Source};
use crate::sql::statement::Statement;
use crate::sql::transaction::Transaction;
use crate::sql::value::FromDatum;
use std::ffi::{CStr, c_int};
use std::ptr;

/// The result of a statement.
#[derive(Clone, Copy)]
struct Outcome {
    code: c_int,
    processed: u64,
    table: *mut ffi::SPITupleTable,
    /// The layout mark taken before the statement ran.
    made: u64,
}

/// A call with its options.
#[derive(Clone, Copy)]
struct Run {
    call: Call,
    show: bool,
    read_only: bool,
    keep_rows: bool,
}

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
    /// or end a transaction, and COPY from or to a client, are rejected.
    #[doc(alias = "SPI_execute")]
    #[doc(alias = "SPI_execute_with_args")]
    #[doc(alias = "SPI_execute_plan")]
    pub fn execute<P: Params>(&self, sql: impl Statement<P>, params: P) -> Result<u64> {
        let source = sql.source(self)?;
        Ok(self.run_statement(&source, &params, false)?.processed)
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
        self.single_row(&source, &params)?
            .ok_or_else(|| no_row(&source))
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
        self.single_row(&source, &params)
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

    fn rows(&self, source: &Source<'_>, params: &impl Params) -> Result<Rows<'_>> {
        let outcome = self.run_statement(source, params, true)?;
        Rows::new(self, outcome.table, outcome.processed, outcome.made)
    }

    fn single_row(
        &self,
        source: &Source<'_>,
        params: &impl Params,
    ) -> Result<Option<SingleRow<'_>>> {
        let rows = self.rows(source, params)?;
        match rows.len() {
            0 => Ok(None),
            1 => Ok(Some(SingleRow::new(rows))),
            count => Err(Error::new(
                ErrorKind::TooManyRows,
                format!("query returned {count} rows instead of one"),
            )
            .with_context(context(source))),
        }
    }

    /// Encodes the parameters in reused memory, and makes the call.
    #[inline]
    pub(crate) fn with_call<R>(
        &self,
        source: &Source<'_>,
        parameters: &impl Params,
        run: impl FnOnce(Call) -> Result<R>,
    ) -> Result<R> {
        self.check()?;
        // Borrowed until the end of the call: nothing that the call runs has access to this
        // transaction.
        let mut arguments = self.state.arguments.borrow_mut();
        let result = source.bind(self, parameters, &mut arguments).and_then(run);
        // SAFETY: cannot raise: resets the text that error reports read, which belongs to the
        // caller.
        unsafe { ffi::debug_query_string = ptr::null() };
        if parameters.count() > 0 {
            arguments.clear();
        }
        drop(arguments);
        // SAFETY: token: `self`; the call has consumed its values.
        unsafe { self.state.reset_scratch() }?;
        result
    }

    fn run_statement(
        &self,
        source: &Source<'_>,
        parameters: &impl Params,
        keep_rows: bool,
    ) -> Result<Outcome> {
        let outcome = self.with_call(source, parameters, |call| {
            // The closure may capture only `Copy` data; a reference is one word.
            let run = &Run {
                call,
                show: self.show(&call),
                read_only: self.read_only,
                keep_rows,
            };
            // SAFETY: token: `self`, inside a transaction; plain frames: all that is owned is owned
            // outside the closure.
            unsafe {
                self.state.call_connected(|| {
                    let Run {
                        call,
                        show,
                        read_only,
                        keep_rows,
                    } = *run;
                    announce(call, show);
                    let made = if keep_rows {
                        ffi::shim::pgbgw_mark_layouts()
                    } else {
                        0
                    };
                    let read_only = read_only.into();
                    let Call {
                        text,
                        plan,
                        count,
                        types,
                        values,
                        nulls,
                    } = call;
                    let code = if !plan.is_null() {
                        ffi::SPI_execute_plan(plan, values, nulls, read_only, 0)
                    } else if count == 0 {
                        ffi::SPI_execute(text, read_only, 0)
                    } else {
                        ffi::SPI_execute_with_args(text, count, types, values, nulls, read_only, 0)
                    };
                    let table = ffi::SPI_tuptable;
                    if !keep_rows && !table.is_null() {
                        ffi::SPI_freetuptable(table);
                    }
                    Outcome {
                        code,
                        processed: u64::from(ffi::SPI_processed),
                        table,
                        // FETCH may return rows of a cursor that SQL declared much earlier.
                        made: if code == ffi::SPI_OK_UTILITY { 0 } else { made },
                    }
                })
            }
        })?;
        outcome
            .check(source)
            .inspect_err(|error| self.state.thread.process().record_failure(error))
    }

    /// Returns whether the text of this call must be reported as the current query. It need not be
    /// for a plan that runs repeatedly.
    pub(crate) fn show(&self, call: &Call) -> bool {
        let shown = if call.plan.is_null() {
            ptr::null()
        } else {
            call.text
        };
        let before = self.state.shown.replace(shown);
        let show = before.is_null() || before != shown;
        if show {
            self.state.set_active();
        }
        show
    }
}

/// Reports the statement to `pg_stat_activity` and to error reports.
///
/// # Safety
/// The caller runs inside a guard, in a transaction, and resets `debug_query_string` before the
/// text is dropped.
pub(crate) unsafe fn announce(call: Call, show: bool) {
    // SAFETY: the caller's promise.
    unsafe {
        ffi::debug_query_string = call.text;
        if show {
            ffi::pgstat_report_activity(ffi::BackendState::STATE_RUNNING, call.text);
        }
    }
}

#[cold]
fn no_row(source: &Source<'_>) -> Error {
    Error::new(ErrorKind::NotFound, "query returned no rows").with_context(context(source))
}

fn context(source: &Source<'_>) -> String {
    format!("SQL statement \"{}\"", source.text().to_string_lossy())
}

impl Outcome {
    #[inline]
    fn check(self, source: &Source<'_>) -> Result<Self> {
        if self.code >= 0 {
            return Ok(self);
        }
        Err(self.refusal(source))
    }

    #[cold]
    fn refusal(self, source: &Source<'_>) -> Error {
        // SAFETY: cannot raise: looks up a number in a table of static strings.
        let name = unsafe { CStr::from_ptr(ffi::SPI_result_code_string(self.code)) };
        let error = Error::new(
            ErrorKind::Invalid,
            format!("cannot run statement: {}", name.to_string_lossy()),
        )
        .with_context(context(source));
        match self.code {
            ffi::SPI_ERROR_TRANSACTION => error.with_hint(
                "Use Worker::transaction and Transaction::savepoint instead of \
             transaction commands.",
            ),
            ffi::SPI_ERROR_COPY => error.with_hint(
                "A background worker has no client to copy from or to; \
             use a file or a table.",
            ),
            _ => error,
        }
    }
}
