//! One row, whose values are typed when they are read.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use crate::server::datum::Datum;
use crate::sql::columns::{Column, ColumnIndex, Columns};
use crate::sql::shape::Shape;
use crate::sql::value::{FromDatum, Origin, Value};
use std::borrow::Cow;
use std::ffi::c_int;
use std::ptr;

/// One row of a result, or a value of a composite type.
#[derive(Debug, Clone, Copy)]
#[doc(alias = "HeapTuple")]
pub struct Row<'r> {
    pub(crate) shape: Shape<'r>,
    pub(crate) tuple: ffi::HeapTuple,
}

impl<'r> Row<'r> {
    /// The value of a column, by its name or its number from 0. A column of a composite type is read as a `Row`.
    ///
    /// # Errors
    /// There is no such column; its SQL type is not what `T` stands for; it is NULL and `T` is not an `Option`; the text is not
    /// UTF-8; a statement has failed, and reading this value would need the server.
    #[doc(alias = "SPI_getbinval")]
    #[doc(alias = "SPI_fnumber")]
    #[inline]
    pub fn get<T: FromDatum<'r>>(&self, column: impl ColumnIndex) -> Result<T> {
        let number = column.find(&Columns::new(self.shape))?;
        self.shape.check::<T>(number)?;
        // SAFETY: there is such a column, and it has just been checked.
        unsafe { self.get_checked(number) }
    }

    /// The value of a column that was found before, for all rows of a result: reading it costs little more than the value.
    ///
    /// # Errors
    /// The column is one of another result; the value is NULL and `T` is not an `Option`; those of [`Row::get`].
    #[inline]
    pub fn at<T: FromDatum<'r>>(&self, column: Column<'r, T>) -> Result<T> {
        if column.descriptor != self.shape.descriptor {
            return Err(of_another_result());
        }
        // SAFETY: it was found in this very descriptor, and has been checked. The result that it belongs to lives for `'r`, so its
        // descriptor is at no other one's address.
        unsafe { self.get_checked(column.number) }
    }

    /// The names of the columns, or of the fields of a composite type.
    pub fn columns(&self) -> impl Iterator<Item = Cow<'r, str>> + use<'r> {
        self.shape.names()
    }

    /// # Safety
    /// There is such a column, and `Shape::check` has found it good.
    #[inline]
    pub(crate) unsafe fn get_checked<T: FromDatum<'r>>(&self, number: usize) -> Result<T> {
        match self.datum(number)? {
            // SAFETY: the caller's promise; the value lives in the result, which is borrowed for `'r`.
            Some(datum) => unsafe {
                T::decode(Value {
                    datum,
                    origin: Origin::Column(self.shape.descriptor, number),
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
        let (tuple, descriptor, number) = (self.tuple, self.shape.descriptor, number as c_int + 1);
        let read = || {
            let mut null = false.into();
            // SAFETY: server memory: both live for `'r`.
            let datum =
                unsafe { ffi::SPI_getbinval(tuple, descriptor, number, ptr::addr_of_mut!(null)) };
            (i64::from(null) == 0).then_some(Datum(datum))
        };
        // SAFETY: server memory, likewise. The mask is HEAP_NATTS_MASK of access/htup_details.h.
        let stored = c_int::from(unsafe { (*(*tuple).t_data).t_infomask2 } & 0x07ff);
        if number <= stored {
            // Cannot raise: it only looks into the tuple.
            return Ok(read());
        }
        // A column that is younger than the tuple: its default is looked up.
        // SAFETY: token: the transaction; plain frames.
        unsafe { self.shape.transaction.state.call(read) }
    }
}

#[cold]
fn of_another_result() -> Error {
    Error::new(
        ErrorKind::Invalid,
        "the column was found in another result than the row",
    )
}
