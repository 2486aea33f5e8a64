//! Text and bytes.

use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use crate::server::bytes::nul;
use crate::server::datum::Oid;
use crate::server::encoding::unchanged;
use crate::sql::transaction::Transaction;
use crate::sql::transaction::arguments::Arguments;
use crate::sql::transaction::encoding::{from_server, to_server};
use crate::sql::value::io::{in_scratch, output};
use crate::sql::value::scalar::oid_of;
use crate::sql::value::types::{self, Known};
use crate::sql::value::{
    BY_CALLER, FromDatum, Plain, ToDatum, Value, generic_sql_type, sealed, sql_type,
};
use std::ffi::{CStr, c_char, c_void};

generic_sql_type! { ['a] &'a str: Text }
generic_sql_type! { ['a] &'a [u8]: Bytea }
sql_type! {
    String: Text,
    Vec<u8>: Bytea,
}

macro_rules! varlena {
    ($($type:ty, $encode:expr, $plain:path;)*) => {$(
        impl ToDatum for $type {
            fn oid(&self, _: &Transaction<'_>) -> Result<Oid> {
                Ok(oid_of::<Self>())
            }
            fn encode(&self, _: Oid, transaction: &Transaction<'_>, into: &mut Arguments) -> Result<()> {
                $encode(self, transaction, into)
            }
            #[inline]
            fn plain(&self) -> Plain<'_> {
                $plain(self)
            }
        }
    )*};
}

varlena! {
    &str, encode_text, Plain::Text;
    String, encode_text, Plain::Text;
    &[u8], encode_bytes, Plain::Bytes;
    Vec<u8>, encode_bytes, Plain::Bytes;
}

fn encode_text(text: &str, transaction: &Transaction<'_>, into: &mut Arguments) -> Result<()> {
    if let Some(at) = nul(text.as_bytes()) {
        return Err(Error::new(
            ErrorKind::Encoding,
            format!("text contains a NUL at byte {at}, which PostgreSQL cannot store"),
        )
        .with_hint("Pass the value as bytes if the parameter has the type bytea."));
    }
    into.varlena(&to_server(text, transaction)?)
}

fn encode_bytes(bytes: &[u8], _: &Transaction<'_>, into: &mut Arguments) -> Result<()> {
    into.varlena(bytes)
}

impl<'r> sealed::FromDatum<'r> for &'r [u8] {}
impl<'r> FromDatum<'r> for &'r [u8] {
    fn accepts(oid: Oid, _: &Transaction<'_>) -> Result<bool> {
        Ok(oid == types::Bytea::OID)
    }

    unsafe fn decode(value: Value<'r>) -> Result<Self> {
        // SAFETY: the caller's promise: a bytea, which is a varlena.
        unsafe { varlena_bytes(value) }
    }
}

impl<'r> sealed::FromDatum<'r> for &'r str {}
impl<'r> FromDatum<'r> for &'r str {
    /// Accepts types that are stored as text, `name`, and enums.
    fn accepts(sql_type: Oid, transaction: &Transaction<'_>) -> Result<bool> {
        if is_text(sql_type) || sql_type.0 == ffi::NAMEOID {
            return Ok(true);
        }
        if sql_type.0 < ffi::FirstNormalObjectId as u32 {
            return Ok(false);
        }
        // SAFETY: token: the transaction; plain frames.
        unsafe {
            transaction
                .state
                .call(|| i64::from(ffi::type_is_enum(sql_type.0)) != 0)
        }
    }

    #[inline]
    unsafe fn decode(value: Value<'r>) -> Result<Self> {
        let sql_type = value.base_type()?;
        let bytes = if is_text(sql_type) {
            // SAFETY: all of these types are varlenas.
            unsafe { varlena_bytes(value) }?
        } else if sql_type.0 == ffi::NAMEOID {
            // SAFETY: server memory: a name has a fixed number of bytes and ends with a NUL.
            unsafe { CStr::from_ptr(value.datum.as_pointer::<c_char>()) }.to_bytes()
        } else {
            output(value, value.memory)?.to_bytes()
        };
        if value.made == BY_CALLER && value.transaction.state.note_if_plain(bytes) {
            // SAFETY: cannot raise; ASCII is UTF-8, and the same in all encodings of a database.
            return Ok(unsafe { std::str::from_utf8_unchecked(bytes) });
        }
        from_server(bytes, value.transaction, value.memory)
    }
}

#[inline]
fn is_text(sql_type: Oid) -> bool {
    if sql_type.0 == ffi::TEXTOID {
        return true;
    }
    [ffi::VARCHAROID, ffi::BPCHAROID, ffi::JSONOID, ffi::XMLOID].contains(&sql_type.0)
}

macro_rules! owned {
    ($($type:ty, $borrowed:ty;)*) => {$(
        impl<'r> sealed::FromDatum<'r> for $type {}
        impl<'r> FromDatum<'r> for $type {
            fn accepts(sql_type: Oid, transaction: &Transaction<'_>) -> Result<bool> {
                <&'r $borrowed>::accepts(sql_type, transaction)
            }
            #[inline]
            unsafe fn decode(value: Value<'r>) -> Result<Self> {
                // SAFETY: the caller's promise.
                unsafe {
                    if is_in_place(value) {
                        return <&$borrowed>::decode(value).map(Into::into);
                    }
                    in_scratch(value, |value| <&$borrowed>::decode(value).map(Into::into))
                }
            }
        }
    )*};
}

owned! {
    String, str;
    Vec<u8>, [u8];
}

/// Returns whether reading the value makes no copy of it.
///
/// # Safety
/// The value has a type that text or bytes can be read from.
#[inline]
unsafe fn is_in_place(value: Value<'_>) -> bool {
    let sql_type = value.sql_type;
    let is_bytes = sql_type == types::Bytea::OID;
    // SAFETY: the caller's promise: all of these types are varlenas.
    (is_bytes || is_text(sql_type) && unchanged())
        && unsafe { is_stored_plainly(value.datum.as_pointer()) }
}

/// Returns the bytes of a varlena: in the tuple if it is stored plainly, and otherwise in a copy
/// with the same lifetime.
///
/// # Safety
/// The value is a varlena.
#[inline]
unsafe fn varlena_bytes<'r>(value: Value<'r>) -> Result<&'r [u8]> {
    // SAFETY: the caller's promise.
    let plain: *const c_void = unsafe { detoasted(value) }?.cast();
    // SAFETY: cannot raise; server memory: `plain` is either the value itself or a copy in the
    // result's memory.
    unsafe {
        let data = ffi::inline::VARDATA_ANY(plain).cast();
        Ok(std::slice::from_raw_parts(
            data,
            ffi::inline::VARSIZE_ANY_EXHDR(plain),
        ))
    }
}

/// # Safety
/// The value is a varlena.
#[inline]
unsafe fn detoasted(value: Value<'_>) -> Result<*const ffi::varlena> {
    let varlena = value.datum.as_pointer::<ffi::varlena>().cast_mut();
    // SAFETY: the caller's promise.
    if unsafe { is_stored_plainly(varlena) } {
        return Ok(varlena);
    }
    // SAFETY: token: the transaction; plain frames; the memory lives as long as the value.
    let plain = unsafe {
        value
            .transaction
            .state
            .call_in(value.memory, || ffi::pg_detoast_datum_packed(varlena))
    }?;
    Ok(plain.cast_const())
}

/// # Safety
/// The value is a varlena.
#[inline]
unsafe fn is_stored_plainly(varlena: *const ffi::varlena) -> bool {
    // SAFETY: cannot raise; server memory: reads the first byte.
    unsafe {
        !ffi::inline::VARATT_IS_EXTERNAL(varlena.cast())
            && !ffi::inline::VARATT_IS_COMPRESSED(varlena.cast())
    }
}
