//! Rows as tuples: what the columns are is checked once, not for each row.

use crate::error::{Error, ErrorKind, Result};
use crate::sql::rows::{Row, Rows, Shape};
use crate::sql::value::FromDatum;

/// A row as a tuple of values, one for each column, from left to right. Implemented for tuples of up to twelve
/// [`FromDatum`] types.
pub trait FromRow<'r>: Sized + sealed::Sealed {
    #[doc(hidden)]
    const COLUMNS: usize;
    #[doc(hidden)]
    fn check(shape: &Columns<'r>) -> Result<()>;
    /// # Safety
    /// `check` has found the columns good.
    #[doc(hidden)]
    unsafe fn read(row: &Row<'r>) -> Result<Self>;
}

/// The columns of a result.
#[derive(Debug)]
pub struct Columns<'r>(Shape<'r>);

mod sealed {
    pub trait Sealed {}
}

impl Rows<'_> {
    /// The rows as tuples, where reading each costs little more than the values in it.
    ///
    /// ```no_run
    /// # use postgres_bgworker::prelude::*;
    /// # fn example(tx: &Transaction<'_>) -> Result<()> {
    /// for row in tx.query("select id, note from queue", &[])?.typed::<(i32, Option<&str>)>()? {
    ///     let (id, note) = row?;
    ///     tx.log(format!("{id}: {note:?}"));
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// The number of columns is another one, or the SQL type of one is not what the tuple has in its place. For each row:
    /// a value is NULL and its type is not an `Option`; a text is not UTF-8.
    pub fn typed<'r, T: FromRow<'r> + 'r>(
        &'r self,
    ) -> Result<impl Iterator<Item = Result<T>> + 'r> {
        if let Some(shape) = self.shape() {
            if shape.len() != T::COLUMNS {
                return Err(Error::new(
                    ErrorKind::TypeMismatch,
                    format!(
                        "the result has {} columns, and {} has {}",
                        shape.len(),
                        std::any::type_name::<T>(),
                        T::COLUMNS
                    ),
                ));
            }
            T::check(&Columns(shape))?;
        }
        // SAFETY: the columns have just been checked, and all rows of a result have the same.
        Ok((0..self.len()).map(|index| unsafe { T::read(&self.row(index)) }))
    }
}

macro_rules! tuples {
    ($($count:literal: $($type:ident $number:literal)*;)*) => {$(
        impl<$($type),*> sealed::Sealed for ($($type,)*) {}
        impl<'r, $($type: FromDatum<'r>),*> FromRow<'r> for ($($type,)*) {
            const COLUMNS: usize = $count;
            fn check(columns: &Columns<'r>) -> Result<()> {
                $(columns.0.check::<$type>($number)?;)*
                Ok(())
            }
            #[inline]
            unsafe fn read(row: &Row<'r>) -> Result<Self> {
                // SAFETY: the caller's promise.
                Ok(unsafe { ($(row.get_checked::<$type>($number)?,)*) })
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
}
