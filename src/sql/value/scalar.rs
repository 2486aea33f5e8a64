//! Numbers and truth values: words, or what only wide words can hold.

use crate::error::Result;
use crate::ffi;
use crate::server::datum::{ByValue, Oid};
use crate::sql::arguments::Arguments;
use crate::sql::transaction::Transaction;
use crate::sql::value::{FromDatum, SqlType, ToDatum, Value, sql_type};

sql_type! {
    bool: "boolean",
    i16: "smallint",
    i32: "integer",
    i64: "bigint",
    f32: "real",
    f64: "double precision",
    Oid: "oid",
}

macro_rules! word {
    ($($type:ty),*) => {$(
        impl ToDatum for $type {
            #[inline]
            fn sql_type(&self) -> Oid {
                Self::OID
            }
            #[inline]
            fn encode(&self, _: &Transaction<'_>, into: &mut Arguments) -> Result<()> {
                into.value(self.into_by_value());
                Ok(())
            }
        }
        impl FromDatum<'_> for $type {
            #[inline]
            fn accepts(sql_type: Oid, _: &Transaction<'_>) -> Result<bool> {
                Ok(sql_type == Self::OID)
            }
            #[inline]
            unsafe fn decode(value: Value<'_>) -> Result<Self> {
                Ok(<$type>::from_by_value(value.datum))
            }
        }
    )*};
}

word!(bool, i16, i32, Oid);

pub(super) const FLOAT4_BY_VALUE: bool = ffi::PGBGW_FLOAT4_BY_VALUE != 0;
pub(super) const FLOAT8_BY_VALUE: bool = ffi::PGBGW_FLOAT8_BY_VALUE != 0;

/// Values of 4 or 8 bytes that are words on most servers and passed by reference on the others. The first expression may
/// fail with `?`.
macro_rules! bits {
    ($($type:ty, $by_value:expr, $bits:ty, |$value:ident| $to:expr, |$raw:ident| $from:expr;)*) => {$(
        impl $crate::sql::value::ToDatum for $type {
            #[inline]
            fn sql_type(&self) -> $crate::Oid {
                <Self as $crate::sql::value::SqlType>::OID
            }
            #[inline]
            fn encode(
                &self,
                _: &$crate::Transaction<'_>,
                into: &mut $crate::sql::arguments::Arguments,
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
        }
        impl $crate::sql::FromDatum<'_> for $type {
            #[inline]
            fn accepts(sql_type: $crate::Oid, _: &$crate::Transaction<'_>) -> $crate::Result<bool> {
                Ok(sql_type == <Self as $crate::sql::SqlType>::OID)
            }
            #[inline]
            unsafe fn decode(value: $crate::sql::value::Value<'_>) -> $crate::Result<Self> {
                let $raw = if $by_value {
                    value.datum.0 as $bits
                } else {
                    // SAFETY: by reference, the datum is a pointer to the value; it may be unaligned in a tuple.
                    unsafe { value.datum.as_pointer::<$bits>().read_unaligned() }
                };
                Ok($from)
            }
        }
    )*};
}
pub(super) use bits;

bits! {
    i64, FLOAT8_BY_VALUE, u64, |value| value as u64, |raw| raw as i64;
    f64, FLOAT8_BY_VALUE, u64, |value| value.to_bits(), |raw| f64::from_bits(raw);
    f32, FLOAT4_BY_VALUE, u32, |value| value.to_bits(), |raw| f32::from_bits(raw);
}
