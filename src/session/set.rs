//! Sets of rows as results of functions.

use crate::error::Result;
use crate::ffi::shim;
use crate::server::datum::Oid;
use crate::session::declaration::{ResultInfo, ResultShape};
use crate::session::result::{FunctionResult, Output, RecordTypes, Returned};
use crate::sql::types::Type;
use crate::sql::{ParameterTypes, SqlType, ToDatum, Transaction};
use std::fmt;

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

impl<T: SetRow> FunctionResult for Set<'_, T> {
    const INFO: ResultInfo = T::SHAPE;

    fn put(self, output: Output<'_>) -> Result<Returned> {
        let types = <T::Row as ParameterTypes>::types(output.transaction)?;
        let scalar = T::scalar(output.transaction)?;
        if scalar.0 != 0 && output.declared.result != scalar.0 {
            return Err(output.mismatch());
        }
        let mut rows = output.begin(true, scalar, &types)?;
        let place = &raw mut rows;
        for row in self.rows {
            let row = row?.into_row();
            output.with_row(&row, &types, |values, nulls| {
                // SAFETY: the caller's guard; the row has the columns of the descriptor.
                unsafe { shim::pgbgw_result_put(place, values, nulls) }
            })?;
        }
        Ok(Returned::Null)
    }
}
