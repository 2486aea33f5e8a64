//! SQL inside a transaction, through the server programming interface.

use crate::datum::Datum;
use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use crate::guard::guard;
use crate::sql::rows::Rows;
use crate::sql::transaction::Transaction;
use crate::sql::value::{Encoded, FromDatum, ToDatum, to_server};
use std::ffi::{CStr, CString, c_char, c_int};
use std::ptr;

/// What a statement left behind.
#[derive(Clone, Copy)]
pub(crate) struct Outcome {
    code: c_int,
    processed: u64,
    pub(crate) table: *mut ffi::SPITupleTable,
}

impl<'t> Transaction<'t> {
    /// Run a statement, or several separated by semicolons where there are no parameters; the number of rows that the last one
    /// processed. `$1` stands for the first parameter.
    ///
    /// ```no_run
    /// # use postgres_bgworker::prelude::*;
    /// # fn example(worker: &mut Worker<Connected>) -> Result<()> {
    /// worker.transaction(|tx| tx.execute("delete from queue where id = $1", &[&42]))?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Those of the server, after which the transaction only accepts its end. Statements that would end the transaction
    /// themselves, and COPY from or to a client, are refused.
    #[doc(alias = "SPI_execute")]
    #[doc(alias = "SPI_execute_with_args")]
    pub fn execute(&self, sql: &str, parameters: &[&dyn ToDatum]) -> Result<u64> {
        let outcome = self.run(sql, parameters)?;
        if !outcome.table.is_null() {
            let table = outcome.table;
            // SAFETY: token: `self`; plain frames; the table is this statement's and nobody else has it.
            self.note_failure(unsafe { guard(|| ffi::SPI_freetuptable(table)) })?;
        }
        Ok(outcome.processed)
    }

    /// Run a statement and look at its rows.
    ///
    /// ```no_run
    /// # use postgres_bgworker::prelude::*;
    /// # fn example(worker: &mut Worker<Connected>) -> Result<()> {
    /// worker.transaction(|tx| {
    ///     for row in tx.query("select id, note from queue where id > $1", &[&10])?.iter() {
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
    /// As [`Transaction::execute`].
    #[doc(alias = "SPI_tuptable")]
    pub fn query(&self, sql: &str, parameters: &[&dyn ToDatum]) -> Result<Rows<'_>> {
        let outcome = self.run(sql, parameters)?;
        self.note_failure(Rows::new(self, outcome.table, outcome.processed))
    }

    /// The first column of the only row.
    ///
    /// # Errors
    /// As [`Transaction::execute`]; [`NotFound`](ErrorKind::NotFound) where there is no row, or more than one.
    pub fn query_one<T>(&self, sql: &str, parameters: &[&dyn ToDatum]) -> Result<T>
    where
        T: for<'r> FromDatum<'r>,
    {
        let rows = self.query(sql, parameters)?;
        match rows.len() {
            1 => rows.row(0).get(0),
            other => Err(Error::new(
                ErrorKind::NotFound,
                format!("the query returned {other} rows instead of one"),
            )
            .with_context(format!("SQL statement \"{sql}\""))),
        }
    }

    fn run(&self, sql: &str, parameters: &[&dyn ToDatum]) -> Result<Outcome> {
        self.check()?;
        let text = self.note_server_failure(statement(sql, self))?;
        let encoded = parameters
            .iter()
            .map(|value| value.encode(self))
            .collect::<Result<Vec<Option<Encoded>>>>();
        let encoded = self.note_server_failure(encoded)?;
        let mut types: Vec<ffi::Oid> = parameters.iter().map(|value| value.sql_type().0).collect();
        let mut values: Vec<ffi::Datum> = encoded
            .iter()
            .map(|value| {
                value
                    .as_ref()
                    .map_or(0, |value| Datum::into_raw(value.datum))
            })
            .collect();
        let nulls: Vec<c_char> = encoded
            .iter()
            .map(|value| if value.is_some() { b' ' } else { b'n' } as c_char)
            .collect();
        let (count, text) = (
            c_int::try_from(types.len()).unwrap_or(c_int::MAX),
            text.as_ptr(),
        );
        let (types, values, nulls) = (types.as_mut_ptr(), values.as_mut_ptr(), nulls.as_ptr());
        let read_only = self.is_read_only();
        // SAFETY: token: `self`, inside a transaction with SPI connected; plain frames: all that is owned here is owned outside
        // the closure.
        let result = unsafe {
            guard(|| {
                ffi::debug_query_string = text;
                ffi::pgstat_report_activity(ffi::BackendState::STATE_RUNNING, text);
                let code = if count == 0 {
                    ffi::SPI_execute(text, read_only.into(), 0)
                } else {
                    ffi::SPI_execute_with_args(
                        text,
                        count,
                        types,
                        values,
                        nulls,
                        read_only.into(),
                        0,
                    )
                };
                Outcome {
                    code,
                    processed: u64::from(ffi::SPI_processed),
                    table: ffi::SPI_tuptable,
                }
            })
        };
        // SAFETY: cannot raise: error reports read this text, which is dropped below.
        unsafe { ffi::debug_query_string = ptr::null() };
        drop(encoded);
        self.note_failure(result.and_then(|outcome| outcome.check(sql)))
    }
}

impl Outcome {
    fn check(self, sql: &str) -> Result<Self> {
        if self.code >= 0 {
            return Ok(self);
        }
        // SAFETY: cannot raise: looks a number up in a table of static strings.
        let name = unsafe { CStr::from_ptr(ffi::SPI_result_code_string(self.code)) };
        let error = Error::new(
            ErrorKind::Invalid,
            format!("the statement cannot run here: {}", name.to_string_lossy()),
        )
        .with_context(format!("SQL statement \"{sql}\""));
        Err(match self.code {
            ffi::SPI_ERROR_TRANSACTION => error.with_hint(
                "A transaction of a worker is begun and ended by Worker::transaction, not by SQL.",
            ),
            ffi::SPI_ERROR_COPY => {
                error.with_hint("There is no client to copy from or to; use a file or a table.")
            }
            _ => error,
        })
    }
}

/// SQL as a C string in the database's encoding.
fn statement(sql: &str, transaction: &Transaction<'_>) -> Result<CString> {
    CString::new(to_server(sql, transaction)?).map_err(|error| {
        Error::new(
            ErrorKind::InteriorNul,
            format!(
                "a statement contains a NUL at byte {}",
                error.nul_position()
            ),
        )
        .with_context(format!("SQL statement {sql:?}"))
    })
}
