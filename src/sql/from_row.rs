//! Rows as tuples and structs: where the columns are is found once for a result, not for each row.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use crate::sql::row::{ColumnIndex, Row};
use crate::sql::rows::Rows;
use crate::sql::shape::Shape;
use crate::sql::value::{FromDatum, rust_name};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// A row as a tuple of up to sixteen values, from left to right, or as a struct of yours.
///
/// The feature `derive` writes this for a struct: `#[derive(FromRow)]` reads each field from the column of its name. By hand:
///
/// ```no_run
/// use postgres_bgworker::prelude::*;
/// use postgres_bgworker::sql::{Column, Columns, FromRow, Row};
///
/// struct Job {
///     id: i64,
///     note: Option<String>,
/// }
///
/// impl<'r> FromRow<'r> for Job {
///     type Columns = (Column<'r, i64>, Column<'r, Option<String>>);
///
///     fn columns(columns: &Columns<'r>) -> Result<Self::Columns> {
///         Ok((columns.find("id")?, columns.find("note")?))
///     }
///
///     fn from_row(row: &Row<'r>, columns: &Self::Columns) -> Result<Self> {
///         Ok(Job { id: row.at(columns.0)?, note: row.at(columns.1)? })
///     }
/// }
///
/// # fn example(tx: &Transaction<'_>) -> Result<()> {
/// for job in tx.query_as::<Job, _>("select id, note from app.jobs", ())? {
///     tx.log(format!("{}: {:?}", job.id, job.note));
/// }
/// # Ok(()) }
/// ```
#[diagnostic::on_unimplemented(
    message = "a row cannot be read as `{Self}`",
    note = "a row is read as a tuple, `(A,)` for one column, or as a struct with `#[derive(FromRow)]`; a single value is read with `query_scalar` or `Row::get`"
)]
pub trait FromRow<'r>: Sized {
    /// The columns that are read, as [`Columns::find`] has found them.
    type Columns;

    /// Find the columns: once for a result.
    ///
    /// # Errors
    /// A column is missing, or has another type.
    fn columns(columns: &Columns<'r>) -> Result<Self::Columns>;

    /// Read a row.
    ///
    /// # Errors
    /// A value is NULL and its type is not an `Option`; a text is not valid; those of conversions of your own.
    fn from_row(row: &Row<'r>, columns: &Self::Columns) -> Result<Self>;
}

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

    /// The column of this name, or of this number from 0, to be read as `T`.
    ///
    /// # Errors
    /// There is no such column, or its type cannot be read as `T`.
    pub fn find<T: FromDatum<'r>>(&self, column: impl ColumnIndex) -> Result<Column<'r, T>> {
        let number = column.find(self)?;
        self.0.check::<T>(number)?;
        Ok(Column {
            descriptor: self.0.descriptor,
            number,
            _value: PhantomData,
        })
    }

    /// How many there are.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = Cow<'r, str>> + use<'r> {
        self.0.names()
    }

    fn expect<T>(&self, count: usize) -> Result<()> {
        if self.len() == count {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::TypeMismatch,
            format!(
                "the result has {} columns, and {} has {count}",
                self.len(),
                rust_name::<T>()
            ),
        ))
    }
}

/// A column of a result that can be read as `T`, for [`Row::at`].
pub struct Column<'r, T> {
    pub(crate) descriptor: ffi::TupleDesc,
    pub(crate) number: usize,
    _value: PhantomData<(&'r (), fn() -> T)>,
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

impl Rows<'_> {
    /// The column of this name, or of this number from 0, for [`Row::at`]; `None` where the statement has no result.
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
    /// As [`Columns::find`]; the statement has no result.
    pub fn column<'r, T: FromDatum<'r>>(
        &'r self,
        column: impl ColumnIndex,
    ) -> Result<Column<'r, T>> {
        let shape = self
            .shape()
            .ok_or_else(|| Error::new(ErrorKind::NotFound, "the statement has no result"))?;
        Columns::new(shape).find(column)
    }

    /// The rows as tuples or structs. The columns are found and checked here, so reading a row costs little more than its values.
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
    /// The number of columns, or the type of one of them, is not that of `T`. For each row: those of [`FromRow::from_row`].
    pub fn typed<'r, T: FromRow<'r> + 'r>(
        &'r self,
    ) -> Result<impl Iterator<Item = Result<T>> + 'r> {
        let columns = self
            .shape()
            .map(|shape| T::columns(&Columns::new(shape)))
            .transpose()?;
        // A statement without a result has no rows.
        Ok(columns
            .into_iter()
            .flat_map(|columns| self.iter().map(move |row| T::from_row(&row, &columns))))
    }
}

macro_rules! tuples {
    ($($count:literal: $($type:ident $number:tt)*;)*) => {$(
        impl<'r, $($type: FromDatum<'r>),*> FromRow<'r> for ($($type,)*) {
            type Columns = ($(Column<'r, $type>,)*);

            fn columns(columns: &Columns<'r>) -> Result<Self::Columns> {
                columns.expect::<Self>($count)?;
                Ok(($(columns.find::<$type>($number)?,)*))
            }

            #[inline]
            fn from_row(row: &Row<'r>, columns: &Self::Columns) -> Result<Self> {
                Ok(($(row.at(columns.$number)?,)*))
            }
        }
    )*};
}

tuples! {
    1: A 0;
    2: A 0 B 1;
    3: A 0 B 1 C 2;
    4: A 0 B 1 C 2 D 3;
    5: A 0 B 1 C 2 D 3 E 4;
    6: A 0 B 1 C 2 D 3 E 4 F 5;
    7: A 0 B 1 C 2 D 3 E 4 F 5 G 6;
    8: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7;
    9: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8;
    10: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9;
    11: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10;
    12: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11;
    13: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11 M 12;
    14: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11 M 12 N 13;
    15: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11 M 12 N 13 O 14;
    16: A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7 I 8 J 9 K 10 L 11 M 12 N 13 O 14 P 15;
}
