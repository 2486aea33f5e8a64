//! The result of a function that SQL calls, in the memory of the caller.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi::{self, shim};
use crate::server::datum::{Datum, Oid};
use crate::session::declaration::{ResultInfo, ResultShape};
use crate::session::info::FunctionInfo;
use crate::sql::transaction::connection::SqlConnection;
use crate::sql::types::{self, Known, Type, TypeName};
use crate::sql::value::column_type;
use crate::sql::{ParameterTypes, Params, SqlType, ToDatum, Transaction, Types};
use std::ffi::c_int;
use std::ptr;

/// A result, in the form of the server.
#[derive(Debug, Clone, Copy)]
pub enum Returned {
    Value(Datum),
    Null,
}

/// A type of the result of a function that SQL calls: the types of the table in [`SqlType`], also
/// as an `Option`; `()` for `void`; [`Record`]; [`Set`](crate::session::Set); and a `Result` of one
/// of these, with any error that converts into [`Error`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the result of a function that SQL calls",
    note = "the table of types is in the documentation of `SqlType`; rows are a `Record` or a `Set` of tuples"
)]
pub trait FunctionResult {
    #[doc(hidden)]
    const INFO: ResultInfo;

    /// Passes the value to the server.
    #[doc(hidden)]
    fn put(self, output: Output<'_>) -> Result<Returned>;
}

/// A row as the result of a function: a tuple of values. `#[sql(columns = "…")]` names the columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<T>(pub T);

/// A tuple of SQL types, of which a [`Record`] or the rows of a [`Set`](crate::session::Set) are
/// made.
pub trait RecordTypes: Params + ParameterTypes {
    #[doc(hidden)]
    const TYPES: &'static [TypeName];
}

macro_rules! tuples {
    ($($count:literal: $($type:ident $number:tt)*;)*) => {$(
        impl<$($type: ToDatum + SqlType),*> RecordTypes for ($($type,)*) {
            const TYPES: &'static [TypeName] = &[$(<$type::Sql as Type>::NAME),*];
        }
    )*};
}

crate::sql::with_tuples!(tuples);

/// Where a function puts its result.
#[derive(Debug)]
pub struct Output<'s> {
    pub(super) call: ffi::FunctionCallInfo,
    pub(super) declared: &'s shim::Declared,
    pub(super) function: &'s FunctionInfo,
    pub(super) connection: &'s SqlConnection,
    pub(super) transaction: &'s Transaction<'s>,
    /// Whether the type has been checked by an earlier call.
    pub(super) is_checked: bool,
}

impl Output<'_> {
    /// Passes the result of the function to the server.
    #[inline]
    pub fn put(self, value: impl FunctionResult) -> Result<Returned> {
        value.put(self)
    }

    /// Returns an error unless the declared result is one value of this type.
    fn expect(&self, oid: Oid) -> Result<()> {
        if self.declared.is_set == 0 && self.declared.result == oid.0 {
            return Ok(());
        }
        Err(self.mismatch())
    }

    #[cold]
    pub(super) fn mismatch(&self) -> Error {
        self.function.mismatch(self.call, self.transaction)
    }

    fn scalar<T: ToDatum + SqlType>(&self, value: &T) -> Result<Returned> {
        if !self.is_checked {
            self.expect(T::Sql::oid(self.transaction)?)?;
        }
        let mut arguments = self.connection.arguments.borrow_mut();
        value.encode(Oid(self.declared.result), self.transaction, &mut arguments)?;
        let returned = match arguments.only() {
            None => Returned::Null,
            Some(datum) if self.declared.by_value != 0 => Returned::Value(datum),
            Some(datum) => self.copy(datum)?,
        };
        arguments.clear();
        Ok(returned)
    }

    /// Copies a value that is passed by reference into the memory of the caller.
    fn copy(&self, datum: Datum) -> Result<Returned> {
        let (memory, length) = (
            self.connection.callers_memory(),
            c_int::from(self.declared.length),
        );
        // SAFETY: token: the transaction; plain frames. The value is one of the result's type, and
        // is in memory that is not changed during the call.
        let copy = unsafe {
            self.connection
                .call(|| shim::pgbgw_copy_value(memory, datum.0, length))
        }?;
        Ok(Returned::Value(Datum(copy)))
    }

    /// Begins rows, and checks their types.
    pub(super) fn begin(
        &self,
        is_set: bool,
        scalar: Oid,
        types: &[Oid],
    ) -> Result<shim::ResultRows> {
        if (self.declared.is_set != 0) != is_set {
            return Err(self.mismatch());
        }
        let mut rows = shim::ResultRows {
            descriptor: ptr::null_mut(),
            store: ptr::null_mut(),
            memory: ptr::null_mut(),
        };
        let (call, memory, place) = (self.call, self.connection.callers_memory(), &raw mut rows);
        // SAFETY: token: the transaction; plain frames; the server's own argument.
        let accepted = unsafe {
            self.connection
                .call(|| shim::pgbgw_result_begin(call, is_set.into(), scalar.0, memory, place))
        }?;
        if accepted == 0 {
            return Err(not_accepted(self.function, is_set));
        }
        // SAFETY: cannot raise, server memory: looks into the descriptor, which has such columns.
        let matches = unsafe {
            (*rows.descriptor).natts as usize == types.len()
                && types
                    .iter()
                    .enumerate()
                    .all(|(number, oid)| column_type(rows.descriptor, number) == *oid)
        };
        if !matches {
            return Err(self.mismatch());
        }
        Ok(rows)
    }

    /// Encodes the values of a row, and calls the server with them.
    pub(super) fn with_row<R: Copy>(
        &self,
        row: &impl Params,
        types: &[Oid],
        put: impl FnOnce(*mut ffi::Datum, *const std::ffi::c_char) -> R + Copy,
    ) -> Result<R> {
        let mut arguments = self.connection.arguments.borrow_mut();
        row.encode(Types::Plan(types), self.transaction, &mut arguments)?;
        arguments.resolve(0);
        let (values, nulls) = (arguments.values.as_mut_ptr(), arguments.nulls.as_ptr());
        // SAFETY: token: the transaction; plain frames: all that is owned is owned outside the
        // closure.
        let result = unsafe { self.connection.call(|| put(values, nulls)) }?;
        arguments.clear();
        drop(arguments);
        // SAFETY: token: the transaction; the row has been copied.
        unsafe { self.connection.reset_scratch() }?;
        Ok(result)
    }
}

#[cold]
fn not_accepted(function: &FunctionInfo, is_set: bool) -> Error {
    let (what, hint) = if is_set {
        ("a set", "Call it in FROM.")
    } else {
        (
            "a record",
            "Call it in FROM with a column definition list, or name the columns with #[sql(columns = \"…\")].",
        )
    };
    Error::new(
        ErrorKind::Unsupported,
        format!(
            "function {} returns {what}, which its caller does not accept",
            function.name
        ),
    )
    .with_hint(hint)
}

impl<T: ToDatum + SqlType> FunctionResult for T {
    const INFO: ResultInfo = ResultInfo {
        shape: ResultShape::Type(<T::Sql as Type>::NAME),
        is_set: false,
    };

    #[inline]
    fn put(self, output: Output<'_>) -> Result<Returned> {
        output.scalar(&self)
    }
}

impl FunctionResult for () {
    const INFO: ResultInfo = ResultInfo {
        shape: ResultShape::Type(types::Void::NAME),
        is_set: false,
    };

    fn put(self, output: Output<'_>) -> Result<Returned> {
        output.expect(types::Void::OID)?;
        Ok(Returned::Value(Datum(0)))
    }
}

impl<T: FunctionResult, E: Into<Error>> FunctionResult for Result<T, E> {
    const INFO: ResultInfo = T::INFO;

    #[inline]
    fn put(self, output: Output<'_>) -> Result<Returned> {
        self.map_err(Into::into)?.put(output)
    }
}

impl<T: RecordTypes> FunctionResult for Record<T> {
    const INFO: ResultInfo = ResultInfo {
        shape: ResultShape::Row(T::TYPES),
        is_set: false,
    };

    fn put(self, output: Output<'_>) -> Result<Returned> {
        output.record(&self.0).map(Returned::Value)
    }
}

impl<T: RecordTypes> FunctionResult for Option<Record<T>> {
    const INFO: ResultInfo = Record::<T>::INFO;

    fn put(self, output: Output<'_>) -> Result<Returned> {
        match self {
            Some(record) => record.put(output),
            None => Ok(Returned::Null),
        }
    }
}

impl Output<'_> {
    fn record<T: RecordTypes>(&self, row: &T) -> Result<Datum> {
        let types = <T as ParameterTypes>::types(self.transaction)?;
        let mut rows = self.begin(false, Oid(0), &types)?;
        let (memory, rows) = (self.connection.callers_memory(), &raw mut rows);
        self.with_row(row, &types, |values, nulls| {
            // SAFETY: the caller's guard; the row has the columns of the descriptor.
            unsafe { shim::pgbgw_result_row(rows, memory, values, nulls) }
        })
        .map(Datum)
    }
}
