//! A row of a function's result, as the server takes it.

use crate::error::Result;
use crate::ffi::shim;
use crate::server::datum::Oid;
use crate::sql::transaction::connection::SqlConnection;
use crate::sql::types::{Type, TypeName};
use crate::sql::value::Plain;
use crate::sql::{ParameterTypes, Params, SqlType, ToDatum, Transaction, Types};

/// A tuple of SQL types, of which a [`Record`](crate::session::Record) or the rows of a
/// [`Set`](crate::session::Set) are made.
pub trait RecordTypes: Params + ParameterTypes {
    #[doc(hidden)]
    const TYPES: &'static [TypeName];

    /// Puts the values into a row, if all of them are passed by value or NULL.
    #[doc(hidden)]
    fn put_words(&self, row: &mut Words<'_>) -> bool;
}

/// A row of values that are passed by value.
#[derive(Debug)]
pub struct Words<'r> {
    row: &'r mut shim::ResultRow,
}

impl Words<'_> {
    /// Puts a value into a column, and returns whether it is passed by value or NULL.
    #[inline]
    fn put(&mut self, number: usize, value: &impl ToDatum) -> bool {
        let (datum, is_null) = match value.plain() {
            Plain::Word(datum) => (datum.0, false),
            Plain::Null => (0, true),
            _ => return false,
        };
        self.row.values[number] = datum;
        self.row.nulls[number] = is_null;
        true
    }
}

macro_rules! tuples {
    ($($count:literal: $($type:ident $number:tt)*;)*) => {$(
        impl<$($type: ToDatum + SqlType),*> RecordTypes for ($($type,)*) {
            const TYPES: &'static [TypeName] = &[$(<$type::Sql as Type>::NAME),*];

            #[inline]
            fn put_words(&self, row: &mut Words<'_>) -> bool {
                $(row.put($number, &self.$number))&&*
            }
        }
    )*};
}

crate::sql::with_tuples!(tuples);
crate::sql::with_status_tuple!(tuples);

/// A row, whose values may be in memory of the connection.
#[derive(Debug)]
pub(super) struct EncodedRow {
    row: shim::ResultRow,
    /// Whether the values are in memory of the connection.
    is_encoded: bool,
}

impl EncodedRow {
    #[inline]
    pub(super) fn new() -> Self {
        EncodedRow {
            row: shim::ResultRow {
                values: [0; shim::COLUMNS],
                nulls: [false; shim::COLUMNS],
            },
            is_encoded: false,
        }
    }

    /// The row for the server. It is valid until the row is filled again.
    #[inline]
    pub(super) fn as_mut_ptr(&mut self) -> *mut shim::ResultRow {
        &raw mut self.row
    }

    /// Fills the row with values of these types, or else of the types of the row.
    #[inline]
    pub(super) fn fill<T: RecordTypes>(
        &mut self,
        row: &T,
        types: Option<&[Oid]>,
        connection: &SqlConnection,
        transaction: &Transaction<'_>,
    ) -> Result<()> {
        if row.put_words(&mut Words { row: &mut self.row }) {
            return Ok(());
        }
        self.encode(row, types, connection, transaction)
    }

    fn encode<T: RecordTypes>(
        &mut self,
        row: &T,
        types: Option<&[Oid]>,
        connection: &SqlConnection,
        transaction: &Transaction<'_>,
    ) -> Result<()> {
        let mut arguments = connection.arguments.borrow_mut();
        self.is_encoded = true;
        match types {
            Some(types) => row.encode(Types::Plan(types), transaction, &mut arguments)?,
            None => {
                row.types(transaction, &mut arguments)?;
                row.encode(Types::Appended, transaction, &mut arguments)?;
            }
        }
        arguments.resolve(0);
        for (number, value) in arguments.values.iter().enumerate() {
            self.row.values[number] = *value;
            self.row.nulls[number] = arguments.nulls[number] as u8 == b'n';
        }
        Ok(())
    }

    /// Frees the values, which the server has copied.
    #[inline]
    pub(super) fn clear(&mut self, connection: &SqlConnection) -> Result<()> {
        if self.is_encoded || connection.has_scratch() {
            self.is_encoded = false;
            return clear(connection);
        }
        Ok(())
    }
}

fn clear(connection: &SqlConnection) -> Result<()> {
    connection.arguments.borrow_mut().clear();
    // SAFETY: token: the connection; the row has been copied.
    unsafe { connection.reset_scratch() }
}
