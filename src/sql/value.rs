//! Rust types and the SQL types they stand for, both ways. NULL is `Option`.

use crate::datum::{ByValue, Datum, Oid, TimestampTz};
use crate::error::{Error, ErrorKind, Result};
use crate::ffi;
use crate::guard::guard;
use crate::sql::transaction::Transaction;
use std::ffi::c_void;

/// The SQL type that a Rust type becomes as a parameter.
pub trait SqlType: sealed::Sealed {
    /// Its OID in `pg_type`.
    const OID: Oid;
}

/// A value that can be a parameter of a statement. Implemented for the types of this crate's table, and by nothing else: the
/// server believes the type that goes with a word.
pub trait ToDatum: sealed::Sealed {
    /// The SQL type of the parameter.
    fn sql_type(&self) -> Oid;
    /// The value, or `None` for NULL.
    #[doc(hidden)]
    fn encode(&self, transaction: &Transaction<'_>) -> Result<Option<Encoded>>;
}

mod sealed {
    pub trait Sealed {}
    impl<T: Sealed> Sealed for Option<T> {}
}

/// A parameter's value, together with the memory it points to.
#[derive(Debug)]
pub struct Encoded {
    pub(crate) datum: Datum,
    _memory: Vec<u64>,
}

impl Encoded {
    fn by_value(raw: ffi::Datum) -> Self {
        Encoded {
            datum: Datum(raw),
            _memory: Vec::new(),
        }
    }

    /// A fixed-length value by reference: 32-bit servers up to 18 pass 8-byte values so.
    fn by_reference(bits: u64) -> Self {
        let memory = vec![bits];
        let datum = Datum(memory.as_ptr().expose_provenance() as ffi::Datum);
        Encoded {
            datum,
            _memory: memory,
        }
    }

    /// `text` or `bytea`: a header with the length, then the bytes.
    fn varlena(bytes: &[u8]) -> Result<Self> {
        let total = bytes.len() + size_of::<u32>();
        if total > MAX_VARLENA {
            return Err(Error::new(
                ErrorKind::TooLong,
                format!(
                    "a value of {} bytes is too long for PostgreSQL: at most 1 GB",
                    bytes.len()
                ),
            ));
        }
        let mut memory = vec![0u64; total.div_ceil(size_of::<u64>())];
        let start: *mut u8 = memory.as_mut_ptr().cast();
        // SAFETY: cannot raise; the vector has room for the header and the bytes, and is aligned beyond need.
        unsafe {
            ffi::inline::SET_VARSIZE(start.cast(), total);
            start
                .add(size_of::<u32>())
                .copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
        }
        Ok(Encoded {
            datum: Datum(start.expose_provenance() as ffi::Datum),
            _memory: memory,
        })
    }
}

/// `MaxAllocSize`, the longest value the server handles.
const MAX_VARLENA: usize = 0x3fff_ffff;

const FLOAT4_BY_VALUE: bool = ffi::PGBGW_FLOAT4_BY_VALUE != 0;
const FLOAT8_BY_VALUE: bool = ffi::PGBGW_FLOAT8_BY_VALUE != 0;

/// A value that can be read from a column of a result. `'r` is the result's life: `&str` and `&[u8]` borrow from it.
pub trait FromDatum<'r>: Sized {
    /// Whether a column of this SQL type can be read as this Rust type.
    fn accepts(sql_type: Oid) -> bool;

    /// The value.
    ///
    /// # Safety
    /// The datum is a non-NULL value of an accepted type, alive for `'r`, on the server's main thread.
    unsafe fn decode(datum: Datum) -> Result<Self>;

    /// What stands for NULL, if anything does.
    fn null() -> Option<Self> {
        None
    }
}

macro_rules! word {
    ($($type:ty, $oid:ident;)*) => {$(
        impl sealed::Sealed for $type {}
        impl SqlType for $type {
            const OID: Oid = Oid(ffi::$oid);
        }
        impl ToDatum for $type {
            fn sql_type(&self) -> Oid {
                Self::OID
            }
            fn encode(&self, _: &Transaction<'_>) -> Result<Option<Encoded>> {
                Ok(Some(Encoded::by_value(self.into_by_value().0)))
            }
        }
        impl FromDatum<'_> for $type {
            fn accepts(sql_type: Oid) -> bool {
                sql_type == Self::OID
            }
            #[inline]
            unsafe fn decode(datum: Datum) -> Result<Self> {
                Ok(<$type>::from_by_value(datum))
            }
        }
    )*};
}

word! {
    bool, BOOLOID;
    i16, INT2OID;
    i32, INT4OID;
    Oid, OIDOID;
}

macro_rules! bits {
    ($($type:ty, $oids:expr, $by_value:expr, $bits:ty, |$value:ident| $to:expr, |$raw:ident| $from:expr;)*) => {$(
        impl sealed::Sealed for $type {}
        impl SqlType for $type {
            const OID: Oid = Oid($oids[0]);
        }
        impl ToDatum for $type {
            fn sql_type(&self) -> Oid {
                Self::OID
            }
            fn encode(&self, _: &Transaction<'_>) -> Result<Option<Encoded>> {
                let $value = *self;
                let bits: $bits = $to;
                Ok(Some(if $by_value {
                    Encoded::by_value(bits as ffi::Datum)
                } else {
                    // The bytes stand at the start of the word, whatever the machine's byte order.
                    let mut word = [0; 8];
                    word[..size_of::<$bits>()].copy_from_slice(&bits.to_ne_bytes());
                    Encoded::by_reference(u64::from_ne_bytes(word))
                }))
            }
        }
        impl FromDatum<'_> for $type {
            fn accepts(sql_type: Oid) -> bool {
                $oids.contains(&sql_type.0)
            }
            #[inline]
            unsafe fn decode(datum: Datum) -> Result<Self> {
                let $raw = if $by_value {
                    datum.0 as $bits
                } else {
                    // SAFETY: by reference, the datum is a pointer to the value; it may be unaligned in a tuple.
                    unsafe { datum.as_pointer::<$bits>().read_unaligned() }
                };
                Ok($from)
            }
        }
    )*};
}

bits! {
    i64, [ffi::INT8OID], FLOAT8_BY_VALUE, u64, |value| value as u64, |raw| raw as i64;
    f64, [ffi::FLOAT8OID], FLOAT8_BY_VALUE, u64, |value| value.to_bits(), |raw| f64::from_bits(raw);
    f32, [ffi::FLOAT4OID], FLOAT4_BY_VALUE, u32, |value| value.to_bits(), |raw| f32::from_bits(raw);
    TimestampTz, [ffi::TIMESTAMPTZOID, ffi::TIMESTAMPOID], FLOAT8_BY_VALUE, u64, |value| value.0 as u64, |raw| TimestampTz(raw as i64);
}

impl sealed::Sealed for str {}
impl SqlType for str {
    const OID: Oid = Oid(ffi::TEXTOID);
}

impl sealed::Sealed for [u8] {}
impl SqlType for [u8] {
    const OID: Oid = Oid(ffi::BYTEAOID);
}

macro_rules! varlena {
    ($($type:ty, $as:ty, $encode:expr;)*) => {$(
        impl sealed::Sealed for $type {}
        impl SqlType for $type {
            const OID: Oid = <$as>::OID;
        }
        impl ToDatum for $type {
            fn sql_type(&self) -> Oid {
                <$as>::OID
            }
            fn encode(&self, transaction: &Transaction<'_>) -> Result<Option<Encoded>> {
                let encode: fn(&$as, &Transaction<'_>) -> Result<Option<Encoded>> = $encode;
                encode(self, transaction)
            }
        }
    )*};
}

varlena! {
    &str, str, encode_text;
    String, str, encode_text;
    &[u8], [u8], |bytes, _| Encoded::varlena(bytes).map(Some);
    Vec<u8>, [u8], |bytes, _| Encoded::varlena(bytes).map(Some);
}

fn encode_text(text: &str, transaction: &Transaction<'_>) -> Result<Option<Encoded>> {
    if let Some(at) = text.find('\0') {
        return Err(Error::new(
            ErrorKind::InteriorNul,
            format!("a text contains a NUL at byte {at}, which PostgreSQL cannot store"),
        )
        .with_hint("Pass it as bytes, for a bytea."));
    }
    Encoded::varlena(&to_server(text, transaction)?).map(Some)
}

impl<T: SqlType + ToDatum> ToDatum for Option<T> {
    fn sql_type(&self) -> Oid {
        T::OID
    }

    fn encode(&self, transaction: &Transaction<'_>) -> Result<Option<Encoded>> {
        self.as_ref()
            .map_or(Ok(None), |value| value.encode(transaction))
    }
}

impl<'r, T: FromDatum<'r>> FromDatum<'r> for Option<T> {
    fn accepts(sql_type: Oid) -> bool {
        T::accepts(sql_type)
    }

    unsafe fn decode(datum: Datum) -> Result<Self> {
        // SAFETY: the caller's promise, passed on.
        unsafe { T::decode(datum) }.map(Some)
    }

    fn null() -> Option<Self> {
        Some(None)
    }
}

impl<'r> FromDatum<'r> for &'r [u8] {
    fn accepts(sql_type: Oid) -> bool {
        sql_type == <[u8]>::OID
    }

    unsafe fn decode(datum: Datum) -> Result<Self> {
        // SAFETY: the caller's promise: a bytea, which is a varlena.
        unsafe { varlena_bytes(datum) }
    }
}

impl<'r> FromDatum<'r> for &'r str {
    /// Types that are text inside. `name` and `"char"` are not; cast them.
    fn accepts(sql_type: Oid) -> bool {
        [
            ffi::TEXTOID,
            ffi::VARCHAROID,
            ffi::BPCHAROID,
            ffi::JSONOID,
            ffi::XMLOID,
        ]
        .contains(&sql_type.0)
    }

    unsafe fn decode(datum: Datum) -> Result<Self> {
        // SAFETY: the caller's promise: all accepted types are varlenas.
        from_server(unsafe { varlena_bytes(datum) }?)
    }
}

impl FromDatum<'_> for String {
    fn accepts(sql_type: Oid) -> bool {
        <&str>::accepts(sql_type)
    }

    unsafe fn decode(datum: Datum) -> Result<Self> {
        // SAFETY: the caller's promise, passed on.
        unsafe { <&str>::decode(datum) }.map(str::to_owned)
    }
}

impl FromDatum<'_> for Vec<u8> {
    fn accepts(sql_type: Oid) -> bool {
        <&[u8]>::accepts(sql_type)
    }

    unsafe fn decode(datum: Datum) -> Result<Self> {
        // SAFETY: the caller's promise, passed on.
        unsafe { <&[u8]>::decode(datum) }.map(<[u8]>::to_vec)
    }
}

/// The bytes of a varlena: in the tuple itself where it is stored plainly, else in a copy that the transaction owns.
///
/// # Safety
/// The datum is a varlena, alive for `'r`, on the server's main thread.
unsafe fn varlena_bytes<'r>(datum: Datum) -> Result<&'r [u8]> {
    let varlena = datum.as_pointer::<ffi::varlena>().cast_mut();
    // SAFETY: token (the caller's promise); plain frames.
    let plain = unsafe { guard(|| ffi::pg_detoast_datum_packed(varlena)) }?;
    let plain: *const c_void = plain.cast();
    // SAFETY: cannot raise; server memory: `plain` is either the value itself or a copy in the transaction's memory.
    unsafe {
        let data = ffi::inline::VARDATA_ANY(plain).cast();
        Ok(std::slice::from_raw_parts(
            data,
            ffi::inline::VARSIZE_ANY_EXHDR(plain),
        ))
    }
}

/// Whether texts cross unchanged: in UTF-8, and in SQL_ASCII, which means that the server does not know the encoding.
fn unchanged() -> bool {
    // SAFETY: cannot raise: reads the encoding of the database.
    let encoding = unsafe { ffi::GetDatabaseEncoding() };
    [ffi::pg_enc::PG_UTF8, ffi::pg_enc::PG_SQL_ASCII]
        .iter()
        .any(|known| known.0 as i32 == encoding)
}

/// Text on its way to the server, in the database's encoding.
pub(crate) fn to_server<'s>(
    text: &'s str,
    _: &Transaction<'_>,
) -> Result<std::borrow::Cow<'s, [u8]>> {
    if unchanged() || text.is_ascii() {
        return Ok(text.as_bytes().into());
    }
    let start = text.as_ptr().cast::<std::ffi::c_char>();
    let length = length(text.len())?;
    // SAFETY: token: values are encoded under a transaction's; plain frames. The result ends in NUL if it is a new one.
    let converted =
        unsafe { guard(|| ffi::pg_any_to_server(start, length, ffi::pg_enc::PG_UTF8.0 as i32)) }?;
    if converted.cast_const() == start {
        return Ok(text.as_bytes().into());
    }
    // SAFETY: server memory: a NUL-terminated copy in the transaction's memory.
    Ok(unsafe { std::ffi::CStr::from_ptr(converted) }
        .to_bytes()
        .to_vec()
        .into())
}

/// Text of the server, from the database's encoding.
fn from_server(bytes: &[u8]) -> Result<&str> {
    let bytes = if unchanged() || bytes.is_ascii() {
        bytes
    } else {
        let start = bytes.as_ptr().cast::<std::ffi::c_char>();
        let length = length(bytes.len())?;
        // SAFETY: token: values are decoded under a transaction's; plain frames.
        let converted = unsafe {
            guard(|| ffi::pg_server_to_any(start, length, ffi::pg_enc::PG_UTF8.0 as i32))
        }?;
        if converted.cast_const() == start {
            bytes
        } else {
            // SAFETY: server memory: a NUL-terminated copy that lives as long as the transaction, which outlives the result.
            unsafe { std::ffi::CStr::from_ptr(converted) }.to_bytes()
        }
    };
    std::str::from_utf8(bytes).map_err(|error| {
        Error::new(ErrorKind::Encoding, format!("a text of the server is not UTF-8: {error}"))
            .with_hint("A database in SQL_ASCII stores any bytes: read the column as bytea (convert_to, or a cast).")
    })
}

fn length(bytes: usize) -> Result<i32> {
    i32::try_from(bytes).map_err(|_| {
        Error::new(
            ErrorKind::TooLong,
            "a text is too long for PostgreSQL: at most 1 GB",
        )
    })
}
