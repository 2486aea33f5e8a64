//! The rows of a result, typed when they are read.

use crate::datum::{Datum, Oid};
use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use crate::guard::guard;
use crate::sql::transaction::Transaction;
use crate::sql::value::FromDatum;
use std::ffi::{CStr, c_int};
use std::marker::PhantomData;
use std::ptr;

/// The result of a query, in the server's memory. It lives as long as its transaction; dropping it frees it.
#[derive(Debug)]
#[doc(alias = "SPITupleTable")]
pub struct Rows<'t> {
    transaction: &'t Transaction<'t>,
    table: *mut ffi::SPITupleTable,
    length: usize,
    columns: Vec<Column>,
}

#[derive(Debug)]
struct Column {
    name: String,
    sql_type: Oid,
}

impl<'t> Rows<'t> {
    pub(crate) fn new(
        transaction: &'t Transaction<'t>,
        table: *mut ffi::SPITupleTable,
        processed: u64,
    ) -> Result<Self> {
        let mut rows = Rows {
            transaction,
            table,
            length: 0,
            columns: Vec::new(),
        };
        if table.is_null() {
            return Ok(rows);
        }
        rows.length = usize::try_from(processed)?;
        // SAFETY: server memory: the table of the statement that has just run.
        let descriptor = unsafe { (*table).tupdesc };
        // SAFETY: server memory, likewise.
        let columns = unsafe { (*descriptor).natts };
        for number in 1..=columns {
            // SAFETY: token: the transaction; plain frames.
            let (name, sql_type) = unsafe {
                guard(|| {
                    (
                        ffi::SPI_fname(descriptor, number),
                        ffi::SPI_gettypeid(descriptor, number),
                    )
                })
            }?;
            // SAFETY: server memory: a copy that SPI_fname has made for us.
            let text = unsafe { CStr::from_ptr(name) }
                .to_string_lossy()
                .into_owned();
            // SAFETY: token; plain frames; nobody else has the copy.
            unsafe { guard(|| ffi::pfree(name.cast())) }?;
            rows.columns.push(Column {
                name: text,
                sql_type: Oid(sql_type),
            });
        }
        Ok(rows)
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The names of the columns.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.name.as_str())
    }

    /// The rows, in the order of the result.
    pub fn iter(&self) -> impl Iterator<Item = Row<'_>> {
        (0..self.length).map(|index| self.row(index))
    }

    /// # Panics
    /// If there is no such row: all callers count.
    pub(crate) fn row(&self, index: usize) -> Row<'_> {
        assert!(index < self.length);
        Row {
            rows: self,
            index,
            _life: PhantomData,
        }
    }
}

impl Drop for Rows<'_> {
    fn drop(&mut self) {
        let table = self.table;
        // After a failure the abort frees everything, and nothing else may be called.
        if table.is_null() || self.transaction.has_failed() {
            return;
        }
        // SAFETY: token: the transaction, which outlives this; plain frames. An error is left to the end of the transaction.
        let _ = unsafe { guard(|| ffi::SPI_freetuptable(table)) };
    }
}

/// One row of a result.
#[derive(Debug, Clone, Copy)]
pub struct Row<'r> {
    rows: &'r Rows<'r>,
    index: usize,
    _life: PhantomData<&'r ()>,
}

impl<'r> Row<'r> {
    /// The value of a column, by its name or its number from 0.
    ///
    /// # Errors
    /// There is no such column; its SQL type is not what `T` stands for; it is NULL and `T` is not an `Option`; the text is not UTF-8.
    #[doc(alias = "SPI_getbinval")]
    #[inline]
    pub fn get<T: FromDatum<'r>>(&self, column: impl ColumnIndex) -> Result<T> {
        let number = column.find(self.rows)?;
        let Column { name, sql_type } = &self.rows.columns[number];
        if !T::accepts(*sql_type) {
            return Err(mismatch::<T>(name, *sql_type));
        }
        match self.datum(number)? {
            // SAFETY: the type was checked; the value lives in the result, which is borrowed for `'r`.
            Some(datum) => self
                .rows
                .transaction
                .note_server_failure(unsafe { T::decode(datum) }),
            None => T::null().ok_or_else(|| {
                Error::new(
                    ErrorKind::UnexpectedNull,
                    format!("column \"{name}\" is NULL"),
                )
                .with_hint("Read it as an Option.")
            }),
        }
    }

    fn datum(&self, number: usize) -> Result<Option<Datum>> {
        let (table, index, number) = (self.rows.table, self.index, number as c_int + 1);
        // SAFETY: token: the transaction; plain frames; server memory: the index was checked against the number of rows.
        let result = unsafe {
            guard(|| {
                let mut null = false.into();
                let tuple = *(*table).vals.add(index);
                let datum =
                    ffi::SPI_getbinval(tuple, (*table).tupdesc, number, ptr::addr_of_mut!(null));
                (i64::from(null) == 0).then_some(Datum(datum))
            })
        };
        self.rows.transaction.note_failure(result)
    }
}

/// A column's name, or its number from 0.
pub trait ColumnIndex: sealed::Sealed {
    #[doc(hidden)]
    fn find(self, rows: &Rows<'_>) -> Result<usize>;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for usize {}
    impl Sealed for &str {}
}

impl ColumnIndex for usize {
    #[inline]
    fn find(self, rows: &Rows<'_>) -> Result<usize> {
        if self < rows.columns.len() {
            return Ok(self);
        }
        Err(Error::new(
            ErrorKind::NotFound,
            format!(
                "there is no column {self}: the result has {}",
                rows.columns.len()
            ),
        ))
    }
}

impl ColumnIndex for &str {
    fn find(self, rows: &Rows<'_>) -> Result<usize> {
        rows.columns().position(|name| name == self).ok_or_else(|| {
            let names: Vec<&str> = rows.columns().collect();
            Error::new(
                ErrorKind::NotFound,
                format!("there is no column \"{self}\""),
            )
            .with_detail(format!("The result has: {}.", names.join(", ")))
        })
    }
}

fn mismatch<T>(column: &str, sql_type: Oid) -> Error {
    Error::new(
        ErrorKind::TypeMismatch,
        format!(
            "column \"{column}\" has the SQL type with OID {sql_type}, which is not what {} reads",
            std::any::type_name::<T>()
        ),
    )
    .with_hint("Cast it in the query, or read it as another Rust type.")
}
