//! Types whose internal format is private to the server. They are converted to and from text by
//! their input and output functions.

use crate::error::Result;
use crate::ffi;
use crate::server::datum::{Datum, Oid};
use crate::sql::transaction::Transaction;
use crate::sql::transaction::arguments::Arguments;
use crate::sql::transaction::encoding::{c_string, from_server};
use crate::sql::value::numeric::Numeric;
use crate::sql::value::scalar::oid_of;
use crate::sql::value::types::{self, Known};
use crate::sql::value::{FromDatum, ToDatum, Value, sealed, sql_type};
use std::ffi::CStr;

/// JSON as text. A parameter is a `jsonb` (on 9.3, a `json`), which the server validates. Columns
/// of the types `jsonb` and `json` can be read.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[doc(alias = "jsonb_in")]
#[doc(alias = "jsonb_out")]
pub struct Json(pub String);

/// A value of any type as the text of its output function, as `psql` displays it. It cannot be a
/// parameter.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AnyText(pub String);

impl sealed::FromDatum<'_> for AnyText {}
impl FromDatum<'_> for AnyText {
    fn accepts(_: Oid, _: &Transaction<'_>) -> Result<bool> {
        Ok(true)
    }

    unsafe fn decode(value: Value<'_>) -> Result<Self> {
        owned_output(value).map(AnyText)
    }
}

sql_type! {
    Numeric: NumericType,
}

// 9.3 has no `jsonb`, and no dynamic workers either.
#[cfg(pg_has = "dynamic")]
sql_type! {
    Json: Jsonb,
}
#[cfg(not(pg_has = "dynamic"))]
sql_type! {
    Json: JsonText,
}

macro_rules! through_text {
    ($($type:ident, [$($sql:ident),*];)*) => {$(
        impl ToDatum for $type {
            fn oid(&self, _: &Transaction<'_>) -> Result<Oid> {
                Ok(oid_of::<Self>())
            }
            fn encode(&self, oid: Oid, transaction: &Transaction<'_>, into: &mut Arguments) -> Result<()> {
                into.value(input(&self.0, oid, transaction)?);
                Ok(())
            }
        }
        impl sealed::FromDatum<'_> for $type {}
        impl FromDatum<'_> for $type {
            fn accepts(oid: Oid, _: &Transaction<'_>) -> Result<bool> {
                Ok([$(types::$sql::OID),*].contains(&oid))
            }
            unsafe fn decode(value: Value<'_>) -> Result<Self> {
                owned_output(value).map($type)
            }
        }
    )*};
}

through_text! {
    Numeric, [NumericType, SmallInt, Integer, BigInt];
    Json, [Jsonb, JsonText];
}

/// Calls the output function of the value's type. The text is allocated in `memory`.
#[doc(alias = "OidOutputFunctionCall")]
pub(super) fn output<'m>(value: Value<'m>, memory: ffi::MemoryContext) -> Result<&'m CStr> {
    let (sql_type, datum) = (value.sql_type.0, value.datum.0);
    // SAFETY: token: the transaction; plain frames; the value is of that type.
    let text = unsafe {
        value
            .transaction
            .state
            .call_in(memory, || ffi::shim::pgbgw_output(sql_type, datum))
    }?;
    // SAFETY: server memory: a NUL-terminated text, in the caller's memory.
    Ok(unsafe { CStr::from_ptr(text) })
}

/// Reads a value that owns its memory. The copies that the server makes are freed immediately, not
/// with the result.
#[cold]
pub(super) fn in_scratch<T>(
    value: Value<'_>,
    read: impl FnOnce(Value<'_>) -> Result<T>,
) -> Result<T> {
    let state = value.transaction.state;
    // SAFETY: token: the transaction.
    let memory = unsafe { state.scratch() }?;
    let read = read(Value { memory, ..value });
    // SAFETY: token; the result owns its memory, and nothing else is in use between two statements.
    unsafe { state.reset_scratch() }?;
    read
}

/// Calls the output function of the value's type and converts the text to UTF-8. The text lives as
/// long as the value.
pub(super) fn borrowed_output<'r>(value: Value<'r>) -> Result<&'r str> {
    let text = output(value, value.memory)?.to_bytes();
    from_server(text, value.transaction, value.memory)
}

/// Like [`borrowed_output`], without a copy that stays in the server's memory.
fn owned_output(value: Value<'_>) -> Result<String> {
    in_scratch(value, |value| borrowed_output(value).map(str::to_string))
}

/// Calls the input function of a type. The value is allocated in scratch memory.
#[doc(alias = "OidInputFunctionCall")]
pub(super) fn input(text: &str, sql_type: Oid, transaction: &Transaction<'_>) -> Result<Datum> {
    let text = c_string("value", text, transaction)?;
    let (text, sql_type) = (text.as_ptr().cast_mut(), sql_type.0);
    // SAFETY: token: the transaction.
    let scratch = unsafe { transaction.state.scratch() }?;
    // SAFETY: token; plain frames: the text is owned outside the closure.
    let datum = unsafe {
        transaction
            .state
            .call_in(scratch, || ffi::shim::pgbgw_input(sql_type, text))
    }?;
    Ok(Datum(datum))
}
