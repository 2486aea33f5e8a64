//! The result of a function that SQL calls, in the memory of the caller.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi::{self, shim};
use crate::server::bytes::nul;
use crate::server::datum::{Datum, Oid};
use crate::server::encoding::unchanged;
use crate::session::declared::Call;
use crate::session::info::FunctionInfo;
use crate::session::parts::{ResultInfo, ResultShape};
use crate::session::row::{EncodedRow, RecordTypes};
use crate::sql::transaction::arguments::MAX_VARLENA;
use crate::sql::types::{self, Known, Type};
use crate::sql::value::{Plain, column_type};
use crate::sql::{ParameterTypes, SqlType, ToDatum};
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

/// Where a function puts its result.
#[derive(Debug)]
pub struct Output<'s>(pub(super) &'s Call<'s>);

impl Output<'_> {
    /// Passes the result of the function to the server.
    #[inline]
    pub fn put(self, value: impl FunctionResult) -> Result<Returned> {
        value.put(self)
    }

    #[inline]
    fn scalar<T: ToDatum + SqlType>(&self, value: &T) -> Result<Returned> {
        if !self.0.is_checked {
            self.0.expect_result(T::Sql::oid(&self.0.transaction)?)?;
        }
        let copied = match value.plain() {
            Plain::Null => return Ok(Returned::Null),
            Plain::Word(datum) => return Ok(Returned::Value(datum)),
            Plain::Text(text) if unchanged() && self.is_without_nul(text) => {
                self.varlena(text.as_bytes())
            }
            Plain::Bytes(bytes) => self.varlena(bytes),
            Plain::Text(_) | Plain::Other => None,
        };
        match copied {
            Some(datum) => Ok(Returned::Value(datum)),
            None => self.encoded(value),
        }
    }

    /// Returns whether a text has no NUL. A part of an argument may have been checked before.
    #[inline]
    fn is_without_nul(&self, text: &str) -> bool {
        self.0.connection().is_known_as_plain(text) || nul(text.as_bytes()).is_none()
    }

    /// Copies text or bytes into the memory of the caller. `None` means that this cannot be done
    /// without a guard.
    #[inline]
    fn varlena(&self, bytes: &[u8]) -> Option<Datum> {
        const HEADER: usize = size_of::<u32>();
        if bytes.len() > MAX_VARLENA - HEADER {
            return None;
        }
        let size = bytes.len() + HEADER;
        // SAFETY: token: the transaction; cannot raise.
        let start: *mut u8 = unsafe { shim::pgbgw_alloc(self.0.memory(), size) }.cast();
        if start.is_null() {
            return None;
        }
        // SAFETY: cannot raise; server memory, which was just allocated with this size.
        unsafe {
            ffi::inline::SET_VARSIZE(start.cast(), size);
            start
                .add(HEADER)
                .copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
        }
        Some(Datum(start.expose_provenance() as ffi::Datum))
    }

    /// Encodes a value as a parameter, and copies it into the memory of the caller.
    fn encoded<T: ToDatum>(&self, value: &T) -> Result<Returned> {
        let mut arguments = self.0.connection().arguments.borrow_mut();
        value.encode(
            Oid(self.0.declared.result),
            &self.0.transaction,
            &mut arguments,
        )?;
        let returned = match arguments.only() {
            None => Returned::Null,
            Some(datum) if self.0.declared.by_value != 0 => Returned::Value(datum),
            Some(datum) => self.copy(datum)?,
        };
        arguments.clear();
        Ok(returned)
    }

    /// Copies a value that is passed by reference into the memory of the caller.
    fn copy(&self, datum: Datum) -> Result<Returned> {
        let (memory, length) = (self.0.memory(), c_int::from(self.0.declared.length));
        // SAFETY: token: the transaction; plain frames. The value is one of the result's type, and
        // is in memory that is not changed during the call.
        let copy = unsafe {
            self.0
                .connection()
                .call(|| shim::pgbgw_copy_value(memory, datum.0, length))
        }?;
        Ok(Returned::Value(Datum(copy)))
    }

    fn record<T: RecordTypes>(&self, row: &T) -> Result<Datum> {
        // Output arguments were checked by the call that has stored them.
        let mut columns = self.0.declared.columns.get();
        if !self.0.is_checked || columns.is_null() {
            columns = self.columns::<T>()?;
        }
        let memory = self.0.memory();
        let mut encoded = EncodedRow::new();
        encoded.fill(row, None, self.0.connection(), &self.0.transaction)?;
        let place = encoded.as_mut_ptr();
        // SAFETY: token: the transaction; plain frames; the row has these columns.
        let datum = unsafe {
            self.0
                .connection()
                .call(|| shim::pgbgw_row(columns, memory, place))
        }?;
        encoded.clear(self.0.connection())?;
        Ok(Datum(datum))
    }

    /// Returns the columns of a result that is one row, and checks their types.
    fn columns<T: RecordTypes>(&self) -> Result<ffi::TupleDesc> {
        if self.0.declared.is_set != 0 {
            return Err(self.0.mismatch());
        }
        let types = <T as ParameterTypes>::types(&self.0.transaction)?;
        let (call, memory) = (self.0.call, self.0.memory());
        // SAFETY: token: the transaction; plain frames; the server's own argument.
        let columns = unsafe {
            self.0
                .connection()
                .call(|| shim::pgbgw_row_columns(call, memory))
        }?;
        if columns.is_null() {
            return Err(not_accepted(self.0.function, false));
        }
        self.expect_columns(columns, &types)?;
        Ok(columns)
    }

    /// Begins a set, and checks the types of its columns.
    pub(super) fn begin_set(&self, scalar: Oid, types: &[Oid]) -> Result<shim::ResultSet> {
        if self.0.declared.is_set == 0 {
            return Err(self.0.mismatch());
        }
        let mut set = shim::ResultSet {
            columns: ptr::null_mut(),
            store: ptr::null_mut(),
        };
        let (call, place) = (self.0.call, &raw mut set);
        // SAFETY: token: the transaction; plain frames; the server's own argument.
        let accepted = unsafe {
            self.0
                .connection()
                .call(|| shim::pgbgw_set_begin(call, scalar.0, place))
        }?;
        if accepted == 0 {
            return Err(not_accepted(self.0.function, true));
        }
        self.expect_columns(set.columns, types)?;
        Ok(set)
    }

    fn expect_columns(&self, columns: ffi::TupleDesc, types: &[Oid]) -> Result<()> {
        // SAFETY: cannot raise, server memory: looks into the descriptor, which has such columns.
        let matches = unsafe {
            (*columns).natts as usize == types.len()
                && types
                    .iter()
                    .enumerate()
                    .all(|(number, oid)| column_type(columns, number) == *oid)
        };
        if matches {
            Ok(())
        } else {
            Err(self.0.mismatch())
        }
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

    #[inline]
    fn put(self, output: Output<'_>) -> Result<Returned> {
        if !output.0.is_checked {
            output.0.expect_result(types::Void::OID)?;
        }
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
