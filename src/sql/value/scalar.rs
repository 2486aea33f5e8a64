//! Numbers and booleans, which are passed by value if they fit into a word of the server.

use crate::error::Result;
use crate::ffi;
use crate::server::datum::{ByValue, Oid};
use crate::sql::transaction::Transaction;
use crate::sql::transaction::arguments::Arguments;
use crate::sql::value::types::{self, Known};
use crate::sql::value::{FromDatum, Plain, SqlType, ToDatum, Value, sealed, sql_type};

sql_type! {
    bool: Boolean,
    i8: Char,
    i16: SmallInt,
    i32: Integer,
    i64: BigInt,
    f32: Real,
    f64: DoublePrecision,
    Oid: OidType,
}

/// Returns the OID of the SQL type of a Rust type.
pub(super) const fn oid_of<T: SqlType>() -> Oid
where
    T::Sql: Known,
{
    <T::Sql as Known>::OID
}

/// Implements parameters that are passed by value: the type, and the value as a datum.
macro_rules! words {
    ($($type:ty: |$value:ident| $datum:expr;)*) => {$(
        impl ToDatum for $type {
            #[inline]
            fn oid(&self, _: &Transaction<'_>) -> Result<Oid> {
                Ok(oid_of::<Self>())
            }
            #[inline]
            fn encode(&self, _: Oid, _: &Transaction<'_>, into: &mut Arguments) -> Result<()> {
                let $value = *self;
                into.value($datum);
                Ok(())
            }
            #[inline]
            fn plain(&self) -> Plain<'_> {
                let $value = *self;
                Plain::Word($datum)
            }
        }
    )*};
}

words! {
    bool: |value| value.into_by_value();
    // The server stores a C char, signed or unsigned, in the datum.
    i8: |value| i32::from(value).into_by_value();
    i16: |value| value.into_by_value();
    i32: |value| value.into_by_value();
    Oid: |value| value.into_by_value();
}

/// Implements reading for types that can be read only from their own SQL type.
macro_rules! read_exactly {
    ($($type:ty: |$value:ident| $from:expr;)*) => {$(
        impl sealed::FromDatum<'_> for $type {}
        impl FromDatum<'_> for $type {
            #[inline]
            fn accepts(oid: Oid, _: &Transaction<'_>) -> Result<bool> {
                Ok(oid == oid_of::<Self>())
            }
            #[inline]
            unsafe fn decode($value: Value<'_>) -> Result<Self> {
                $from
            }
        }
    )*};
}

read_exactly! {
    bool: |value| Ok(bool::from_by_value(value.datum));
    i8: |value| Ok(value.datum.0 as i8);
    i16: |value| Ok(i16::from_by_value(value.datum));
}

/// Implements reading for types that can also be read from narrower SQL types, with an expression
/// per SQL type.
macro_rules! read_widened {
    ($($type:ty: $($sql:ident => |$value:ident| $from:expr),*;)*) => {$(
        impl sealed::FromDatum<'_> for $type {}
        impl FromDatum<'_> for $type {
            #[inline]
            fn accepts(oid: Oid, _: &Transaction<'_>) -> Result<bool> {
                Ok([$(types::$sql::OID),*].contains(&oid))
            }
            #[inline]
            unsafe fn decode(value: Value<'_>) -> Result<Self> {
                // Most columns are not of a domain.
                let own = value.sql_type;
                $(if own == types::$sql::OID {
                    let $value = value;
                    return Ok($from);
                })*
                // SAFETY: the caller's promise.
                unsafe { of_domain(value) }
            }
        }
    )*};
}

/// Reads a value of a domain as one of its base type.
///
/// # Safety
/// Like [`FromDatum::decode`].
#[cold]
unsafe fn of_domain<'r, T: FromDatum<'r>>(value: Value<'r>) -> Result<T> {
    let sql_type = value.base_type()?;
    assert!(
        sql_type != value.sql_type,
        "the type of the column has been checked"
    );
    // SAFETY: the caller's promise; a domain is stored like its base type.
    unsafe { T::decode(Value { sql_type, ..value }) }
}

read_widened! {
    i32:
        Integer => |value| i32::from_by_value(value.datum),
        SmallInt => |value| i16::from_by_value(value.datum).into();
    i64:
        // SAFETY: the value has this type.
        BigInt => |value| unsafe { read_i64(value) },
        Integer => |value| i32::from_by_value(value.datum).into(),
        SmallInt => |value| i16::from_by_value(value.datum).into();
    f64:
        // SAFETY: the value has this type.
        DoublePrecision => |value| unsafe { read_f64(value) },
        // SAFETY: the value has this type.
        Real => |value| unsafe { read_f32(value) }.into();
}

impl sealed::FromDatum<'_> for Oid {}
impl FromDatum<'_> for Oid {
    fn accepts(oid: Oid, _: &Transaction<'_>) -> Result<bool> {
        // regproc, regprocedure, regoper, regoperator, regclass, regtype, regconfig, regdictionary,
        // regnamespace, regrole, regcollation.
        const ALIASES: [u32; 11] = [
            24, 2202, 2203, 2204, 2205, 2206, 3734, 3769, 4089, 4096, 4191,
        ];
        Ok(oid == oid_of::<Self>() || ALIASES.contains(&oid.0))
    }

    #[inline]
    unsafe fn decode(value: Value<'_>) -> Result<Self> {
        Ok(Oid::from_by_value(value.datum))
    }
}

/// The result of a function that returns `void`.
impl sealed::FromDatum<'_> for () {}
impl FromDatum<'_> for () {
    fn accepts(oid: Oid, _: &Transaction<'_>) -> Result<bool> {
        Ok(oid == types::Void::OID)
    }

    unsafe fn decode(_: Value<'_>) -> Result<Self> {
        Ok(())
    }

    /// Some functions that return `void` return NULL.
    fn null() -> Option<Self> {
        Some(())
    }
}

pub(super) const FLOAT4_BY_VALUE: bool = ffi::PGBGW_FLOAT4_BY_VALUE != 0;
pub(super) const FLOAT8_BY_VALUE: bool = ffi::PGBGW_FLOAT8_BY_VALUE != 0;

/// Implements parameters of 4 or 8 bytes, which most servers pass by value and the others by
/// reference, and a function that reads their bits. The expression may return an error with `?`.
macro_rules! bits {
    ($($type:ty, $by_value:expr, $bits:ty, $read:ident, |$value:ident| $to:expr, |$raw:ident| $from:expr;)*) => {$(
        impl $crate::sql::value::ToDatum for $type {
            #[inline]
            fn oid(&self, _: &$crate::Transaction<'_>) -> $crate::Result<$crate::Oid> {
                Ok($crate::sql::value::scalar::oid_of::<Self>())
            }
            #[inline]
            fn encode(
                &self,
                _: $crate::Oid,
                _: &$crate::Transaction<'_>,
                into: &mut $crate::sql::transaction::arguments::Arguments,
            ) -> $crate::Result<()> {
                let $value = *self;
                let bits: $bits = $to;
                if $by_value {
                    into.value($crate::Datum(bits as $crate::ffi::Datum));
                } else {
                    into.by_reference(&bits.to_ne_bytes());
                }
                Ok(())
            }
            #[inline]
            fn plain(&self) -> $crate::sql::value::Plain<'_> {
                fn bits($value: $type) -> $crate::Result<$bits> {
                    Ok($to)
                }
                match bits(*self) {
                    Ok(bits) if $by_value => {
                        $crate::sql::value::Plain::Word($crate::Datum(bits as $crate::ffi::Datum))
                    }
                    // Encoding it returns the error.
                    _ => $crate::sql::value::Plain::Other,
                }
            }
        }
        /// # Safety
        /// The value has the SQL type of the Rust type.
        #[inline]
        unsafe fn $read(value: $crate::sql::value::Value<'_>) -> $type {
            let $raw = if $by_value {
                value.datum.0 as $bits
            } else {
                // SAFETY: if passed by reference, the datum is a pointer to the value, which may be
                // unaligned in a tuple.
                unsafe { value.datum.as_pointer::<$bits>().read_unaligned() }
            };
            $from
        }
    )*};
}
pub(super) use bits;

/// Implements reading for types of [`bits`] that can be read only from their own SQL type.
macro_rules! read_bits {
    ($($type:ty, $read:ident;)*) => {$(
        impl $crate::sql::value::sealed::FromDatum<'_> for $type {}
        impl $crate::sql::value::FromDatum<'_> for $type {
            #[inline]
            fn accepts(oid: $crate::Oid, _: &$crate::Transaction<'_>) -> $crate::Result<bool> {
                Ok(oid == $crate::sql::value::scalar::oid_of::<Self>())
            }
            #[inline]
            unsafe fn decode(value: $crate::sql::value::Value<'_>) -> $crate::Result<Self> {
                // SAFETY: the caller's promise.
                Ok(unsafe { $read(value) })
            }
        }
    )*};
}
pub(super) use read_bits;

bits! {
    i64, FLOAT8_BY_VALUE, u64, read_i64, |value| value as u64, |raw| raw as i64;
    f64, FLOAT8_BY_VALUE, u64, read_f64, |value| value.to_bits(), |raw| f64::from_bits(raw);
    f32, FLOAT4_BY_VALUE, u32, read_f32, |value| value.to_bits(), |raw| f32::from_bits(raw);
}

read_bits! {
    f32, read_f32;
}
