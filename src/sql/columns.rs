//! The columns of a result. They are found by name or number once per result.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use crate::server::datum::Oid;
use crate::sql::shape::Shape;
use crate::sql::transaction::encoding::to_server;
use crate::sql::value::{FromDatum, rust_name};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// The columns of a result.
#[derive(Debug)]
pub struct Columns<'r>(Shape<'r>);

impl<'r> Columns<'r> {
    pub(crate) fn new(shape: Shape<'r>) -> Self {
        Columns(shape)
    }

    pub(crate) fn shape(&self) -> Shape<'r> {
        self.0
    }

    /// Finds a column by its name, or by its number from 0, to be read as `T`.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) if the column does not exist, and
    /// [`TypeMismatch`](ErrorKind::TypeMismatch) if its type cannot be read as `T`.
    pub fn find<T: FromDatum<'r>>(&self, column: impl ColumnIndex) -> Result<Column<'r, T>> {
        let number = column.find(self)?;
        let sql_type = self.0.check::<T>(number)?;
        Ok(Column {
            descriptor: self.0.descriptor,
            number,
            sql_type,
            _value: PhantomData,
        })
    }

    /// Returns the number of columns.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns the names of the columns.
    pub fn names(&self) -> impl Iterator<Item = Cow<'r, str>> + use<'r> {
        self.0.names()
    }

    pub(crate) fn expect<T>(&self, count: usize) -> Result<()> {
        if self.len() == count {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::TypeMismatch,
            format!(
                "result has {} columns, but {} has {count}",
                self.len(),
                rust_name::<T>()
            ),
        ))
    }
}

/// A column of a result that can be read as `T`, for [`Row::at`](crate::sql::Row::at).
pub struct Column<'r, T> {
    pub(crate) descriptor: ffi::TupleDesc,
    pub(crate) number: usize,
    pub(crate) sql_type: Oid,
    _value: PhantomData<fn() -> (&'r (), T)>,
}

impl<T> Clone for Column<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Column<'_, T> {}

impl<T> fmt::Debug for Column<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Column").field(&self.number).finish()
    }
}

/// A column's name, or its number from 0.
pub trait ColumnIndex: sealed::Sealed {
    #[doc(hidden)]
    fn find(self, columns: &Columns<'_>) -> Result<usize>;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for usize {}
    impl Sealed for &str {}
}

impl ColumnIndex for usize {
    #[inline]
    fn find(self, columns: &Columns<'_>) -> Result<usize> {
        let shape = columns.shape();
        shape
            .place(self)
            .ok_or_else(|| no_column(self, shape.len()))
    }
}

#[cold]
fn no_column(number: usize, length: usize) -> Error {
    Error::new(
        ErrorKind::NotFound,
        format!("column {number} does not exist"),
    )
    .with_detail(format!("The result has {length} columns, numbered from 0."))
}

impl ColumnIndex for &str {
    fn find(self, columns: &Columns<'_>) -> Result<usize> {
        let shape = columns.shape();
        let wanted = to_server(self, shape.transaction)?;
        if matches!(wanted, Cow::Owned(_)) {
            // SAFETY: token: the transaction; the name was copied, and nothing else is in use
            // between two statements.
            unsafe { shape.transaction.state.reset_scratch() }?;
        }
        shape
            .columns()
            .find(|number| shape.name(*number) == &*wanted)
            .ok_or_else(|| {
                let names: Vec<Cow<'_, str>> = shape.names().collect();
                Error::new(
                    ErrorKind::NotFound,
                    format!("column \"{self}\" does not exist"),
                )
                .with_detail(format!(
                    "The columns of the result are: {}.",
                    names.join(", ")
                ))
            })
    }
}
