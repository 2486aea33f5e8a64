//! COPY TO: from a query to a writer, a closure or bytes.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi::shim;
use crate::sql::copy::exchange::{BLOCK, copy_out, refusing_statements};
use crate::sql::copy::options::{Options, option_methods};
use crate::sql::transaction::Transaction;
use crate::sql::transaction::encoding::c_string;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// A COPY of the rows of a query, made by [`Transaction::copy_out`]. It runs when the destination
/// of the data is given.
#[derive(Debug)]
#[must_use = "nothing is copied before the destination is given"]
pub struct CopyOut<'c> {
    transaction: &'c Transaction<'c>,
    query: &'c str,
    options: Options,
}

impl Transaction<'_> {
    /// Copies the rows of a query to a writer, a closure or bytes, in one of the formats of COPY.
    /// The query is a `select`, a `table`, or (since 9.6) a statement with `returning`. It has no
    /// parameters; where some are needed, use [`Transaction::cursor`].
    ///
    /// ```no_run
    /// # use postgres_bgworker::prelude::*;
    /// # fn example(tx: &Transaction<'_>, file: std::fs::File) -> Result<()> {
    /// tx.copy_out("table app.notes").csv().header().write_to(file)?;
    /// let ids: Vec<u8> = tx.copy_out("select id from app.notes").bytes()?;
    /// # Ok(()) }
    /// ```
    ///
    /// The rows are sent while the query runs, so at most one block, or one row, is kept in memory.
    /// Text is UTF-8 unless the option `encoding` is set.
    ///
    /// The writer or closure runs inside the COPY. A statement in it is refused. If it panics, or
    /// returns an error, the COPY fails, and the transaction can only be aborted. Notices of the
    /// query go to the server log only.
    ///
    /// Since 9.5.
    #[doc(alias = "COPY TO")]
    pub fn copy_out<'c>(&'c self, query: &'c str) -> CopyOut<'c> {
        CopyOut {
            transaction: self,
            query,
            options: Options::default(),
        }
    }
}

impl CopyOut<'_> {
    option_methods!();

    /// Writes the data to a writer, without flushing it. Returns the number of rows.
    ///
    /// # Errors
    /// Those of the writer, and those of the server. After both, the transaction can only be
    /// aborted. [`Unsupported`](ErrorKind::Unsupported) before 9.5.
    pub fn write_to(self, mut writer: impl Write) -> Result<u64> {
        self.chunks(|chunk| Ok(writer.write_all(chunk)?))
    }

    /// Returns the data.
    ///
    /// # Errors
    /// Like [`CopyOut::write_to`].
    pub fn bytes(self) -> Result<Vec<u8>> {
        let mut all = Vec::new();
        self.chunks(|chunk| -> Result<()> {
            all.try_reserve(chunk.len()).map_err(Error::other)?;
            all.extend_from_slice(chunk);
            Ok(())
        })?;
        Ok(all)
    }

    /// Passes the data to a closure, in chunks that end where rows end. Returns the number of rows.
    ///
    /// # Errors
    /// That of the closure, unchanged; and like [`CopyOut::write_to`].
    pub fn chunks<E: From<Error>>(
        self,
        mut next: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<u64, E> {
        let transaction = self.transaction;
        transaction.check()?;
        if !shim::COPIES_TO_MEMORY {
            return Err(unsupported().into());
        }
        let query = c_string("query", self.query, transaction)?;
        let rest = c_string("option", &self.options.clause("UTF8"), transaction)?;
        let mut block = Vec::with_capacity(BLOCK);
        let rows = copy_out(transaction, &query, &rest, |row| -> Result<(), E> {
            if block.len() + row.len() > BLOCK && !block.is_empty() {
                next(&block)?;
                block.clear();
            }
            if row.len() >= BLOCK {
                return next(row);
            }
            block.extend_from_slice(row);
            Ok(())
        })?;
        if !block.is_empty() {
            // The COPY has ended, but whether there is a last block depends on the data.
            let thread = transaction.state.thread;
            let last = catch_unwind(AssertUnwindSafe(|| {
                refusing_statements(thread, || next(&block))
            }));
            if !matches!(last, Ok(Ok(()))) {
                thread.process().record_failure(&stopped());
            }
            last.unwrap_or_else(|panic| resume_unwind(panic))?;
        }
        Ok(rows)
    }
}

/// The error that the server raises if the closure fails while the query runs.
#[cold]
fn stopped() -> Error {
    Error::other("COPY was stopped by the program at its other end")
}

#[cold]
fn unsupported() -> Error {
    Error::new(
        ErrorKind::Unsupported,
        "this server cannot copy data to memory",
    )
    .with_detail("The server has no way to redirect the data of COPY before PostgreSQL 9.5.")
    .with_hint("Use Transaction::cursor.")
}
