//! One row of a result. Values are typed when they are read.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi::{self, shim};
use crate::server::datum::{Datum, Oid};
use crate::sql::columns::{Column, ColumnIndex, Columns};
use crate::sql::shape::Shape;
use crate::sql::transaction::Transaction;
use crate::sql::value::{FromDatum, Value};
use std::borrow::Cow;
use std::ffi::c_int;

/// One row of a result, or a value of a composite type.
#[derive(Debug, Clone, Copy)]
#[doc(alias = "HeapTuple")]
pub struct Row<'r> {
    pub(crate) shape: Shape<'r>,
    pub(crate) tuple: ffi::HeapTuple,
}

impl<'r> Row<'r> {
    /// Returns a row of a table.
    ///
    /// # Safety
    /// The descriptor is that of the tuple, and both live for `'r`, as does the memory.
    pub(crate) unsafe fn of_table(
        transaction: &'r Transaction<'r>,
        descriptor: ffi::TupleDesc,
        tuple: ffi::HeapTuple,
        memory: ffi::MemoryContext,
        made: u64,
    ) -> Self {
        // SAFETY: the caller's promise.
        let shape = unsafe { Shape::of_table(transaction, descriptor, memory, made) };
        Row { shape, tuple }
    }

    /// Reads a column by its name, or by its number from 0. A column of a composite type can be
    /// read as a `Row`.
    ///
    /// # Errors
    /// * [`NotFound`](ErrorKind::NotFound): the column does not exist.
    /// * [`TypeMismatch`](ErrorKind::TypeMismatch): the SQL type of the column cannot be read as
    ///   `T`.
    /// * [`UnexpectedNull`](ErrorKind::UnexpectedNull): the value is NULL, and `T` is not an
    ///   `Option`.
    /// * [`Encoding`](ErrorKind::Encoding): the text is not valid UTF-8.
    /// * [`TransactionFailed`](ErrorKind::TransactionFailed): a statement has failed, and reading
    ///   this value requires a call of the server.
    #[doc(alias = "SPI_getbinval")]
    #[doc(alias = "SPI_fnumber")]
    #[inline]
    pub fn get<T: FromDatum<'r>>(&self, column: impl ColumnIndex) -> Result<T> {
        let number = column.find(&Columns::new(self.shape))?;
        let sql_type = self.shape.check::<T>(number)?;
        // SAFETY: the column exists, and its type has just been checked.
        unsafe { self.get_checked(number, sql_type) }
    }

    /// Reads a column that was found before, for all rows of a result. This costs little more than
    /// decoding the value.
    ///
    /// # Errors
    /// [`Invalid`](ErrorKind::Invalid) if the column was found in another result. Otherwise like
    /// [`Row::get`].
    #[inline]
    pub fn at<T: FromDatum<'r>>(&self, column: Column<'r, T>) -> Result<T> {
        if column.descriptor != self.shape.descriptor {
            return Err(wrong_result());
        }
        // SAFETY: the column was found in this very descriptor, and its type has been checked. The
        // result that it belongs to lives for `'r`, so no other descriptor has this address.
        unsafe { self.get_checked(column.number, column.sql_type) }
    }

    /// Returns the names of the columns, or of the fields of a composite type.
    pub fn columns(&self) -> impl Iterator<Item = Cow<'r, str>> + use<'r> {
        self.shape.names()
    }

    /// # Safety
    /// The column exists and has this type, which `Shape::check` has accepted.
    #[inline]
    unsafe fn get_checked<T: FromDatum<'r>>(&self, number: usize, sql_type: Oid) -> Result<T> {
        match self.datum(number)? {
            // SAFETY: the caller's promise; the value lives in the result, which is borrowed for
            // `'r`.
            Some(datum) => unsafe {
                T::decode(Value {
                    datum,
                    sql_type,
                    transaction: self.shape.transaction,
                    memory: self.shape.memory,
                    made: self.shape.made,
                })
            },
            None => T::null().ok_or_else(|| self.shape.unexpected_null(number)),
        }
    }

    #[inline]
    fn datum(&self, number: usize) -> Result<Option<Datum>> {
        let (tuple, descriptor, attribute) =
            (self.tuple, self.shape.descriptor, number as c_int + 1);
        let mut state = 0;
        // SAFETY: cannot raise, server memory: the tuple and its descriptor live for `'r`.
        let datum =
            unsafe { shim::pgbgw_stored_value(tuple, attribute, descriptor, &raw mut state) };
        match state {
            shim::IS_VALUE => Ok(Some(Datum(datum))),
            shim::IS_NULL => Ok(None),
            _ => self.value_of_later_column(attribute),
        }
    }

    /// Returns the value of a column that was added after the tuple was stored: its default.
    #[cold]
    fn value_of_later_column(&self, attribute: c_int) -> Result<Option<Datum>> {
        let (tuple, descriptor) = (self.tuple, self.shape.descriptor);
        let read = || {
            let mut null = false.into();
            // SAFETY: server memory: both live for `'r`.
            let datum = unsafe { ffi::SPI_getbinval(tuple, descriptor, attribute, &raw mut null) };
            (i64::from(null) == 0).then_some(Datum(datum))
        };
        // SAFETY: token: the transaction; plain frames.
        unsafe { self.shape.transaction.state.call(read) }
    }
}

#[cold]
fn wrong_result() -> Error {
    Error::new(
        ErrorKind::Invalid,
        "column does not belong to the result of this row",
    )
}
