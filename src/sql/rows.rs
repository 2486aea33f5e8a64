//! The rows of a result.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi::{self, shim};
use crate::server::guard::guard;
use crate::sql::columns::{Column, ColumnIndex, Columns};
use crate::sql::from_row::FromRow;
use crate::sql::row::Row;
use crate::sql::shape::Shape;
use crate::sql::transaction::Transaction;
use crate::sql::value::FromDatum;
use std::borrow::Cow;

/// The result of a query, in the server's memory. It lives at most as long as its transaction.
/// Dropping it frees it, and the memory of values that were read from it: a small result with the
/// next statement, any other result immediately.
#[derive(Debug)]
#[doc(alias = "SPITupleTable")]
pub struct Rows<'t> {
    transaction: &'t Transaction<'t>,
    /// Null for a statement that has no result.
    table: *mut ffi::SPITupleTable,
    length: usize,
    /// The layout mark taken before the statement ran: composite values have layouts of that time,
    /// or newer ones.
    made: u64,
}

impl<'t> Rows<'t> {
    /// Creates a result from the table of a statement that has just run. No other value may own the
    /// table.
    #[inline]
    pub(crate) fn new(
        transaction: &'t Transaction<'t>,
        table: *mut ffi::SPITupleTable,
        processed: u64,
        made: u64,
    ) -> Self {
        let length = if table.is_null() { 0 } else { processed };
        Rows {
            transaction,
            table,
            // The rows are in memory.
            length: length as usize,
            made,
        }
    }

    /// Returns the number of rows.
    #[doc(alias = "SPI_processed")]
    pub fn len(&self) -> usize {
        self.length
    }

    /// Returns whether the result has no rows.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Returns the names of the columns.
    #[doc(alias = "SPI_fname")]
    pub fn columns(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.shape().into_iter().flat_map(Shape::names)
    }

    /// Returns an iterator over the rows, in the order of the result.
    pub fn iter(&self) -> RowsIter<'_> {
        RowsIter {
            rows: self,
            next: 0,
        }
    }

    /// Returns the row with this number, from 0, or `None` if it does not exist.
    pub fn get(&self, index: usize) -> Option<Row<'_>> {
        (index < self.length).then(|| self.row(index))
    }

    /// Returns the columns, or `None` if the statement has no result.
    pub(crate) fn shape(&self) -> Option<Shape<'_>> {
        if self.table.is_null() {
            return None;
        }
        // SAFETY: server memory: the table lives until this is dropped.
        Some(unsafe { self.shape_of(self.table) })
    }

    /// # Panics
    /// Panics if the row does not exist. All callers check the number.
    #[inline]
    pub(crate) fn row(&self, index: usize) -> Row<'_> {
        assert!(index < self.length);
        // SAFETY: server memory: the table has more than `index` tuples, and the table lives until
        // this is dropped.
        unsafe {
            Row {
                shape: self.shape_of(self.table),
                tuple: *(*self.table).vals.add(index),
            }
        }
    }

    /// # Safety
    /// `table` is the result's table, which is alive.
    #[inline]
    unsafe fn shape_of(&self, table: *mut ffi::SPITupleTable) -> Shape<'_> {
        // SAFETY: the caller's promise.
        let (descriptor, memory) = unsafe { ((*table).tupdesc, (*table).tuptabcxt) };
        Shape {
            transaction: self.transaction,
            descriptor,
            memory,
            made: self.made,
            has_dropped: false,
        }
    }
}

impl Rows<'_> {
    /// Finds a column by its name, or by its number from 0, for [`Row::at`].
    ///
    /// ```no_run
    /// # use postgres_bgworker::prelude::*;
    /// # fn example(tx: &Transaction<'_>) -> Result<()> {
    /// let rows = tx.query("select id, note from app.queue", ())?;
    /// let id = rows.column::<i64>("id")?;
    /// for row in &rows {
    ///     tx.log(row.at(id)?);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Like [`Columns::find`]. [`NotFound`](ErrorKind::NotFound) if the statement has no result.
    pub fn column<'r, T: FromDatum<'r>>(
        &'r self,
        column: impl ColumnIndex,
    ) -> Result<Column<'r, T>> {
        let shape = self.shape().ok_or_else(no_result)?;
        Columns::new(shape).find(column)
    }

    /// Returns an iterator over the rows as tuples or structs. The columns are found and checked by
    /// this call, so reading a row costs little more than decoding its values.
    ///
    /// ```no_run
    /// # use postgres_bgworker::prelude::*;
    /// # fn example(tx: &Transaction<'_>) -> Result<()> {
    /// let rows = tx.query("select id, note from app.queue", ())?;
    /// for row in rows.typed::<(i32, Option<&str>)>()? {
    ///     let (id, note) = row?;
    ///     tx.log(format!("{id}: {note:?}"));
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`TypeMismatch`](ErrorKind::TypeMismatch) if the number of columns or the type of a column
    /// does not match `T`. Each row has the errors of [`FromRow::from_row`].
    pub fn typed<'r, T: FromRow<'r> + 'r>(
        &'r self,
    ) -> Result<impl Iterator<Item = Result<T>> + 'r> {
        let columns = self
            .shape()
            .map(|shape| T::columns(&Columns::new(shape)))
            .transpose()?;
        Ok(self.iter().map(move |row| match &columns {
            Some(columns) => T::from_row(&row, columns),
            // A statement without a result has no rows.
            None => Err(no_result()),
        }))
    }
}

#[cold]
fn no_result() -> Error {
    Error::new(ErrorKind::NotFound, "statement has no result")
}

impl<'r> IntoIterator for &'r Rows<'_> {
    type Item = Row<'r>;
    type IntoIter = RowsIter<'r>;

    fn into_iter(self) -> RowsIter<'r> {
        self.iter()
    }
}

/// An iterator over the rows of a result.
#[derive(Debug, Clone)]
pub struct RowsIter<'r> {
    rows: &'r Rows<'r>,
    next: usize,
}

impl<'r> Iterator for RowsIter<'r> {
    type Item = Row<'r>;

    #[inline]
    fn next(&mut self) -> Option<Row<'r>> {
        let row = self.rows.get(self.next)?;
        self.next += 1;
        Some(row)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.rows.len() - self.next;
        (left, Some(left))
    }
}

impl ExactSizeIterator for RowsIter<'_> {}

/// The only row of a result, with the result that it belongs to. Dropping it frees the result.
#[derive(Debug)]
pub struct SingleRow<'t>(Rows<'t>);

impl<'t> SingleRow<'t> {
    /// Creates a value from a result with one row.
    pub(crate) fn new(rows: Rows<'t>) -> Self {
        SingleRow(rows)
    }

    /// Returns the row.
    #[inline]
    pub fn row(&self) -> Row<'_> {
        self.0.row(0)
    }

    /// Reads a column, see [`Row::get`].
    ///
    /// # Errors
    /// Like [`Row::get`].
    #[inline]
    pub fn get<'r, T: FromDatum<'r>>(&'r self, column: impl ColumnIndex) -> Result<T> {
        self.row().get(column)
    }

    /// Reads the row as a tuple or a struct, see [`Row::read`].
    ///
    /// # Errors
    /// Like [`Row::read`].
    pub fn read<'r, T: FromRow<'r>>(&'r self) -> Result<T> {
        self.row().read()
    }

    /// Returns the names of the columns.
    pub fn columns(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.0.columns()
    }
}

/// The largest number of rows whose result is freed with the next statement. Calling the server
/// costs more than keeping them.
const MAX_DEFERRED: usize = 8;

impl Drop for Rows<'_> {
    fn drop(&mut self) {
        let (table, state, level) = (self.table, self.transaction.state, self.transaction.level);
        if table.is_null() {
            return;
        }
        let (is_small, failed) = (
            self.length <= MAX_DEFERRED,
            state.thread.process().has_failed(),
        );
        // SAFETY: token: the transaction, which outlives this, and with it the table; cannot raise.
        // The table is not used again.
        if (is_small || failed) && unsafe { shim::pgbgw_give_back(table) } != 0 {
            return;
        }
        // Rolling back a failed level frees what was created on it.
        if failed && state.level.get() == level {
            return;
        }
        if failed || (is_small && state.has_room_for_dropped()) {
            return state.free_later(table, level);
        }
        // SAFETY: token: the transaction, which outlives this; plain frames. An error is left to
        // the end of the transaction.
        let _ = unsafe { guard(|| shim::pgbgw_free_result(table)) };
    }
}
