//! Rows as tuples and structs. The columns are found once per result, not once per row.

use crate::error::Result;
use crate::sql::columns::{Column, Columns};
use crate::sql::row::Row;
use crate::sql::tuples::with_tuples;
use crate::sql::value::FromDatum;

/// A type that a row can be read as: a tuple of up to sixteen values, from left to right, or a
/// struct that implements this trait.
///
/// With the feature `derive`, `#[derive(FromRow)]` implements it for a struct, and reads each field
/// from the column of the same name. Without it:
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
    /// The columns to read, found with [`Columns::find`].
    type Columns;

    /// Finds the columns. Called once per result.
    ///
    /// # Errors
    /// A column does not exist, or its type does not match.
    fn columns(columns: &Columns<'r>) -> Result<Self::Columns>;

    /// Reads a row.
    ///
    /// # Errors
    /// A value is NULL and its type is not an `Option`, a text is invalid, or a conversion fails.
    fn from_row(row: &Row<'r>, columns: &Self::Columns) -> Result<Self>;
}

impl<'r> Row<'r> {
    /// Reads the row as a tuple of its columns from left to right, or as a struct that implements
    /// [`FromRow`].
    ///
    /// # Errors
    /// [`TypeMismatch`](crate::ErrorKind::TypeMismatch) if the columns do not match `T`. Otherwise
    /// like [`Row::get`].
    pub fn read<T: FromRow<'r>>(&self) -> Result<T> {
        let columns = T::columns(&Columns::new(self.shape))?;
        T::from_row(self, &columns)
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

with_tuples!(tuples);
