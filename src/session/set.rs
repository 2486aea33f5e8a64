//! Sets of rows as results of functions.

use crate::error::{Error, Result};
use crate::ffi::shim;
use crate::server::datum::Oid;
use crate::session::parts::{ResultInfo, ResultShape};
use crate::session::result::{FunctionResult, Output, Returned};
use crate::session::row::{EncodedRow, RecordTypes};
use crate::sql::types::Type;
use crate::sql::{ParameterTypes, SqlType, ToDatum, Transaction};
use std::ffi::c_void;
use std::fmt;
use std::ptr;

/// The rows that a function returns: a set of values of a SQL type, or of tuples.
///
/// The rows are materialized: the server collects all of them, in memory up to `work_mem` and in a
/// temporary file beyond, before the query reads the first one. If the query does not need all rows
/// (`LIMIT`), they are made anyway.
#[doc(alias = "SFRM_Materialize")]
#[doc(alias = "tuplestore_putvalues")]
pub struct Set<'a, T> {
    rows: Box<dyn Iterator<Item = Result<T>> + 'a>,
}

impl<'a, T: 'a> Set<'a, T> {
    /// Creates a set from its rows. The iterator is called after the function has returned, and may
    /// run statements.
    pub fn new(rows: impl IntoIterator<Item = T, IntoIter: 'a>) -> Self {
        Set::try_new(rows.into_iter().map(Ok))
    }

    /// Like [`Set::new`], for rows of which each can be an error. The first error is that of the
    /// function.
    pub fn try_new(rows: impl IntoIterator<Item = Result<T>, IntoIter: 'a>) -> Self {
        Set {
            rows: Box::new(rows.into_iter()),
        }
    }
}

impl<T> fmt::Debug for Set<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Set").finish_non_exhaustive()
    }
}

/// A row of a [`Set`]: a value of a SQL type, or a tuple of values.
pub trait SetRow: sealed::SetRow {
    #[doc(hidden)]
    const SHAPE: ResultInfo;
    #[doc(hidden)]
    type Row: RecordTypes;
    /// Returns the type of the only column of a set that does not have rows.
    #[doc(hidden)]
    fn scalar(transaction: &Transaction<'_>) -> Result<Oid>;
    #[doc(hidden)]
    fn into_row(self) -> Self::Row;
}

mod sealed {
    pub trait SetRow {}
}

impl<T: ToDatum + SqlType> sealed::SetRow for T {}
impl<T: ToDatum + SqlType> SetRow for T {
    const SHAPE: ResultInfo = ResultInfo {
        shape: ResultShape::Type(<T::Sql as Type>::NAME),
        is_set: true,
    };
    type Row = (T,);

    fn scalar(transaction: &Transaction<'_>) -> Result<Oid> {
        T::Sql::oid(transaction)
    }

    #[inline]
    fn into_row(self) -> (T,) {
        (self,)
    }
}

macro_rules! tuples {
    ($($count:literal: $($type:ident $number:tt)*;)*) => {$(
        impl<$($type: ToDatum + SqlType),*> sealed::SetRow for ($($type,)*) {}
        impl<$($type: ToDatum + SqlType),*> SetRow for ($($type,)*) {
            const SHAPE: ResultInfo = ResultInfo {
                shape: ResultShape::Row(<Self as RecordTypes>::TYPES),
                is_set: true,
            };
            type Row = Self;

            fn scalar(_: &Transaction<'_>) -> Result<Oid> {
                Ok(Oid(0))
            }

            #[inline]
            fn into_row(self) -> Self {
                self
            }
        }
    )*};
}

crate::sql::with_tuples!(tuples);
crate::sql::with_status_tuple!(tuples);

impl<T: SetRow> FunctionResult for Set<'_, T> {
    const INFO: ResultInfo = T::SHAPE;

    fn put(self, output: Output<'_>) -> Result<Returned> {
        let types = <T::Row as ParameterTypes>::types(&output.0.transaction)?;
        let scalar = T::scalar(&output.0.transaction)?;
        if scalar.0 != 0 && output.0.declared.result != scalar.0 {
            return Err(output.0.mismatch());
        }
        let set = output.begin_set(scalar, &types)?;
        let mut filling = Filling {
            rows: self.rows,
            types: &types,
            output: &output,
            row: EncodedRow::new(),
            error: None,
        };
        let (set, state) = (&raw const set, (&raw mut filling).cast());
        // SAFETY: token: the transaction. The frames above are the loop, which is C, and `next`,
        // which calls the server only in guards of its own. The rows have the columns of the set.
        let filled = unsafe {
            output
                .0
                .connection()
                .call(|| shim::pgbgw_set_fill(set, next::<T>, state))
        };
        match filling.error.take() {
            Some(error) => Err(error),
            None => filled.map(|()| Returned::Null),
        }
    }
}

/// The rows while the server takes them.
struct Filling<'f, 's, T> {
    rows: Box<dyn Iterator<Item = Result<T>> + 'f>,
    types: &'f [Oid],
    output: &'f Output<'s>,
    row: EncodedRow,
    error: Option<Error>,
}

/// Makes the next row. Returns null if there is none, or after an error, which it keeps.
unsafe extern "C-unwind" fn next<T: SetRow>(state: *mut c_void) -> *mut shim::ResultRow {
    // SAFETY: the pointer is to the `Filling` of the caller, which does not use it during the call.
    let filling = unsafe { &mut *state.cast::<Filling<'_, '_, T>>() };
    match filling.next() {
        Ok(true) => filling.row.as_mut_ptr(),
        Ok(false) => ptr::null_mut(),
        Err(error) => {
            filling.error = Some(error);
            ptr::null_mut()
        }
    }
}

impl<T: SetRow> Filling<'_, '_, T> {
    #[inline]
    fn next(&mut self) -> Result<bool> {
        let connection = self.output.0.connection();
        self.row.clear(connection)?;
        let Some(row) = self.rows.next() else {
            return Ok(false);
        };
        let row = row?.into_row();
        self.row.fill(
            &row,
            Some(self.types),
            connection,
            &self.output.0.transaction,
        )?;
        // The server takes the row.
        connection.check()?;
        Ok(true)
    }
}
